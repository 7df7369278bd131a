// One pass: warm up, find where ranges switch, zero, plan, measure.
// Never keeps a point whose codes lie in more than one range.
#include "rig/run/calibration_points.hpp"

#include <algorithm>
#include <cmath>
#include <cstdio>

namespace jr {
namespace {

constexpr std::uint64_t kSamples = 10'000;  // behind each point
constexpr double kZero_s = 1.0;
constexpr int kTries = 4;  // of a current that is seen in another range

class Pass {
 public:
  Pass(CalibrationBench& bench, const PointsRequest& request, Progress& progress)
      : bench_(bench), request_(request), progress_(progress) {}

  Result<MeasuredPoints> run() {
    full_scale_A_ = full_scales_A(bench_.own());
    if (auto chosen = choose_ranges(); !chosen) return Failure(chosen.error());
    if (auto warm = warm_up(); !warm) return Failure(warm.error());
    const auto plan = planned();
    if (!plan) return Failure(plan.error());
    if (auto zero = take_zero(); !zero) return Failure(zero.error());
    for (std::size_t i = 0; i < plan->size(); ++i) {
      const PlannedCurrent& one = (*plan)[i];
      progress_.step((one.verification ? "verifying at "
                      : one.rising     ? "upwards, "
                                       : "downwards, ") +
                     in_ampere(one.current_A));
      progress_.fraction(static_cast<double>(i) / static_cast<double>(plan->size()));
      if (auto taken = take(one); !taken) return Failure(taken.error());
    }
    return std::move(measured_);
  }

 private:
  Result<void> choose_ranges();
  Result<void> warm_up();
  Result<std::vector<PlannedCurrent>> planned();
  Result<std::vector<RangeReach>> find_reaches();
  Result<void> take_zero();
  Result<void> take(PlannedCurrent one);
  void keep(const AveragedCodes& codes, const PlannedCurrent& one);
  const RangeReach* reach_of(std::size_t range) const;
  bool is_wanted(std::size_t range) const {
    return std::find(ranges_.begin(), ranges_.end(), range) != ranges_.end();
  }

