// Means of one millisecond against one number.
// Never waits: it runs where samples arrive.
#include "rig/capture/trip_watch.hpp"

#include <algorithm>
#include <cmath>
#include <cstdio>

namespace jr {
namespace {

constexpr double kSpan_s = 1e-3;

std::string ampere(double i_A) {
  char text[32];
  std::snprintf(text, sizeof text, "%.3g A", i_A);
  return text;
}

}  // namespace

TripWatch::TripWatch(SampleSink& next, TripRule rule, std::function<Result<void>()> cut_off)
    : next_(next),
      rule_(std::move(rule)),
      cut_off_(std::move(cut_off)),
      span_(std::max<std::uint64_t>(1, static_cast<std::uint64_t>(std::llround(kSpan_s / rule_.period_s)))) {}

void TripWatch::take(SampleBlock block) {
  if (tripped_) return;
  const bool too_much = rule_.trip_A > 0 && exceeds(block);
  next_.take(std::move(block));  // what proves the trip belongs to the record
  if (too_much) trip();
}

void TripWatch::ended(Error why) {
  if (!tripped_) next_.ended(std::move(why));
}

bool TripWatch::exceeds(const SampleBlock& block) {
  for (std::size_t i = 0; i < block.size(); ++i) {
    if (block.ranges[i] < rule_.ranges.size())
      sum_A_ += rule_.ranges[block.ranges[i]].current(block.codes[i], rule_.supply).value;
    if (++count_ < span_) continue;
    if (sum_A_ > rule_.trip_A * static_cast<double>(count_)) return true;
    sum_A_ = 0;
    count_ = 0;
  }
  return false;
}

void TripWatch::trip() {
  tripped_ = true;
  const auto off = cut_off_();
  const std::string drawn = "The board drew " + ampere(sum_A_ / static_cast<double>(count_)) +
                            " for 1 ms, more than its trip current of " + ampere(rule_.trip_A);
  next_.ended({Trouble::tripped,
               off ? drawn + ": its supply was switched off; look for a short circuit or a wrong wire, "
                             "or correct [limits] trip_A."
                   : drawn + ", and its supply could NOT be switched off: pull the plug. (" +
                         off.error().message + ")"});
}

}  // namespace jr
