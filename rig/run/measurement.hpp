// One run on an open bench: flash, boot, capture, windows, verdict, and what is done when one of them fails.
// Never begins a second run: measure() does.
#pragma once

#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "rig/capture/host_discipline.hpp"
#include "rig/capture/recorder.hpp"
#include "rig/run/measure.hpp"
#include "rig/run/run_health.hpp"
#include "rig/run/session.hpp"
#include "rig/run/setup.hpp"
#include "rig/run/window_taker.hpp"

namespace jr {

/// Errors after which another try may help: the rig's, not the user's, and nothing that protects a board.
bool may_pass(Trouble trouble);

/// Used once, by one thread; everything it refers to outlives it.
class Measurement {
 public:
  Measurement(Store& store, Session& session, const Plan& plan, Setup setup, Firmware firmware,
              const MeasureRequest& request, Progress& progress, RunHealth* health = nullptr);

  RunOutcome run();

 private:
  Result<void> begin();
  Result<void> steps();
  Result<void> power_on_and_flash();
  Result<void> flash();
  Result<void> start_capture();
  Result<void> boot();
  Result<void> open_link();
  Result<void> load_input();
  Result<void> learn_bypass(std::int64_t on_ns);
  Result<void> warm_up();
  Result<void> windows();
  Result<bool> window(int group, const WindowOrder& order);
  Result<void> phase_and_sham_windows();
  Result<void> sleep_window(int group);
  Result<std::vector<WindowOrder>> learn_phases();
  Result<std::optional<WindowOrder>> learn_phase(WindowLabel label);
  Result<bool> beside(int group, const WindowOrder& order);
  Result<void> leave_out(const std::string& what, const Error& why);
  Result<void> replace_what_was_lost();
  Result<std::vector<int>> lost_since();
  Result<std::string> attempt_window(int group, int attempt, const WindowOrder& order, std::string& mended);
  Result<void> mend(std::string& mended);
  bool board_kept_running();
  Error cause_of(const Error& seen);
  Result<void> note_attempt(const AttemptRow& row);
  Result<void> save_conversation();
  Result<void> check_world();
  Result<void> end_stream();
  void note_host_clock();
  Result<void> stop_capture();
  RunOutcome close(const Result<void>& done);

  bool is_interrupted() const { return request_.interrupted && *request_.interrupted; }

  Store& store_;
  Session& session_;
  const Plan& plan_;
  Setup setup_;
  Firmware firmware_;
  const MeasureRequest& request_;
  Progress& progress_;
  RunHealth* health_;  // looks at the loads when the windows are taken; null: nobody does
  std::string run_;
  int stream_{-1};
  std::uint64_t committed_before_{};  // by the streams before this one
  std::uint64_t longest_stream_{};
  std::optional<HostClockReading> host_clock_;  // when the first stream began
  std::unique_ptr<Recorder> recorder_;
  std::unique_ptr<Dut> dut_;
  std::vector<DutLine> conversation_;
  std::unique_ptr<WindowTaker> taker_;  // there is one while bench and board are fit for a window
  bool was_inrush_read_{};
  std::uint64_t inferences_{};
  double latency_s_{};                      // of one, by the first pilot
  std::map<int, WindowOrder> orders_;       // by group
  std::map<int, int> attempts_made_;        // by group
  std::map<int, AttemptRow> counted_;       // the attempt of each group that came to count
};

}  // namespace jr
