// The table of units of time and nothing more.
#include "rig/core/duration.hpp"

#include <charconv>
#include <cmath>
#include <ctime>
#include <optional>
#include <string_view>

namespace jr {
namespace {

struct TimeUnit { const char* name; double seconds; };

constexpr TimeUnit kTimeUnits[] = {
    {"ns", 1e-9}, {"us", 1e-6}, {"\u00b5s", 1e-6}, {"\u03bcs", 1e-6}, {"ms", 1e-3}, {"s", 1},
    {"m", 60},    {"min", 60},  {"h", 3600},       {"d", 86'400},     {"w", 604'800}};

struct NumberAndUnit { double number{}; std::string unit; };

/// "1.5 ms" -> 1.5 and "ms"; nothing when it is no such thing.
std::optional<NumberAndUnit> split(const std::string& text) {
  NumberAndUnit parts;
  const char* const end = text.data() + text.size();
  const auto [rest, trouble] = std::from_chars(text.data(), end, parts.number);
  if (trouble != std::errc() || !std::isfinite(parts.number) || parts.number < 0) return std::nullopt;
  parts.unit.assign(rest, end);
  while (parts.unit.starts_with(' ')) parts.unit.erase(0, 1);
  return parts;
}

std::optional<double> seconds_of_unit(const std::string& name) {
  for (const TimeUnit& unit : kTimeUnits)
    if (name == unit.name) return unit.seconds;
  return std::nullopt;
}

/// In seconds; a number without a unit counts `bare_s` each, and is nothing when that is 0.
std::optional<double> seconds_in(const std::string& text, double bare_s) {
  const auto parts = split(text);
  if (!parts) return std::nullopt;
  if (parts->unit.empty()) return bare_s > 0 ? std::optional(parts->number * bare_s) : std::nullopt;
  const auto each_s = seconds_of_unit(parts->unit);
  return each_s ? std::optional(parts->number * *each_s) : std::nullopt;
}

/// Milliseconds since 1970 of a calendar date with or without a time of day.
std::optional<std::int64_t> date_ms(const std::string& text) {
  for (const char* format : {"%Y-%m-%d", "%Y-%m-%d %H:%M", "%Y-%m-%d %H:%M:%S", "%Y-%m-%dT%H:%M", "%Y-%m-%dT%H:%M:%S"}) {
    std::tm when{};
    when.tm_isdst = -1;
    const char* rest = strptime(text.c_str(), format, &when);
    const bool is_utc = rest && std::string_view(rest) == "Z";
    if (!rest || (*rest && !is_utc)) continue;
    const std::tm written = when;
    const std::time_t seconds = is_utc ? timegm(&when) : std::mktime(&when);
    // The calendar moves 30 February into March: then it was no date.
    if (seconds == -1 || when.tm_mday != written.tm_mday) return std::nullopt;
    return std::int64_t{1000} * seconds;
  }
  return std::nullopt;
}

}  // namespace

Result<double> parse_duration(const std::string& text) {
  if (const auto value_s = seconds_in(text, 1)) return *value_s;
  return fail(Trouble::usage, "'" + text + "' is no duration: write a number and a unit of time, such as 10us, 5ms, 1s, 2m, 1h or 3d.");
}

Result<double> parse_days(const std::string& text) {
  constexpr double kDay_s = 86'400;
  if (const auto value_s = seconds_in(text, kDay_s)) return *value_s / kDay_s;
  return fail(Trouble::usage, "'" + text + "' is no number of days: write 365, 90d, 12w or 36h.");
}

Result<std::int64_t> parse_moment(const std::string& text, std::int64_t now_ms) {
  const bool is_plain = text.find_first_of(" e") == std::string::npos;  // as in a name of a policy: "90d", not "9e1 d"
  if (const auto ago_s = is_plain ? seconds_in(text, 0) : std::nullopt) {
    const double ago_ms = 1e3 * *ago_s;
    return ago_ms < static_cast<double>(now_ms) ? now_ms - std::llround(ago_ms) : std::int64_t{0};
  }
  if (const auto date = date_ms(text)) return *date;
  return fail(Trouble::usage, "'" + text + "' is no moment: write how long ago (36h, 7d, 90d, 2w) or a date (2026-11-20, "
                              "\"2026-11-20 14:30\").");
}

}  // namespace jr
