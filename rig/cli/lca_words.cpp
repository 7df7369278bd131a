// Three digits of what is assumed, all digits that count of what is measured.
#include "rig/cli/lca_words.hpp"

#include <algorithm>
#include <array>
#include <cmath>

#include "rig/cli/printing.hpp"
#include "rig/core/words.hpp"
#include "rig/energy/interval.hpp"
#include "rig/lca/unit.hpp"

namespace jr::cli {

using lca::Input;
using lca::Spread;

namespace {

/// Three digits, without an exponent for what people read as a number.
std::string plain_digits(double value) {
  const double size = std::abs(value);
  if (size >= 1000 && size < 1e7) return number_text("%.0f", value);
  return number_text("%.3g", value);
}

struct Step { double scale; const char* unit; };

/// The step in which the value has one digit or more before its point.
Step step_of(double kg) {
  constexpr std::array<Step, 5> kSteps{{{1, "kg"}, {1e3, "g"}, {1e6, "mg"}, {1e9, "\u00b5g"}, {1e12, "ng"}}};
  if (kg == 0) return kSteps[0];
  for (const Step& step : kSteps)
    if (std::abs(kg) * step.scale >= (step.scale == 1 ? 0.1 : 1)) return step;
  return kSteps.back();
}

}  // namespace

std::string kg_text(double kg) {
  const Step step = step_of(kg);
  return plain_digits(kg * step.scale) + " " + step.unit;
}

std::string signed_text(const char* format, double value) {
  return (value > 0 ? "+" : value < 0 ? "\u2212" : "") + number_text(format, std::abs(value));
}

std::string signed_kg_text(double kg) { return (kg > 0 ? "+" : kg < 0 ? "\u2212" : "") + kg_text(std::abs(kg)); }

std::string chemical(std::string text) {
  for (std::size_t at = 0; (at = text.find("CO2", at)) != std::string::npos; ++at) text.replace(at, 3, "CO\u2082");
  return text;
}

std::string signed_range_text(double low_kg, double high_kg) {
  const Step step = step_of(std::max(std::abs(low_kg), std::abs(high_kg)));
  const auto part = [&](double kg) { return (kg > 0 ? "+" : kg < 0 ? "\u2212" : "") + plain_digits(std::abs(kg) * step.scale); };
  return part(low_kg) + " to " + part(high_kg) + " " + step.unit;
}

std::string range_text(double low_kg, double high_kg) {
  const Step step = step_of(std::max(std::abs(low_kg), std::abs(high_kg)));
  return plain_digits(low_kg * step.scale) + " to " + plain_digits(high_kg * step.scale) + " " + step.unit;
}

std::string years_text(double seconds) {
  if (!std::isfinite(seconds)) return "unlimited";
  const auto in = [&](double unit_s, const char* one, const char* many) {
    const std::string count = plain_digits(seconds / unit_s);
    return count + " " + (count == "1" ? one : many);
  };
  if (seconds >= lca::kSecondsPerYear) return in(lca::kSecondsPerYear, "year", "years");
  if (seconds >= 86400) return in(86400, "day", "days");
  return seconds >= 3600 ? in(3600, "hour", "hours") : in(1, "second", "seconds");
}

std::string value_text(const Input& like, double value) {
  const std::string& unit = like.unit;
  if (unit == "s" && std::abs(like.value) >= 86400) return number_text("%.4g", value / lca::kSecondsPerYear) + " y";
  if (unit == "C") return number_text("%.4g", value / 3.6) + " mAh";
  if (unit == "kg/kWh") return number_text("%.4g", 1000 * value) + " g/kWh";
  if (unit == "1/s" && like.value > 0 && like.value < 1e-5) return number_text("%.4g", value * lca::kSecondsPerYear) + " /y";
  if (unit == "degC") return number_text("%.4g", value) + " \u00b0C";
  if (unit == "J" || unit == "W" || unit == "A" || unit == "V" || unit == "s" || unit == "F" || unit == "ohm") return with_unit(value, unit);
  if (unit == "1/s") return number_text("%.4g", value) + " /s";
  if (unit == "1/y") return number_text("%.4g", value) + " /y";
  if (unit == "1" && like.value > 0 && like.value < 1) return number_text("%.4g", 100 * value) + " %";  // efficiencies, losses, shares
  return number_text("%.4g", value) + (unit == "1" ? "" : " " + unit);
}

std::string value_text(const Input& input) {
  if (input.spread == Spread::measured && input.standard_uncertainty() > 0)
    return with_unit(input.value, expanded(input.sources), input.unit);
  return value_text(input, input.value);
}

std::string spread_text(const Input& input) {
  switch (input.spread) {
    case Spread::fixed: return "";
    case Spread::measured: return input.uncertain() ? "measured" : "";
    default: return lca::name_of(input.spread);
  }
}

namespace {

std::string end_text(const Input& input, bool high) {
  const double sign = high ? 1 : -1;
  switch (input.spread) {
    case Spread::fixed: return "";
    case Spread::triangular:
    case Spread::uniform: return value_text(input, high ? input.high : input.low);
    case Spread::lognormal: return value_text(input, input.value * lca::exponential(sign * 1.96 * std::log(input.gsd)));
    case Spread::measured: return input.uncertain() ? value_text(input, input.value + sign * expanded(input.sources)) : "";
    default: return input.uncertain() ? value_text(input, input.value + sign * 1.96 * input.u) : "";
  }
}

}  // namespace

std::string low_text(const Input& input) { return end_text(input, false); }
std::string high_text(const Input& input) { return end_text(input, true); }

std::string count_text(double count) {
  if (count >= 1e9) return number_text("%.3g", count / 1e9) + " billion";
  return count >= 1e6 ? number_text("%.3g", count / 1e6) + " million" : number_text("%.6g", count);
}

double expanded(const std::vector<Source>& sources) { return sources.empty() ? 0 : coverage_interval(sources).U; }

std::string factor_text(const std::string& factor) {
  if (!factor.starts_with("measured: ")) return factor;
  std::string key = factor.substr(10);
  std::replace(key.begin(), key.end(), ':', ' ');
  return "measured: " + key;
}

}  // namespace jr::cli
