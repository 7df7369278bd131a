// Claims about the instrument: identity, voltage, stream, clock, offset, switching.
#include <algorithm>
#include <cmath>

#include "rig/run/accept_judge.hpp"

namespace jr {
namespace {

constexpr double kSettleLimit_s = 0.1;   ///< a bypass capacitor of 1 mF behind 1 ohm takes 5 ms
constexpr double kLeastStart_A = 10e-6;  ///< a board that starts draws more than any offset
constexpr double kPullLimit_s = 3.0;

}  // namespace

Claim judge_identity(const MonitorIdentity& identity, const std::string& metadata_sha256,
                     bool simulated) {
  std::string seen = identity.kind;
  seen += identity.serial.empty() ? ", no serial number" : ", serial number " + identity.serial;
  if (!identity.hardware.empty()) seen += ", hardware " + identity.hardware;
  if (!identity.firmware.empty()) seen += ", firmware " + identity.firmware;
  if (!metadata_sha256.empty()) seen += ", metadata sha256 " + metadata_sha256.substr(0, 12);
  const bool told_apart = simulated || !identity.serial.empty();
  return judged(
      "monitor.identity", told_apart && !metadata_sha256.empty(), {}, seen,
      told_apart ? "It describes itself by nothing: switch it off and on."
                 : "Without a serial number it cannot be told from another one: attach it by USB.");
}

Claim judge_voltage(double set_V, double lowest_V, double highest_V) {
  return judged("supply.voltage", true, {{"supply", set_V, "V", lowest_V, highest_V}}, "");
}

Claim judge_refusal(const std::vector<Refusal>& refusals) {
  std::vector<Figure> figures;
  bool holds = !refusals.empty();
  for (const Refusal& r : refusals) {
    holds = holds && r.refused;
    const std::string number = "_" + std::to_string(&r - refusals.data() + 1);
    figures.push_back({"asked" + number, r.asked_V, "V", {}, {}});
    if (r.written_bytes)
      figures.push_back(
          {"written" + number, static_cast<double>(*r.written_bytes), "bytes", {}, 0.0});
  }
  return judged("supply.refusal", holds, std::move(figures), holds ? "refused" : "accepted");
}

Claim judge_trip(double trip_A, double measurable_A) {
  if (!(trip_A > 0))
    return judged("trip.current", false, {{"trip", trip_A, "A", {}, {}}}, "none is stated");
  Figure trip{"trip", trip_A, "A", {}, {}};
  if (!(measurable_A <= 0)) trip.highest = measurable_A;
  return judged("trip.current", true, {trip},
                !(measurable_A <= 0) ? "" : "the monitor's range is not stated by a spec card");
}

Claim judge_stream(const std::string& id, const StreamSight& s) {
  return judged(
      id, s.broken.empty(),
      {{"duration", s.came_s, "s", !(s.asked_s <= 0) ? std::optional(s.asked_s) : std::nullopt, {}},
       {"received", static_cast<double>(s.received), "samples", 1.0, {}},
       {"lost", static_cast<double>(s.lost), "samples", {}, 0.0},
       {"breaks", static_cast<double>(s.breaks), "breaks", {}, 0.0}},
      s.broken);
}

Claim judge_clock(const ClockSight& s) {
  constexpr double kBeyond = 3;
  std::vector<Figure> figures{{"rate_error", s.skew_ppm, "ppm", -s.limit_ppm, s.limit_ppm},
                              {"rate_error_u", s.u_ppm, "ppm", {}, {}},
                              {"duration", s.seconds, "s", {}, {}}};
  const double doubt = kBeyond * s.u_ppm;
  const bool surely_out = std::abs(s.skew_ppm) - doubt > s.limit_ppm;
  if (!surely_out && !(doubt <= s.limit_ppm))
    return not_tested("stream.clock",
                      "samples arrived too unevenly to tell so soon: run it without --quick, "
                      "with less load on this computer",
                      std::move(figures));
  // Within its own doubt of the limit it is not outside.
  figures[0].lowest = -s.limit_ppm - doubt;
  figures[0].highest = s.limit_ppm + doubt;
  return judged("stream.clock", true, std::move(figures), "against this computer's clock");
}

Claim judge_offset(const OffsetSight& s) {
  std::vector<Figure> figures{{"offset", s.mean_A, "A", {}, {}},
                              {"noise", s.deviation_A, "A", {}, {}}};
  if (!s.limit_A)
    return not_tested("monitor.offset", "no spec card says how large it may be",
                      std::move(figures));
  figures[0].lowest = -*s.limit_A;
  figures[0].highest = *s.limit_A;
  // A mean over 0.1 s of samples that scatter by a hundred limits is still good to a limit.
  figures[1].highest = 100 * *s.limit_A;
  return judged("monitor.offset", true, std::move(figures), "");
}

Claim judge_switch_on(const SwitchOnSight& s) {
  std::vector<Figure> figures{{"inrush", s.inrush_A, "A", kLeastStart_A, {}},
                              {"settled_after", s.settled_after_s, "s", {}, kSettleLimit_s},
                              {"highest_after", s.highest_A, "A", {}, {}}};
  if (!(s.trip_A <= 0)) figures[2].highest = s.trip_A;
  return judged("supply.on", true, std::move(figures), "",
                !(s.inrush_A >= kLeastStart_A) ? "No current flows: check the leads, their polarity "
                                             "and the jumper that opens the board's supply."
                                           : "");
}

Claim judge_pull(std::optional<double> noticed_s, const std::string& said) {
  return judged("cable.pull", noticed_s.has_value(),
                {{"noticed_after", noticed_s.value_or(NAN), "s", {}, kPullLimit_s}},
                noticed_s ? said : "the stream never ended");
}

Claim judge_off(bool switched_off, double left_A, double limit_A) {
  return judged("supply.off", switched_off, {{"current", left_A, "A", -limit_A, limit_A}},
                switched_off ? "" : "the monitor did not take the command");
}

}  // namespace jr
