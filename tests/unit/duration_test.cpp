// Durations and days as people type them. Moments are in find_runs.cpp.
#include <doctest/doctest.h>

#include "rig/core/duration.hpp"

using namespace jr;

TEST_CASE("a duration has a unit of time, and without one it is seconds") {
  const std::pair<const char*, double> kDurations[] = {{"10ns", 1e-8}, {"10us", 1e-5}, {"10\u00b5s", 1e-5}, {"5ms", 5e-3},
                                                       {"1s", 1},      {"1", 1},       {"0.5", 0.5},        {"2m", 120},
                                                       {"2min", 120},  {"1h", 3600},   {"3d", 259'200},     {"2w", 1'209'600},
                                                       {"1.5 s", 1.5}, {"1e3s", 1000}, {"0", 0}};
  for (const auto& [text, seconds] : kDurations) {
    CAPTURE(text);
    const auto value = parse_duration(text);
    REQUIRE(value);
    CHECK(*value == doctest::Approx(seconds));
  }
}

TEST_CASE("what is no duration is a usage error with examples") {
  for (const char* text : {"", "s", "soon", "-1s", "1y", "1 parsec", "nan", "inf", "1s2", "0x10s", "1,5s"}) {
    CAPTURE(text);
    const auto value = parse_duration(text);
    REQUIRE_FALSE(value);
    CHECK(value.error().trouble == Trouble::usage);
    CHECK(value.error().message.find("10us") != std::string::npos);
  }
}

TEST_CASE("a bare number of days is days") {
  CHECK(*parse_days("365") == doctest::Approx(365));
  CHECK(*parse_days("90d") == doctest::Approx(90));
  CHECK(*parse_days("52w") == doctest::Approx(364));
  CHECK(*parse_days("36h") == doctest::Approx(1.5));
  CHECK_FALSE(parse_days("a year"));
}
