// A trace without a bench or a firmware: one monitor, one stream, as long as asked, into the database.
#pragma once

#include <optional>
#include <string>

#include "rig/capture/trigger.hpp"
#include "rig/run/evaluation.hpp"
#include "rig/run/measure.hpp"

namespace jr {

struct RecordRequest {
  std::string monitor;             ///< "ppk2", "ppk2:SERIAL" or "ppk2@/dev/ttyACM0"
  std::optional<double> volts;     ///< feed the board at this voltage; absent: ampere mode
  double assumed_V{3.3};           ///< ampere mode: the board's own supply
  double duration_s{10};           ///< of samples that are received, those before the trigger among them
  double pre_trigger_s{0};
  std::optional<TriggerRule> trigger;
  double trigger_patience_s{60};
  const std::atomic<bool>* interrupted{};
};

struct RecordOutcome {
  std::string run;                      ///< empty: nothing came to be recorded, and nothing is stored
  std::optional<Evaluation> evaluation; ///< of what is stored
  std::optional<Error> trouble;         ///< why it ended early; what came before is stored
};

/// A run begins with its first sample: what fails before it (a monitor that is not there, a trigger that does not
/// come) leaves nothing in the database. An error: the request was wrong, or nothing could be opened.
Result<RecordOutcome> record(Store& store, const RecordRequest& request, Progress& progress);

/// "ppk2@PORT", "ppk2:SERIAL", "ppk2" -> kind and request. Trouble::usage lists the kinds there are.
Result<std::pair<const MonitorDriver*, MonitorRequest>> parse_monitor(const std::string& text);

}  // namespace jr
