// A measurement, start to end: lease, flash, boot, capture, windows, verdict. What `joulerig measure` does.
// A rig that fails closes its run with what it has; it never leaves the board powered.
#pragma once

#include <atomic>
#include <string>

#include "rig/core/result.hpp"
#include "rig/core/verdict.hpp"
#include "rig/run/virtual_bench.hpp"
#include "rig/store/store.hpp"

namespace jr {

/// What a person sees while it runs. Called on the run's thread, `committed` on the recorder's.
class Progress {
 public:
  virtual ~Progress() = default;
  virtual void step(const std::string& what) = 0;
  virtual void fraction(double done) = 0;  ///< 0 to 1 of the whole run
  virtual void committed(const std::string& run, std::uint64_t samples) = 0;
  virtual void note(const std::string& sentence) = 0;
};

struct MeasureRequest {
  std::string bench{"sim"}, plan{"default"};
  std::string firmware;  ///< empty: the bench's own
  std::string model;     ///< empty: whatever the firmware says it is
  std::string ambient;   ///< "23.5" or "23.5,0.5": degrees Celsius and their u; over the bench's own source
  bool control{};        ///< a control run: the bench compared with itself
  WorldOptions world;    ///< extra options of joulerig-sim; virtual benches only
  const std::atomic<bool>* interrupted{};  ///< polled between steps; null: never
};

struct RunOutcome {
  std::string run;
  Verdict verdict{Verdict::rig_error};
  std::string reason;
  bool interrupted{};
  bool may_pass{};     ///< a rig error that another try may not meet again
  std::string quarantined;  ///< of a control run: why the monitor went into quarantine for it; empty: it did not
  std::string report;  ///< the JSON of DESIGN; empty when the record could not be written
};

/// An error means that no run was begun (usage, busy, nothing there). Once a run is begun every
/// trouble is its verdict `rig-error` with the reason. A run that the rig failed is begun again as often
/// as the plan says, each as a run of its own in the record; the outcome is the last one's, and its report
/// lists those before it.
Result<RunOutcome> measure(Store& store, const MeasureRequest& request, Progress& progress);

}  // namespace jr
