// Lengths of time and moments as people type them: one vocabulary for every option of every command.
#pragma once

#include <cstdint>
#include <string>

#include "rig/core/result.hpp"

namespace jr {

/// Seconds of "10us", "5ms", "1s", "2m" or "2min", "1h", "3d", "2w"; a bare number is seconds. At least 0 and finite.
/// Trouble::usage says what is wrong and gives examples.
Result<double> parse_duration(const std::string& text);

/// Days of "365", "365d", "52w": as parse_duration(), but a bare number is days.
Result<double> parse_days(const std::string& text);

/// A moment in milliseconds since 1970: so long before `now_ms` ("90m", "36h", "7d", "2w"), or a date
/// ("2026-11-20", "2026-11-20 14:30", "2026-11-20T14:30:05") in local time, with "Z" behind it in UTC.
/// Trouble::usage, with examples.
Result<std::int64_t> parse_moment(const std::string& text, std::int64_t now_ms);

}  // namespace jr
