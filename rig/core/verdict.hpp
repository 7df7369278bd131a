// The four verdicts of a run and the exit code of each. A rig error is never the firmware's failure.
#pragma once

#include <string>

namespace jr {

enum class Verdict {
  pass,          ///< measured validly, and within the limit if there is one
  fail,          ///< the device under test is worse than allowed
  inconclusive,  ///< the noise does not allow a verdict
  rig_error      ///< the bench is at fault: flash, cable, loss, drift
};

const char* name_of(Verdict verdict);             ///< "pass", "fail", "inconclusive", "rig-error"
Verdict verdict_named(const std::string& name);   ///< throws std::invalid_argument
int exit_code(Verdict verdict);                   ///< 0, 1, 2, 3

inline constexpr int kExitUsage = 64;
inline constexpr int kExitBusy = 75;
inline constexpr int kExitInterrupted = 130;

}  // namespace jr
