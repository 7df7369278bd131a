// Steps about energy that comes by other ways: the link's pins, the board's USB, a light that stays
// on.
#include <chrono>

#include "rig/run/acceptance.hpp"

namespace jr {
namespace {

using namespace std::chrono_literals;

constexpr double kDeadLook_s = 0.5;

Result<DeadSight> look_at_the_dead(Acceptance& a) {
  if (auto settled = a.watch->wait_fresh(kDischarge_s); !settled) return Failure(settled.error());
  const auto piece = a.look(kDeadLook_s);
  if (!piece) return Failure(piece.error());
  DeadSight sight;
  sight.current_A = piece->current.mean_A;
  sight.limit_A = a.offset_limit_A(piece->current.commonest_range);
  sight.mark_high = a.watch->share_high(a.bench().wiring.mark_line, piece->start, piece->end);
  return sight;
}

void light(Acceptance& a) {
  const auto lit =
      a.person.sees("Is any light on the board's own side still on (not on its debugger)?");
  a.conclude(lit ? judge_light(*lit)
                 : not_tested("backfeed.led", "needs a person who looks at the board"));
}

/// Mean idle current over a second, in ampere.
Result<Acceptance::Piece> idle(Acceptance& a) {
  if (auto settled = a.watch->wait_fresh(1.0); !settled) return Failure(settled.error());
  return a.look(1.0);
}

}  // namespace

Result<void> accept_dead(Acceptance& a) {
  const auto claims = {"backfeed.closed", "backfeed.open", "backfeed.led"};
  if (!a.begins("The supply goes off and the board must be dead, with the link closed and open. "
                "Nothing to do.",
                claims))
    return {};
  a.close_link();
  const auto off = a.power(false);
  if (!off) return Failure(off.error());
  if (!*off) {
    a.conclude_all(claims, "nobody switched the board's own supply off");
    return {};
  }
  const auto closed = look_at_the_dead(a);
  if (!closed) return Failure(closed.error());
  a.conclude(judge_dead("backfeed.closed", *closed));

  auto link = a.session->dut([&a](const DutLine& line) { a.report.conversation.push_back(line); });
  if (!link) {
    a.conclude(not_tested("backfeed.open",
                          "the link goes away with the board's power: " + link.error().message));
    light(a);
    return {};
  }
  auto open = look_at_the_dead(a);
  if (!open) return Failure(open.error());
  open->answers = (*link)->handshake(1500ms).has_value();
  open->other_current_A = closed->current_A;
  a.conclude(judge_dead("backfeed.open", *open));
  light(a);
  return {};
}

Result<void> accept_usb(Acceptance& a) {
  if (!a.person.is_there()) {
    a.conclude(not_tested("backfeed.usb", "needs a person who unplugs the board's USB"));
    return {};
  }
  if (!a.begins("The idle current is measured with the board's USB plugged in, then without it.",
                {"backfeed.usb"}))
    return {};
  if (auto on = a.power(true); !on) return Failure(on.error());
  if (auto booted = a.open_link(); !booted) {
    a.conclude(not_tested("backfeed.usb", "the board does not answer: " + booted.error().message));
    return {};
  }
  a.close_link();
  const auto with = idle(a);
  if (!with) return Failure(with.error());
  if (!a.person.does("Unplug the board's USB (not the monitor's), then press Enter.")) {
    a.conclude(not_tested("backfeed.usb", a.why_skipped()));
    return {};
  }
  const auto without = idle(a);
  if (!without) return Failure(without.error());
  a.conclude(judge_usb(with->current.mean_A, without->current.mean_A,
                       a.offset_limit_A(without->current.commonest_range)));
  a.person.does("Plug the board's USB in again, then press Enter.");
  return {};
}

}  // namespace jr
