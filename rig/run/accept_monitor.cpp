// Steps about the instrument and its output. The board is powered by accept_switch_on() and by
// nothing before it.
#include <algorithm>
#include <cmath>
#include <fstream>
#include <span>

#include "drivers/transport/serial.hpp"
#include "rig/core/extremes.hpp"
#include "rig/core/sha256.hpp"
#include "rig/run/acceptance.hpp"

namespace jr {
namespace {

constexpr double kAbove_V = 0.1;
constexpr double kNoVoltage_V = 100;  ///< above what any of these boards or monitors stands

/// Bytes that this process has written so far, to whatever file; nothing where the kernel does not
/// count.
std::optional<std::uint64_t> written_bytes() {
  std::ifstream counters("/proc/self/io");
  std::string key;
  for (std::uint64_t value = 0; counters >> key >> value;)
    if (key == "wchar:") return value;
  return std::nullopt;
}

UsbName usb_name_of(const std::string& port) {
  std::error_code ignored;
  const auto real = std::filesystem::weakly_canonical(port, ignored).string();
  for (const SerialPortFound& found : list_serial_ports())
    if (found.path == port || found.path == real) return {found.vendor_id, found.product_id};
  return {};
}

void identity(Acceptance& a) {
  const MonitorIdentity& id = a.session->monitor().identity();
  a.report.monitor = id;
  if (!id.metadata.empty())
    a.report.metadata_sha256 = sha256_of(std::as_bytes(std::span(id.metadata)));
  a.report.monitor_usb = usb_name_of(a.session->monitor_port());
  a.report.link_usb = usb_name_of(a.session->link_port());
  a.conclude(judge_identity(id, a.report.metadata_sha256, a.bench().is_virtual));
}

void refusal(Acceptance& a) {
  Supply* supply = a.session->supply();
  if (!supply)
    return a.conclude(not_tested("supply.refusal", "the monitor does not feed this board"));
  std::vector<Refusal> refusals;
  for (const double asked_V : {a.bench().highest_V + kAbove_V, kNoVoltage_V}) {
    const auto before = written_bytes();
    const bool refused = !supply->set({asked_V}).has_value();
    const auto after = written_bytes();
    refusals.push_back({asked_V, refused, {}});
    if (before && after) refusals.back().written_bytes = *after - *before;
  }
  // Whatever was let through: the output is off, and the right voltage is the last one it hears.
  const auto restored = supply->set({a.bench().monitor.supply_V});
  if (!restored) refusals.back().refused = false;
  a.conclude(judge_refusal(refusals));
}

Result<void> quiet_stream(Acceptance& a, double asked_s) {
  if (auto started = a.start_stream(); !started) return started;
  const auto settled = a.look(kDischarge_s);
  if (!settled) return Failure(settled.error());
  const auto piece = a.look(asked_s);
  if (!piece) return Failure(piece.error());
  StreamSight sight{asked_s,
                    static_cast<double>(a.watch->state().received) * a.watch->period_s(),
                    a.watch->state().received,
                    0,
                    a.watch->state().breaks,
                    ""};
  for (const Gap& gap : a.watch->gaps()) sight.lost += gap.length;
  a.conclude(judge_stream("stream.whole", sight));
  OffsetSight offset{piece->current.mean_A, piece->current.deviation_A, {}};
  if (a.card) offset.limit_A = a.offset_limit_A(piece->current.commonest_range);
  if (!a.is_concluded("monitor.offset")) a.conclude(judge_offset(offset));
  return {};
}

/// The first second on, cut into means over 1 ms.
SwitchOnSight sight_of_start(const Acceptance& a, const Acceptance::Piece& piece) {
  constexpr double kPiece_s = 0.001, kSettling_s = 0.1, kStart_A = 10e-6;
  SwitchOnSight sight{piece.current.highest_A, 0, 0, a.bench().trip_A};
  const auto means = a.watch->means_A(piece.start, piece.end, a.watch->samples(kPiece_s));
  const auto started =
      std::find_if(means.begin(), means.end(), [](double i_A) { return i_A > kStart_A; });
  for (auto mean = started; mean != means.end(); ++mean) {
    const double since_s = kPiece_s * static_cast<double>(mean - started);
    if (sight.trip_A > 0 && !(*mean <= sight.trip_A)) sight.settled_after_s = since_s + kPiece_s;
    if (since_s >= kSettling_s) sight.highest_A = max_or_nan(sight.highest_A, *mean);
  }
  return sight;
}

}  // namespace

Result<void> accept_monitor(Acceptance& a) {
  const Bench& bench = a.bench();
  a.conclude(judge_voltage(bench.monitor.supply_V, bench.lowest_V, bench.highest_V));
  a.conclude(judge_trip(bench.trip_A, a.card ? a.card->highest_A : 0));
  identity(a);
  refusal(a);
  const double asked_s = a.request.quick ? 2 : 10;
  char what[160];
  std::snprintf(what, sizeof what,
                "The monitor streams for %g s with its output off. Leave the wiring as it is.",
                asked_s);
  if (!a.begins(what, {"stream.whole", "monitor.offset"})) return {};
  auto off = a.power(false);
  if (!off) return Failure(off.error());
  if (!*off) a.conclude_all({"monitor.offset"}, "nobody switched the board's own supply off");
  return quiet_stream(a, asked_s);
}

Result<bool> accept_switch_on(Acceptance& a) {
  char what[200];
  std::snprintf(what, sizeof what,
                "The supply is switched on at %g V. Check polarity once more, and look at the "
                "board: it must not get hot.",
                a.bench().monitor.supply_V);
  if (!a.begins(what, {"supply.on"})) return false;
  if (!a.streaming)
    if (auto started = a.start_stream(); !started) return Failure(started.error());
  auto on = a.power(true);
  if (!on) return Failure(on.error());
  const auto piece = a.look(1.0);
  if (!piece && piece.error().trouble == Trouble::tripped) {
    a.stop_stream();
    a.conclude(judged("supply.on", false, {{"trip", a.bench().trip_A, "A", {}, {}}}, piece.error().message));
    return false;
  }
  if (!piece) return Failure(piece.error());
  if (!a.session->supply()) {
    a.conclude(not_tested("supply.on", "the board has a supply of its own"));
    return true;
  }
  a.conclude(judge_switch_on(sight_of_start(a, *piece)));
  return true;
}

Result<void> accept_off(Acceptance& a) {
  if (!a.session->supply()) {
    a.conclude(
        not_tested("supply.off", "the board has a supply of its own: switch it off by hand"));
    return {};
  }
  const bool off = a.session->power_off().has_value();
  if (!a.streaming)
    if (auto started = a.start_stream(); !started) return started;
  if (auto settled = a.look(kDischarge_s); !settled) return Failure(settled.error());
  const auto piece = a.look(0.3);
  if (!piece) return Failure(piece.error());
  a.conclude(
      judge_off(off, piece->current.mean_A, a.offset_limit_A(piece->current.commonest_range)));
  return {};
}

Result<void> accept_pull(Acceptance& a) {
  constexpr double kPatience_s = 60;
  if (!a.person.is_there()) {
    a.conclude(not_tested("cable.pull", "needs a person who pulls the cable"));
    return {};
  }
  if (auto started = a.start_stream(); !started) return started;
  if (!a.person.does(
          "Pull the monitor's USB cable within a minute of pressing Enter, and leave it out.")) {
    a.stop_stream();
    a.conclude(not_tested("cable.pull", a.why_skipped()));
    return {};
  }
  const bool ended = a.watch->wait_for_end(kPatience_s);
  const StreamWatch::State state = a.watch->state();
  a.session->stop_stream();
  a.streaming = false;  // how it ended is what was asked for: it counts as no loss
  if (a.is_interrupted()) return fail(Trouble::interrupted, "Interrupted.");
  std::optional<double> noticed_s;
  if (ended) noticed_s = static_cast<double>(state.ended_ns - state.last_arrival_ns) * 1e-9;
  a.conclude(judge_pull(noticed_s, ended ? state.ended->message : ""));
  return {};
}

}  // namespace jr
