// The order of the steps, and that none of them leaves anything on, open or running.
#include "rig/run/bench_accept.hpp"

#include <algorithm>

#include "rig/core/host_clock.hpp"
#include "rig/run/acceptance.hpp"
#include "rig/run/config.hpp"

namespace jr {
namespace {

void start_report(const AcceptRequest& request, const BenchPerson& person, AcceptReport& report) {
  const Setup setup = setup_of(request.bench, {});
  report.tool_version = setup.tool_version;
  report.tool_commit = setup.tool_commit;
  report.kernel = setup.kernel;
  report.started_ms = wall_now_ms();
  report.started_ns = host_now_ns();
  report.bench = request.bench;
  report.quick = request.quick;
  report.attended = person.is_there();
}

/// Busy and usage are the caller's to tell; anything else is what the first claim is about.
Result<bool> open(Acceptance& a) {
  if (!a.person.agrees("Bench " + a.request.bench.name +
                       " is opened; its output stays off. Plug in the monitor and the "
                       "board's USB, wire MARK, ground and the logic port's VCC, and open the "
                       "jumper of the board's own supply.")) {
    a.conclude(not_tested("monitor.identity", a.why_skipped()));
    return false;
  }
  auto session = Session::open(a.request.bench, {}, "bench accept");
  if (session) {
    a.session = std::move(*session);
    return true;
  }
  const Trouble trouble = session.error().trouble;
  if (trouble == Trouble::busy || trouble == Trouble::usage) return Failure(session.error());
  a.conclude(judged("monitor.identity", false, {}, session.error().message));
  return false;
}

Result<void> steps_with_power(Acceptance& a) {
  a.stop_stream();  // a board that is being flashed must not have to keep up with a stream
  if (auto flashed = accept_flash(a); !flashed) return flashed;
  if (a.is_interrupted()) return fail(Trouble::interrupted, "Interrupted.");
  if (auto started = a.start_stream(); !started) return started;
  const auto answers = accept_link(a);
  if (!answers) return Failure(answers.error());
  if (*answers)
    if (auto seen = accept_signals(a); !seen) return seen;
  if (auto dead = accept_dead(a); !dead) return dead;
  if (*answers) return accept_usb(a);
  return {};
}

Result<void> steps(Acceptance& a) {
  if (auto quiet = accept_monitor(a); !quiet) return quiet;
  if (a.is_interrupted()) return fail(Trouble::interrupted, "Interrupted.");
  const auto on = accept_switch_on(a);
  if (!on) return Failure(on.error());
  if (*on)
    if (auto done = steps_with_power(a); !done) return done;
  if (a.is_interrupted()) return fail(Trouble::interrupted, "Interrupted.");
  a.close_link();
  if (auto off = accept_off(a); !off) return off;
  a.stop_stream();
  a.conclude(judge_clock(a.clock));
  a.conclude(judge_stream("stream.session", a.streamed));
  return accept_pull(a);
}

/// Whatever happened: link closed, supply off, stream stopped.
void leave_nothing_on(Acceptance& a) {
  a.close_link();
  if (!a.session) return;
  const auto off = a.session->power_off();
  if (!a.is_concluded("supply.off") && a.session->supply())
    a.conclude(
        off ? not_tested("supply.off", "it was switched off; what still flows was not measured")
            : judged("supply.off", false, {}, off.error().message));
  a.stop_stream();
}

void conclude_world(Acceptance& a) {
  if (!a.session || !a.session->world()) return;
  const auto overrun = a.session->world()->overrun_after(0);
  a.conclude(judged("world.time", overrun && overrun->empty(), {},
                    !overrun           ? overrun.error().message
                    : overrun->empty() ? "it did"
                                       : "it fell behind: " + *overrun));
}

/// What was not reached is in the report too, in the order of the catalogue.
void complete(Acceptance& a, const std::string& why) {
  for (const ClaimText& text : claim_catalogue())
    if (!a.is_concluded(text.id) && std::string(text.id) != "world.time")
      a.report.claims.push_back(not_tested(text.id, why));
  const auto place = [](const Claim& claim) {
    const auto& all = claim_catalogue();
    return std::find_if(all.begin(), all.end(),
                        [&](const ClaimText& c) { return claim.id == c.id; }) -
           all.begin();
  };
  std::sort(a.report.claims.begin(), a.report.claims.end(),
            [&](const Claim& x, const Claim& y) { return place(x) < place(y); });
}

}  // namespace

bool AcceptReport::holds() const {
  return std::none_of(claims.begin(), claims.end(),
                      [](const Claim& c) { return c.verdict == ClaimVerdict::not_ok; });
}

Result<AcceptReport> accept_bench(const AcceptRequest& request, BenchPerson& person) {
  if (request.bench.wiring.by_segments)
    return fail(Trouble::usage, "Most claims of bench accept rest on MARK, and bench " + request.bench.name +
                                    " finds its windows in the current: wire MARK for it, or use bench check.");
  AcceptReport report;
  start_report(request, person, report);
  Acceptance a(request, person, report);
  if (auto card = load_spec_card(cards_folder(), request.bench.monitor.kind)) {
    report.spec_card = card->id;
    a.card = std::move(*card);
  }
  std::string why = "an earlier step was skipped or did not hold";
  const auto opened = open(a);
  if (!opened) return Failure(opened.error());
  const auto done = *opened ? steps(a) : Result<void>();
  leave_nothing_on(a);
  report.interrupted = a.is_interrupted();
  if (report.interrupted) {
    why = "interrupted";
  } else if (!done) {
    why = "the stream broke";
    a.streamed.broken = done.error().message;
    a.conclude(a.is_concluded("stream.session")
                   ? judged("cable.pull", false, {}, done.error().message)
                   : judge_stream("stream.session", a.streamed));
  }
  conclude_world(a);
  complete(a, why);
  return report;
}

}  // namespace jr
