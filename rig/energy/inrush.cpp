// Q = C V: the area above the settled level, over the voltage.
#include "rig/energy/inrush.hpp"

#include <algorithm>
#include <cmath>
#include <vector>

namespace jr {
namespace {

constexpr std::size_t kLeastSamples = 3, kLeastTrace = 16;
constexpr double kOverLevel = 4;     ///< a peak below so many times the level is the board, not its capacitor
constexpr double kLeastPeak_A = 10e-3;
constexpr double kWidthAt = 0.1;     ///< of the peak over the level
constexpr double kMissedSamples = 2;
constexpr std::ptrdiff_t kLevelSamples = 16;

float median(std::span<const float> values) {
  std::vector<float> sorted(values.begin(), values.end());
  const auto middle = sorted.begin() + static_cast<std::ptrdiff_t>(sorted.size() / 2);
  std::nth_element(sorted.begin(), middle, sorted.end());
  return *middle;
}

Failure none(const char* why) { return fail(Trouble::malformed, why); }

}  // namespace

Result<Inrush> find_inrush(std::span<const float> current_A, double period_s, Volt supply) {
  if (current_A.size() < kLeastTrace) return none("the trace around it is too short");
  for (const float i_A : current_A)
    if (!std::isfinite(i_A)) return none("the trace around it has holes");
  const auto begun = current_A.first(current_A.size() / 4 * 3);
  const double level_A = median(current_A.subspan(begun.size()));
  const auto peak = std::max_element(begun.begin(), begun.end());
  const double height_A = *peak - level_A;
  if (*peak < kLeastPeak_A || height_A < kOverLevel * std::abs(level_A)) return none("nothing rushes in above what the board draws");
  const auto is_high = [&](float i_A) { return i_A - level_A > kWidthAt * height_A; };
  const auto begin = std::find_if(begun.begin(), begun.end(), is_high);
  const auto end = std::find_if_not(peak, begun.end(), is_high);
  if (end == begun.end()) return none("it has not ended when the board draws on");
  const auto samples = end - begin;
  if (static_cast<std::size_t>(samples) < kLeastSamples) return none("it falls between the samples");
  // The board draws one thing while it starts and another later: the level is that right behind the tail.
  const auto tail = std::min(end + samples, begun.end());
  const auto behind = std::min(tail + std::max<std::ptrdiff_t>(2 * samples, kLevelSamples), begun.end());
  if (behind - tail < samples) return none("it has not ended when the board draws on");
  const double behind_A = median({tail, behind});
  Inrush inrush;
  inrush.peak_A = *peak;
  inrush.duration_s = static_cast<double>(samples) * period_s;
  for (auto at = begin == begun.begin() ? begin : begin - 1; at != tail; ++at)
    inrush.charge_C += std::max(0.0, *at - behind_A) * period_s;
  inrush.capacitance_F = inrush.charge_C / supply.value;
  const double drawn_C = std::abs(behind_A) * static_cast<double>(tail - begin) * period_s;
  inrush.capacitance_limit_F = (inrush.charge_C + kMissedSamples * height_A * period_s + drawn_C) / supply.value;
  return inrush;
}

}  // namespace jr
