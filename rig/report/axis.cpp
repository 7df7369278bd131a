// Round numbers are 1, 2 or 5 times a power of ten; prefixes go by thousands.
#include "rig/report/axis.hpp"

#include <algorithm>
#include <array>
#include <cmath>
#include <cstdio>
#include <limits>

namespace jr {
namespace {

struct Prefix { double scale; const char* name; };
constexpr std::array<Prefix, 9> kPrefixes{{{1e-9, "G"}, {1e-6, "M"}, {1e-3, "k"}, {1, ""}, {1e3, "m"}, {1e6, "\u00b5"},
                                           {1e9, "n"}, {1e12, "p"}, {1e15, "f"}}};
constexpr int kMostDecades = 12;

Prefix prefix_for(double value) {
  for (const Prefix& prefix : kPrefixes)
    if (std::abs(value) * prefix.scale >= 1 - 1e-12) return prefix;
  return value == 0 ? Prefix{1, ""} : kPrefixes.back();
}

std::string fixed(double value, int decimals) {
  char text[64];
  std::snprintf(text, sizeof text, "%.*f", decimals, value);
  return std::string(text) == "-0" ? "0" : text;
}

/// So many that marks a step apart differ.
int decimals_for(double step) {
  return std::clamp(static_cast<int>(std::ceil(-std::log10(step) - 1e-9)), 0, 12);
}

double round_step(double span, int count) {
  const double rough = span / std::max(1, count), decade = std::pow(10, std::floor(std::log10(rough)));
  for (const double factor : {1.0, 2.0, 5.0})
    if (factor * decade >= rough * (1 - 1e-9)) return factor * decade;
  return 10 * decade;
}

/// Multiples of `step` from the first at or after `low`; a step too small to be seen in a double gives none.
std::vector<double> multiples(double low, double high, double step) {
  std::vector<double> values;
  const double first = std::ceil(low / step - 1e-9);
  for (int i = 0; i < 1000; ++i) {
    const double value = (first + i) * step;
    if (value > high + 1e-9 * step || (!values.empty() && value <= values.back())) break;
    values.push_back(value);
  }
  return values;
}

}  // namespace

double Axis::share(double value) const {
  if (!logarithmic) return (value - low) / (high - low);
  if (!(value > 0)) return -std::numeric_limits<double>::infinity();
  return std::log10(value / low) / std::log10(high / low);
}

Axis value_axis(double low, double high, const std::string& unit, int count) {
  if (!std::isfinite(low) || !std::isfinite(high)) low = 0, high = 1e-3;
  if (!(low < high)) {
    const double room = std::max(std::abs(low) * 0.1, 1e-12);
    low -= room, high += room;
  }
  // A ripple far below the value itself cannot be told apart in a label.
  const double floor_span = 1e-9 * std::max(std::abs(low), std::abs(high));
  if (high - low < floor_span) high = low + floor_span;
  const double step = round_step(high - low, count);
  // Counted in steps, so that the first and the last mark are the ends to the bit.
  const double first = std::floor(low / step + 1e-9), last = std::ceil(high / step - 1e-9);
  Axis axis{first * step, last * step, false, "", {}};
  const Prefix prefix = prefix_for(std::max(std::abs(axis.low), std::abs(axis.high)));
  axis.caption = prefix.name + unit;
  for (double k = first; k <= last; ++k)
    axis.marks.push_back({k * step, fixed(k * step * prefix.scale, decimals_for(step * prefix.scale))});
  return axis;
}

Axis decade_axis(double low, double high, const std::string& unit) {
  if (!(high > 0) || !std::isfinite(high)) high = 1e-3;
  if (!(low > 0) || low >= high) low = high / 10;
  const double top = std::ceil(std::log10(high) - 1e-9);
  const double bottom = std::clamp(std::floor(std::log10(low) + 1e-9), top - kMostDecades, top - 1);
  Axis axis{std::pow(10, bottom), std::pow(10, top), true, unit, {}};
  for (double decade = bottom; decade <= top; ++decade) {
    const double value = std::pow(10, decade);
    axis.marks.push_back({value, with_prefix(value, unit, 1)});
    for (int k = 2; k <= 9 && decade < top; ++k) axis.marks.push_back({k * value, ""});
  }
  return axis;
}

Axis time_axis(double start_s, double end_s, int count) {
  if (!std::isfinite(start_s) || !std::isfinite(end_s)) start_s = 0, end_s = 1;
  if (!(start_s < end_s)) end_s = start_s + 1e-6;
  const double span = end_s - start_s, step = round_step(span, count);
  const Prefix prefix = span >= 1 ? Prefix{1, ""} : span >= 1e-3 ? Prefix{1e3, "m"} : Prefix{1e6, "\u00b5"};
  Axis axis{start_s, end_s, false, std::string(prefix.name) + "s", {}};
  double origin = 0;
  if (prefix.scale > 1 && std::abs(start_s) * prefix.scale >= 1000) {
    const double coarse = step * 10;
    origin = std::floor(start_s / coarse + 1e-9) * coarse;
    axis.caption += " after " + fixed(origin, decimals_for(coarse)) + " s";
  }
  for (const double value : multiples(start_s - origin, end_s - origin, step))
    axis.marks.push_back({std::clamp(origin + value, start_s, end_s),
                          fixed(value * prefix.scale, decimals_for(step * prefix.scale))});
  return axis;
}

std::string with_prefix(double value, const std::string& unit, int digits) {
  if (!std::isfinite(value)) return "no value";
  const Prefix prefix = prefix_for(value);
  const double shown = value * prefix.scale;
  const int before_point = shown == 0 ? 1 : static_cast<int>(std::floor(std::log10(std::abs(shown)))) + 1;
  return fixed(shown, std::clamp(digits - before_point, 0, 12)) + " " + prefix.name + unit;
}

}  // namespace jr
