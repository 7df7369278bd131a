// Taking a bench for a calibration, and one averaged current at a time.
// Leaves the output off and, on a virtual bench, the board where it was.
#include "rig/run/calibration_bench.hpp"

#include <algorithm>
#include <cmath>

#include "rig/core/host_clock.hpp"

namespace jr {
namespace {

constexpr double kKept_s = 20, kFreshPatience_s = 20;
constexpr double kVirtualSettle_s = 0.1, kSettle_s = 1.0;
constexpr double kRangeLook_s = 0.002;
constexpr int kUnsteadyTries = 5;
constexpr double kClipSigmas = 5;  // nearer to the top code than that, noise is cut off
// Halves of an average may differ by their noise, and by so much of the code that nobody would
// mind.
constexpr double kSteadySigmas = 6, kSteadyShare = 1e-4, kSteadyCodes = 0.05;

/// The one range that all samples lie in.
std::optional<std::size_t> only_range(const Moments& moments) {
  std::optional<std::size_t> only;
  for (std::size_t r = 0; r < kMaxRanges; ++r) {
    if (moments.ranges[r].n == 0) continue;
    if (only) return std::nullopt;
    only = r;
  }
  return moments.illegal == 0 ? only : std::nullopt;
}

bool is_steady(const Moments& first, const Moments& second) {
  const AveragedCodes a = averaged(first), b = averaged(second);
  if (!a.range || !b.range || *a.range != *b.range)
    return true;  // another current is the cure, not waiting
  const double noise = std::max(a.sd, b.sd) * std::sqrt(1.0 / static_cast<double>(a.samples) +
                                                        1.0 / static_cast<double>(b.samples));
  return std::abs(a.mean - b.mean) <=
         kSteadySigmas * noise + kSteadyShare * std::abs(a.mean) + kSteadyCodes;
}

}  // namespace

AveragedCodes averaged(const Moments& moments) {
  AveragedCodes codes;
  codes.range = only_range(moments);
  if (!codes.range) return codes;
  const RangeMoments& sums = moments.ranges[*codes.range];
  const auto n = static_cast<long double>(sums.n), sum = static_cast<long double>(sums.sum);
  codes.samples = sums.n;
  codes.mean = static_cast<double>(sum / n);
  const long double scatter = static_cast<long double>(sums.sum_of_squares) - sum * (sum / n);
  if (sums.n > 1) codes.sd = static_cast<double>(std::sqrt(std::max(0.0L, scatter / (n - 1))));
  codes.clipped = codes.mean > kTopCode - kClipSigmas * std::max(1.0, codes.sd);
  return codes;
}

Instrument instrument_of(const MonitorIdentity& identity, const std::string& bench) {
  return {identity.kind, identity.serial.empty() ? "on-" + bench : identity.serial,
          identity.hardware, identity.firmware};
}

Result<std::unique_ptr<CalibrationBench>> CalibrationBench::open(
    const CalibrationBenchRequest& request, const std::string& purpose) {
  std::unique_ptr<CalibrationBench> bench(new CalibrationBench);
  auto session = Session::open(request.bench, request.world, purpose);
  if (!session) return Failure(session.error());
  bench->own_session_ = std::move(*session);
  bench->session_ = bench->own_session_.get();
  if (auto begun = bench->begin(request); !begun) return Failure(begun.error());
  return bench;
}

Result<std::unique_ptr<CalibrationBench>> CalibrationBench::on(
    Session& session, const CalibrationBenchRequest& request) {
  std::unique_ptr<CalibrationBench> bench(new CalibrationBench);
  bench->session_ = &session;
  if (auto begun = bench->begin(request); !begun) return Failure(begun.error());
  return bench;
}

Result<void> CalibrationBench::begin(const CalibrationBenchRequest& request) {
  Session& session = *session_;
  auto reference = open_reference(request.reference, {session.world(), request.answers,
                                                      request.questions, request.interrupted});
  if (!reference) return Failure(reference.error());
  reference_ = std::move(*reference);
  interrupted_ = request.interrupted;
  settle_s_ = request.settle_s.value_or(session.bench().is_virtual ? kVirtualSettle_s : kSettle_s);
  // Open before the output is on: whatever the reference was set to stays off the monitor.
  if (auto open = reference_->open(); !open) return Failure(open.error());
  own_ = session.monitor().polynomials();
  watch_ = std::make_unique<StreamWatch>(session.monitor(), Volt{session.bench().monitor.supply_V},
                                         kKept_s, request.interrupted);
  if (auto started = session.start_stream(*watch_); !started) return started;
  if (auto on = session.power_on(); !on) return on;
  return watch_->wait_for(watch_->samples(0.2), kFreshPatience_s);
}

CalibrationBench::~CalibrationBench() {
  if (!session_) return;
  (void)session_->power_off();
  session_->stop_stream();
  reference_.reset();  // gives the board its place back while the world still lives
  own_session_.reset();
}

Result<void> CalibrationBench::wait(double seconds, Progress& progress) {
  constexpr double kPiece_s = 0.5;
  for (double waited_s = 0; waited_s < seconds; waited_s += kPiece_s) {
    if (auto came = watch_->wait_fresh(std::min(kPiece_s, seconds - waited_s)); !came) return came;
    progress.fraction(std::min(1.0, waited_s / seconds));
  }
  return {};
}

/// Samples behind the settling time whose two halves agree.
Result<Moments> CalibrationBench::settled(std::uint64_t samples, std::int64_t since_ns) {
  std::uint64_t start = watch_->ordinal_at(since_ns) + watch_->samples(settle_s_);
  const double patience_s =
      kFreshPatience_s + settle_s_ + static_cast<double>(samples) * watch_->period_s();
  for (int i = 0; i < kUnsteadyTries; ++i, start += samples) {
    if (auto came = watch_->wait_for(start + samples, patience_s); !came)
      return Failure(came.error());
    const auto first = watch_->moments(start, start + samples / 2);
    const auto second = watch_->moments(start + samples / 2, start + samples);
    if (!first) return Failure(first.error());
    if (!second) return Failure(second.error());
    if (!is_steady(*first, *second)) continue;
    Moments all = *first;
    all += *second;
    return all;
  }
  return fail(
      Trouble::refused,
      "The current through the monitor does not become steady: give it longer with --settle, "
      "and look for loose leads.");
}

Result<AveragedCodes> CalibrationBench::average(double current_A, std::uint64_t samples) {
  if (interrupted_ && *interrupted_) return fail(Trouble::interrupted, "Interrupted.");
  const auto reading = current_A > 0 ? reference_->apply({current_A}) : reference_->open();
  if (!reading) return Failure(reading.error());
  const auto moments = settled(samples, host_now_ns());
  if (!moments) return Failure(moments.error());
  AveragedCodes codes = averaged(*moments);
  codes.reading = *reading;
  return codes;
}

Result<std::size_t> CalibrationBench::range_at(double current_A) {
  const auto codes = average(current_A, watch_->samples(kRangeLook_s));
  if (!codes) return Failure(codes.error());
  // Between two ranges: the lower one, so that a search goes on upwards.
  return codes->range.value_or(0) + (codes->clipped ? 1 : 0);
}

}  // namespace jr
