// Files read, bench taken, and runs begun until one of them is none of the rig's faults.
// Never looks at a sample: a run does.
#include "rig/run/measure.hpp"

#include <utility>

#include "rig/core/host_clock.hpp"
#include "rig/run/accuracy_of_run.hpp"
#include "rig/run/calibration_bench.hpp"
#include "rig/run/measurement.hpp"
#include "rig/run/record_model.hpp"
#include "rig/run/run_health.hpp"

namespace jr {
namespace {

/// Begins again while the plan allows and the instrument can be opened. An error: not even one was begun.
Result<RunOutcome> runs(Store& store, Session& session, const Plan& plan, Setup setup, const Firmware& firmware,
                        const MeasureRequest& request, RunHealth& health, Progress& progress) {
  RunOutcome outcome;
  for (int retry = 0;; ++retry) {
    if (auto fit = health.before(session, setup); !fit) {
      if (retry == 0) return Failure(fit.error());
      return outcome;
    }
    outcome = Measurement(store, session, plan, setup, firmware, request, progress, &health).run();
    const bool interrupted = request.interrupted && *request.interrupted;
    if (!outcome.may_pass || interrupted || retry >= plan.run_retries) return outcome;
    setup.earlier_runs.push_back({outcome.run, outcome.reason});
    progress.note("Run " + outcome.run + " failed, and is begun again (" + std::to_string(retry + 1) + " of " +
                  std::to_string(plan.run_retries) + "): " + outcome.reason);
    if (!session.reopen_monitor(plan.reconnect_s, request.interrupted)) return outcome;
  }
}

}  // namespace

Result<RunOutcome> measure(Store& store, const MeasureRequest& request, Progress& progress) {
  auto bench = load_bench(request.bench);
  if (!bench) return Failure(bench.error());
  auto plan = load_plan(request.plan);
  if (!plan) return Failure(plan.error());
  Firmware firmware;
  const std::string image = request.firmware.empty() ? bench->firmware : request.firmware;
  if (bench->flash.tool != "none") {
    auto file = find_firmware(image);
    if (!file) return Failure(file.error());
    auto described = describe_firmware(*file);
    if (!described) return Failure(described.error());
    firmware = std::move(*described);
  }
  Setup setup = setup_of(*bench, *plan);
  if (auto card = add_spec_card(setup, bench->monitor.kind, progress); !card) return Failure(card.error());
  setup.control = request.control;
  RunHealth health(store, request, progress);
  if (auto fit = health.prepare(*bench); !fit) return Failure(fit.error());
  progress.step("opening bench " + bench->name);
  auto session = Session::open(std::move(*bench), request.world, "measure");
  if (!session) return Failure(session.error());
  // Before the loads are looked at: they are judged by the amperes that the run is computed with.
  const Monitor& monitor = (*session)->monitor();
  const InstrumentInUse use{instrument_of(monitor.identity(), (*session)->bench().name), monitor.polynomials(),
                            setup.supply_V, iso_date(wall_now_ms())};
  if (auto chosen = choose_calibration(store, use, setup, progress); !chosen) return Failure(chosen.error());
  auto outcome = runs(store, **session, *plan, std::move(setup), firmware, request, health, progress);
  if (outcome && request.control) outcome->quarantined = health.keep_control(*outcome);
  return outcome;
}

}  // namespace jr
