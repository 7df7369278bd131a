// What watches over a measurement: the air, the reference loads, the bench's control, what is in quarantine.
// Never changes a joule: it writes what it saw into the run's set-up, and whom to doubt into the record.
#pragma once

#include <atomic>
#include <optional>
#include <string>
#include <vector>

#include "rig/run/ambient.hpp"
#include "rig/run/measure.hpp"
#include "rig/run/reference.hpp"
#include "rig/run/session.hpp"
#include "rig/run/setup.hpp"
#include "rig/store/store.hpp"

namespace jr {

/// One thread owns it; store and progress outlive it. Called in this order; before() and after() once a run.
class RunHealth {
 public:
  RunHealth(Store& store, const MeasureRequest& request, Progress& progress);

  /// Before anything is opened: the reference's file, the air, the gate. Errors: those of read_ambient(),
  /// check_gate() and load_reference(); refused means that the rig, not the user, is not ready.
  Result<void> prepare(const Bench& bench);

  /// On the open bench: who is in quarantine, how the control stands, the loads before the run. A load that
  /// cannot be looked at is an error; one that reads wrong makes the run suspect.
  Result<void> before(Session& session, Setup& setup);

  /// When the windows are taken and the board is off. `finished`: the run has its windows; otherwise the loads
  /// are left alone. Adds looks and quarantines to the record.
  void after(Session& session, Setup& setup, const std::string& run, bool finished);

  /// A control run has been closed: its energy joins the bench's chart. Why the bench is in quarantine for
  /// it, or empty.
  std::string keep_control(const RunOutcome& outcome);

 private:
  void air(Setup& setup, std::optional<double> end_C, const std::string& why);
  void keep_looks(Setup& setup, const std::string& run, bool finished);
  std::string out_of_chart(HealthRow& look, double allowance, double least_sigma);
  void put_in_quarantine(const std::string& run, const std::string& reason);
  std::string standing() const;
  std::string control_note(Session& session) const;

  Store& store_;
  const MeasureRequest& request_;
  Progress& progress_;
  AmbientSource ambient_;
  std::optional<double> start_C_;
  std::optional<ReferenceFile> reference_;
  BenchHealth health_;
  std::string bench_, instrument_, basis_;
};

/// Values of one chart that its next one is compared with: same instrument, series and basis, within limits,
/// and since the last release that began a new baseline. Oldest first.
std::vector<double> chart_history(const std::vector<HealthRow>& looks, const std::vector<QuarantineRow>& quarantines,
                                  const HealthRow& next);

}  // namespace jr
