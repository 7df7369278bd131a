// The board's bypass capacitor, where the bench file does not tell: by the charge that rushes in when the run powers it.
// Never changes what was recorded, only how long the guard behind a window is.
#include <array>
#include <cmath>
#include <cstdio>
#include <string>

#include "rig/core/amperes.hpp"
#include "rig/energy/inrush.hpp"
#include "rig/run/measurement.hpp"

namespace jr {
namespace {

/// A sample is numbered by when it arrived: what happened when the command was written comes later by what the
/// instrument and its wire hold back, some milliseconds, on the virtual bench 60.
constexpr double kBefore_s = 0.03, kBehind_s = 0.27;
constexpr double kInrushPatience_s = 10;

std::string in_words(const Inrush& inrush) {
  std::array<char, 160> text;
  std::snprintf(text.data(), text.size(), "%.4g uF by its inrush of %.3g A for %.3g ms (at most %.4g uF)",
                1e6 * inrush.capacitance_F, inrush.peak_A, 1e3 * inrush.duration_s, 1e6 * inrush.capacitance_limit_F);
  return text.data();
}

}  // namespace

/// Once a run. A board that has a supply of its own, or whose inrush cannot be read, has the guard that is assumed.
Result<void> Measurement::learn_bypass(std::int64_t on_ns) {
  const BenchWiring& wiring = session_.bench().wiring;
  if (wiring.guard_is_stated || wiring.bypass_F || was_inrush_read_) return {};
  was_inrush_read_ = true;
  const auto note = [this](const std::string& sentence) {
    setup_.notes.push_back(sentence);
    progress_.note(sentence);
  };
  std::string why = "its supply does not come through the monitor";
  if (session_.monitor_switches_power() && setup_.source_mode) {
    const double period_s = session_.monitor().clock().period_s;
    const auto samples = [&](double s) { return static_cast<std::uint64_t>(std::llround(s / period_s)); };
    const std::uint64_t on = recorder_->ordinal_at(on_ns), start = on - std::min(on, samples(kBefore_s)), end = on + samples(kBehind_s);
    if (auto there = wait_for_sample(*recorder_, end, kInrushPatience_s, session_.monitor_port(), request_.interrupted); !there) return there;
    if (auto flushed = recorder_->flush(); !flushed) return flushed;
    auto trace = store_.samples_between(run_, stream_, start, end);
    if (!trace) return Failure(trace.error());
    std::vector<float> current_A(trace->codes.size());
    to_ampere(trace->codes, trace->ranges, session_.monitor().polynomials(), {setup_.supply_V}, current_A);
    if (const auto inrush = find_inrush(current_A, period_s, {setup_.supply_V})) {
      setup_.inrush_F = inrush->capacitance_limit_F;
      note("The board's bypass capacitor is " + in_words(*inrush) + ": the guard behind each window follows from it. " +
           "[wiring] bypass_F or settle_guard_s take its place.");
      return {};
    } else {
      why = inrush.error().message;
    }
  }
  note("Bench " + session_.bench().name + " states neither settle_guard_s nor bypass_F, and its inrush does not tell (" +
       why + "): 200 us behind each window are assumed to be enough for its bypass capacitor; give [wiring] bypass_F.");
  return {};
}

}  // namespace jr
