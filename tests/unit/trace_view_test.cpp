// Time with gaps in it, and axes: what a picture stands on.
#include <doctest/doctest.h>
#include <rapidcheck.h>

#include <cmath>

#include "rig/report/axis.hpp"
#include "rig/report/trace_view.hpp"
#include "tests/unit/trace_example.hpp"

using namespace jr;

namespace {

std::vector<Gap> gaps_at(const std::vector<std::pair<std::uint64_t, std::uint64_t>>& places) {
  std::vector<Gap> gaps;
  for (const auto& [ordinal, length] : places) gaps.push_back({ordinal, length, 0, 0, GapCause::counter});
  return gaps;
}

}  // namespace

TEST_CASE("a sample behind a gap begins after it, the one before ends ahead of it") {
  const TraceClock clock(1e-5, gaps_at({{100, 50}}));
  CHECK(clock.begin_of(99) == doctest::Approx(99e-5));
  CHECK(clock.end_before(100) == doctest::Approx(100e-5));
  CHECK(clock.begin_of(100) == doctest::Approx(150e-5));
  CHECK(clock.end_before(101) == doctest::Approx(151e-5));
}

TEST_CASE("the time at which a sample begins leads back to that sample, whatever the gaps") {
  CHECK(rc::check([] {
    std::vector<std::pair<std::uint64_t, std::uint64_t>> places;
    std::uint64_t at = 0;
    const int count = *rc::gen::inRange(0, 20);
    for (int k = 0; k < count; ++k)
      places.emplace_back(at += *rc::gen::inRange<std::uint64_t>(0, 1000), *rc::gen::inRange<std::uint64_t>(0, 100'000));
    const TraceClock clock(1e-5, gaps_at(places));
    const auto ordinal = *rc::gen::inRange<std::uint64_t>(0, 30'000);
    RC_ASSERT(clock.ordinal_at(clock.begin_of(ordinal)) == ordinal);
  }));
}

TEST_CASE("a moment inside a gap leads to the sample behind it") {
  const TraceClock clock(1e-5, gaps_at({{100, 50}, {200, 10}}));
  CHECK(clock.ordinal_at(120e-5) == 100);
  CHECK(clock.ordinal_at(-1) == 0);
  CHECK(clock.ordinal_at(255e-5) == 200);
  CHECK(clock.ordinal_at(260e-5) == 200);
  CHECK(clock.ordinal_at(261e-5) == 201);
}

TEST_CASE("a column with gaps in it is cut at each: its pieces follow in time, last as long as its samples, and keep its extremes") {
  CHECK(rc::check([] {
    std::vector<std::pair<std::uint64_t, std::uint64_t>> places;
    std::uint64_t at = 0;
    const int count = *rc::gen::inRange(0, 12);
    for (int k = 0; k < count; ++k)
      places.emplace_back(at += *rc::gen::inRange<std::uint64_t>(1, 300), *rc::gen::inRange<std::uint64_t>(1, 5000));
    const auto gaps = gaps_at(places);
    const auto columns = jr::test::columns(*rc::gen::inRange<std::size_t>(1, 30), *rc::gen::inRange<std::uint64_t>(1, 90));
    const auto pieces = pieces_of(columns, TraceClock(1e-5, gaps), gaps);
    double lasted = 0, samples = 0;
    for (std::size_t k = 0; k < pieces.size(); ++k) {
      RC_ASSERT(pieces[k].start_s < pieces[k].end_s);
      if (k > 0) RC_ASSERT(pieces[k].start_s >= pieces[k - 1].end_s - 1e-12);
      RC_ASSERT(pieces[k].min <= pieces[k].mean && pieces[k].mean <= pieces[k].max);
      lasted += pieces[k].end_s - pieces[k].start_s;
    }
    for (const Column& column : columns) samples += static_cast<double>(column.n);
    RC_ASSERT(std::abs(lasted - samples * 1e-5) < 1e-9);
  }));
}

TEST_CASE("marks of a value axis are round, ascend, stand at both ends, and their labels differ") {
  CHECK(rc::check([] {
    const double low = *rc::gen::inRange(-1'000'000, 1'000'000) * std::pow(10, *rc::gen::inRange(-12, 0));
    const double high = low + *rc::gen::inRange(1, 1'000'000) * std::pow(10, *rc::gen::inRange(-12, 0));
    const Axis axis = value_axis(low, high, "A", 6);
    const double slack = 1e-6 * (axis.high - axis.low);
    RC_ASSERT(axis.low <= low + slack && axis.high >= high - slack);
    RC_ASSERT(axis.marks.size() >= 2 && axis.marks.size() <= 20);
    RC_ASSERT(std::abs(axis.marks.front().value - axis.low) < slack && std::abs(axis.marks.back().value - axis.high) < slack);
    for (std::size_t k = 1; k < axis.marks.size(); ++k) {
      RC_ASSERT(axis.marks[k].value > axis.marks[k - 1].value);
      RC_ASSERT(axis.marks[k].label != axis.marks[k - 1].label);
    }
  }));
}

TEST_CASE("an axis of decades names each with a prefix of its own") {
  const Axis axis = decade_axis(2e-6, 12e-3, "A");
  CHECK(axis.low == doctest::Approx(1e-6));
  CHECK(axis.high == doctest::Approx(0.1));
  std::vector<std::string> labels;
  for (const Mark& mark : axis.marks)
    if (!mark.label.empty()) labels.push_back(mark.label);
  CHECK(labels == std::vector<std::string>{"1 \u00b5A", "10 \u00b5A", "100 \u00b5A", "1 mA", "10 mA", "100 mA"});
  CHECK(axis.share(1e-6) == doctest::Approx(0));
  CHECK(axis.share(0) < 0);
}

TEST_CASE("a time axis counts in the unit of its length, and from a moment it names when that is far away") {
  CHECK(time_axis(0, 12, 8).caption == "s");
  CHECK(time_axis(0, 0.02, 8).caption == "ms");
  CHECK(time_axis(0, 5e-5, 8).caption == "\u00b5s");
  const Axis far = time_axis(4000.1234, 4000.1334, 8);
  CHECK(far.caption.starts_with("ms after 4000.1"));
  for (const Mark& mark : far.marks) CHECK(mark.label.size() <= 5);
  CHECK(time_axis(2, 2, 8).marks.size() < 200);
  CHECK(std::isfinite(time_axis(NAN, INFINITY, 8).share(0.5)));
}

TEST_CASE("values are written with the prefix that suits and so many digits") {
  CHECK(with_prefix(1.23456e-3, "A") == "1.235 mA");
  CHECK(with_prefix(0, "A", 1) == "0 A");
  CHECK(with_prefix(-4.5e-7, "A", 2) == "-450 nA");
  CHECK(with_prefix(NAN, "A") == "no value");
}

TEST_CASE("decades are chosen when the means span a hundredfold, and never for values that are not positive") {
  TraceView view = test::view_over(test::columns(10, 100));
  CHECK_FALSE(is_logarithmic(extent_of(view), ValueAxis::by_extent));
  view.columns[3].min = view.columns[3].mean = 1e-6;
  CHECK(is_logarithmic(extent_of(view), ValueAxis::by_extent));
  CHECK_FALSE(is_logarithmic(extent_of(view), ValueAxis::linear));
  for (TraceColumn& column : view.columns) column.min = column.max = column.mean = -1e-3;
  CHECK_FALSE(is_logarithmic(extent_of(view), ValueAxis::logarithmic));
}