  CalibrationBench& bench_;
  const PointsRequest& request_;
  Progress& progress_;
  std::vector<double> full_scale_A_;
  std::vector<std::size_t> ranges_;
  std::vector<RangeReach> reaches_;
  MeasuredPoints measured_;
};

Result<void> Pass::choose_ranges() {
  const auto reachable = reachable_ranges(full_scale_A_, request_.highest_A);
  const auto reaches_to = [&](std::size_t r) {
    return "range " + std::to_string(r) + " reaches to about " + in_ampere(full_scale_A_[r]) +
           ", and too little of that is allowed (" + in_ampere(request_.highest_A) + ")";
  };
  for (const std::size_t r : request_.ranges) {
    if (r >= full_scale_A_.size())
      return fail(Trouble::usage, "The instrument has ranges 0 to " +
                                      std::to_string(full_scale_A_.size() - 1) + ", not " +
                                      std::to_string(r) + ".");
    if (std::find(reachable.begin(), reachable.end(), r) == reachable.end())
      return fail(Trouble::usage, "Nothing was measured: " + reaches_to(r) +
                                      " by the board's trip current, the reference or --highest; "
                                      "leave it out with --ranges.");
  }
  ranges_ = request_.ranges.empty() ? reachable : request_.ranges;
  std::sort(ranges_.begin(), ranges_.end());
  ranges_.erase(std::unique(ranges_.begin(), ranges_.end()), ranges_.end());
  if (ranges_.empty())
    return fail(Trouble::usage, "No range can be calibrated with currents of up to " +
                                    in_ampere(request_.highest_A) + ".");
  if (!request_.ranges.empty()) return {};
  for (std::size_t r = 0; r < full_scale_A_.size(); ++r) {
    if (!is_wanted(r))
      measured_.notes.push_back("Not calibrated: " + reaches_to(r) + ".");
    else if (full_scale_A_[r] > request_.highest_A)
      measured_.notes.push_back("Calibrated only up to " + in_ampere(request_.highest_A) +
                                ": range " + std::to_string(r) + " reaches to about " +
                                in_ampere(full_scale_A_[r]) + ".");
  }
  return {};
}

/// With half of the highest current, so that shunts and amplifiers are as warm as they will be.
Result<void> Pass::warm_up() {
  if (request_.warm_up_s <= 0) return {};
  progress_.step("warming up");
  const auto listed = bench_.reference().currents_A();
  if (bench_.reference().is_tireless() && listed.empty())
    if (auto on = bench_.reference().apply({request_.highest_A / 2}); !on)
      return Failure(on.error());
  return bench_.wait(request_.warm_up_s, progress_);
}

Result<std::vector<RangeReach>> Pass::find_reaches() {
  if (!bench_.reference().is_tireless())
    return guessed_reaches(ranges_, full_scale_A_, request_.highest_A);
  progress_.step("finding where the ranges switch");
  std::vector<std::optional<SwitchPoint>> ends(full_scale_A_.size());
  const RangeProbe probe = [this](double current_A) { return bench_.range_at(current_A); };
  const std::size_t first = ranges_.front() > 0 ? ranges_.front() - 1 : 0;
  for (std::size_t r = first; r <= ranges_.back(); ++r) {
    auto end = find_switch(probe, r, full_scale_A_[r], request_.highest_A);
    if (!end) return Failure(end.error());
    ends[r] = *end;
  }
  return found_reaches(ranges_, ends, request_.highest_A);
}

Result<std::vector<PlannedCurrent>> Pass::planned() {
  const auto listed_A = bench_.reference().currents_A();
  if (!listed_A.empty()) {
    auto plan = planned_from_list(listed_A);
    std::erase_if(plan, [&](const PlannedCurrent& one) {
      return one.current_A > request_.highest_A ||
             (request_.only_verification && !one.verification);
    });
    return plan;
  }
  auto reaches = find_reaches();
  if (!reaches) return Failure(reaches.error());
  reaches_ = std::move(*reaches);
  return request_.only_verification ? verification_currents(reaches_)
                                    : planned_currents(reaches_, request_.points);
}

/// An open circuit is the best known current there is; it belongs to the range that sees it.
Result<void> Pass::take_zero() {
  if (request_.only_verification || !is_wanted(0)) return {};
  progress_.step("zero");
  const auto codes =
      bench_.average(0, static_cast<std::uint64_t>(std::llround(kZero_s / bench_.period_s())));
  if (!codes) return Failure(codes.error());
  if (codes->range != 0)
    return fail(Trouble::refused,
                "With the circuit open the instrument is not in its most sensitive range: "
                "something still draws current; take the board off.");
  keep(*codes, {0, 0, true, false});
  return {};
}

const RangeReach* Pass::reach_of(std::size_t range) const {
  for (const RangeReach& reach : reaches_)
    if (reach.range == range) return &reach;
  return nullptr;
}

Result<void> Pass::take(PlannedCurrent one) {
  for (int i = 0; i < kTries; ++i) {
    const auto codes = bench_.average(one.current_A, kSamples);
    if (!codes) return Failure(codes.error());
    const bool is_right =
        codes->range && !codes->clipped && (!one.range || *codes->range == *one.range);
    if (is_right) {
      keep(*codes, one);
      return {};
    }
    if (!one.range) {  // the reference has no other current to offer
      measured_.notes.push_back("Left out: " + in_ampere(one.current_A) +
                                " was seen in more than one range, or at the top code.");
      return {};
    }
    if (const RangeReach* reach = reach_of(*one.range))
      one.current_A = retried_current_A(*reach, one);
  }
  return fail(Trouble::refused, "No current near " + in_ampere(one.current_A) +
                                    " is seen in range " + std::to_string(*one.range) +
                                    " alone: is the reference steady, and its reading right?");
}

void Pass::keep(const AveragedCodes& codes, const PlannedCurrent& one) {
  if (!is_wanted(*codes.range)) return;
  const CalibrationPoint point = point_of(codes, one.rising, bench_.supply_V());
  (one.verification ? measured_.verification : measured_.points).push_back(point);
}

}  // namespace

std::string in_ampere(double current_A) {
  char text[32];
  std::snprintf(text, sizeof text, "%.4g A", current_A);
  return text;
}

CalibrationPoint point_of(const AveragedCodes& codes, bool rising, double supply_V) {
  CalibrationPoint point;
  point.range = *codes.range;
  point.reference_range = codes.reading.range;
  point.code_mean = codes.mean;
  point.code_sd = codes.sd;
  point.samples = codes.samples;
  point.reference_A = codes.reading.reading.value;
  point.u_repeat_A = codes.reading.u_repeat_A;
  point.rising = rising;
  point.supply_V = supply_V;
  return point;
}

Result<MeasuredPoints> measure_points(CalibrationBench& bench, const PointsRequest& request,
                                      Progress& progress) {
  return Pass(bench, request, progress).run();
}

}  // namespace jr
