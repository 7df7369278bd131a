// Two words and the register of calibrations.
#include "rig/cli/asked_calibration.hpp"

#include "rig/run/record_model.hpp"

namespace jr::cli {

Result<std::string> asked_calibration(const Store& store, const std::string& asked) {
  if (asked.empty()) return asked;
  if (asked == "device" || asked == "none") return std::string(kOwnCoefficients);
  auto row = store.calibration(asked);
  if (!row) return Failure(row.error());
  return std::move(row->text);
}

}  // namespace jr::cli
