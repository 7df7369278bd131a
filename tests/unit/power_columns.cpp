// Traces as columns of power, and windows of several runs laid over each other at the rise of MARK.
#include <doctest/doctest.h>

#include <algorithm>
#include <cmath>

#include "rig/report/overlay.hpp"
#include "tests/scratch_folder.hpp"

using namespace jr;
using jr::test::ScratchFolder;
using jr::test::open_in;

namespace {

constexpr std::uint64_t kRise = 3000, kFall = 7000, kSamples = 10'000;

/// 100 codes before and behind MARK, 2000 inside; range 1 shows a microampere a code.
std::string run_with_step(Store& store, const std::string& bench, double period_s) {
  const std::string run = *store.begin_run({bench, "measure", true, 1000, "", "", "{}", "{}", ""});
  REQUIRE(store.add_stream(run, {"ppk2", "S", "", "", "", period_s, 50, "[]", {}}));
  Stretch stretch;
  for (std::uint64_t i = 0; i < kSamples; ++i) {
    const bool inside = i >= kRise && i < kFall;
    stretch.codes.push_back(inside ? 2000 : 100);
    stretch.ranges.push_back(1);
    stretch.lines.push_back(inside ? 1 : 0);
  }
  REQUIRE(store.append(run, 0, stretch, {{0, 1}}));
  return run;
}

PowerSource source_of(const std::string& run, double period_s) {
  return {run, 0, {}, {{}, {0, 1e-6, 0, 0, 0}}, {3.0}, {0.0}, period_s};
}

OverlayWindow window_of(const std::string& run, double period_s, std::uint64_t inferences) {
  Window window;
  window.start = kRise, window.end = kFall, window.events = inferences;
  return {run + ": so much", source_of(run, period_s), window};
}

}  // namespace

TEST_CASE("columns hold voltage times current, and one that lies across the step holds both levels") {
  ScratchFolder folder;
  auto store = open_in(folder);
  const std::string run = run_with_step(*store, "unit", 1e-5);
  const auto columns = power_columns(*store, source_of(run, 1e-5), 0, 2000, 5);
  REQUIRE(columns);
  const double idle_W = 3.0 * 100e-6, active_W = 3.0 * 2000e-6;
  CHECK((*columns)[0].mean_W == doctest::Approx(idle_W));
  CHECK((*columns)[2].mean_W == doctest::Approx(active_W));
  CHECK((*columns)[1].min_W == doctest::Approx(idle_W));
  CHECK((*columns)[1].max_W == doctest::Approx(active_W));
  CHECK((*columns)[1].mean_W == doctest::Approx((idle_W + active_W) / 2));
  for (const PowerColumn& column : *columns) CHECK(column.n == 2000);
}

TEST_CASE("the leads take their part before the board: p = i (V - R i)") {
  ScratchFolder folder;
  auto store = open_in(folder);
  PowerSource source = source_of(run_with_step(*store, "unit", 1e-5), 1e-5);
  source.lead = {100.0};
  const auto columns = power_columns(*store, source, kRise, 1000, 1);
  REQUIRE(columns);
  CHECK(columns->front().mean_W == doctest::Approx(2e-3 * (3.0 - 100.0 * 2e-3)));
}

TEST_CASE("columns before the first and behind the last sample are empty, and those of unknown ranges too") {
  ScratchFolder folder;
  auto store = open_in(folder);
  PowerSource source = source_of(run_with_step(*store, "unit", 1e-5), 1e-5);
  const auto columns = power_columns(*store, source, -2000, 1000, 15);
  REQUIRE(columns);
  CHECK((*columns)[0].n == 0);
  CHECK((*columns)[1].n == 0);
  CHECK((*columns)[2].n == 1000);
  CHECK((*columns)[11].n == 1000);
  CHECK((*columns)[12].n == 0);
  source.ranges.resize(1);
  const auto unknown = power_columns(*store, source, 0, 1000, 3);
  REQUIRE(unknown);
  for (const PowerColumn& column : *unknown) CHECK(column.n == 0);
}

TEST_CASE("a stretch longer than one reading is summed as if it were read at once") {
  ScratchFolder folder;
  auto store = open_in(folder);
  const std::string run = *store->begin_run({"long", "measure", true, 1000, "", "", "{}", "{}", ""});
  REQUIRE(store->add_stream(run, {"ppk2", "S", "", "", "", 1e-5, 50, "[]", {}}));
  constexpr std::uint64_t kPart = 500'000, kParts = 3;
  for (std::uint64_t part = 0; part < kParts; ++part) {
    Stretch stretch;
    stretch.first_ordinal = part * kPart;
    for (std::uint64_t i = 0; i < kPart; ++i) stretch.codes.push_back(static_cast<std::uint16_t>((part * kPart + i) % 1000));
    stretch.ranges.assign(kPart, 1), stretch.lines.assign(kPart, 0);
    REQUIRE(store->append(run, 0, stretch, {{part * kPart, 1}}));
  }
  const auto columns = power_columns(*store, source_of(run, 1e-5), 0, 1.5 * kPart, 2);
  REQUIRE(columns);
  for (const PowerColumn& column : *columns) {
    CHECK(column.n == 750'000);
    CHECK(column.mean_W == doctest::Approx(3.0 * 499.5e-6));
    CHECK(column.min_W == 0);
    CHECK(column.max_W == doctest::Approx(3.0 * 999e-6));
  }
}

TEST_CASE("windows of different sampling rates rise in the same column of the picture, and end where they ended") {
  ScratchFolder folder;
  auto store = open_in(folder);
  const std::string fast = run_with_step(*store, "fast", 1e-5), slow = run_with_step(*store, "slow", 2e-5);
  const auto panels = overlay_panels(*store, {window_of(fast, 1e-5, 1), window_of(slow, 2e-5, 1)});
  REQUIRE(panels);
  REQUIRE(panels->size() == 1);
  const OverlayPanel& panel = panels->front();
  const double column_s = (panel.end_s - panel.start_s) / static_cast<double>(panel.lines[0].columns.size());
  const auto crossings = [&](const OverlayLine& line) {
    std::vector<double> times_s;
    for (std::size_t c = 1; c < line.columns.size(); ++c)
      if ((line.columns[c - 1].mean_W > 3e-3) != (line.columns[c].mean_W > 3e-3))
        times_s.push_back(panel.start_s + static_cast<double>(c) * column_s);
    return times_s;
  };
  const auto of_fast = crossings(panel.lines[0]), of_slow = crossings(panel.lines[1]);
  REQUIRE(of_fast.size() == 2);
  REQUIRE(of_slow.size() == 2);
  CHECK(std::abs(of_fast[0]) <= column_s);
  CHECK(std::abs(of_slow[0]) <= column_s);
  CHECK(std::abs(of_fast[1] - 0.04) <= column_s);
  CHECK(std::abs(of_slow[1] - 0.08) <= column_s);
}

TEST_CASE("windows of many inferences have a second panel for the first of them") {
  ScratchFolder folder;
  auto store = open_in(folder);
  const std::string run = run_with_step(*store, "unit", 1e-5);
  const auto panels = overlay_panels(*store, {window_of(run, 1e-5, 10)});
  REQUIRE(panels);
  REQUIRE(panels->size() == 2);
  CHECK((*panels)[1].end_s == doctest::Approx((*panels)[0].end_s / 10));
  CHECK((*panels)[1].lines[0].inference_s == doctest::Approx(0.004));
}

TEST_CASE("no column of a short window is shorter than a sample, so that none is empty") {
  ScratchFolder folder;
  auto store = open_in(folder);
  const std::string run = run_with_step(*store, "unit", 1e-5);
  OverlayWindow window = window_of(run, 1e-5, 1);
  window.window.end = window.window.start + 20;
  const auto panels = overlay_panels(*store, {window});
  REQUIRE(panels);
  const auto& columns = panels->front().lines[0].columns;
  CHECK(columns.size() == 22);
  CHECK(std::all_of(columns.begin(), columns.end(), [](const PowerColumn& column) { return column.n > 0; }));
}

TEST_CASE("the picture names every run, escapes what they are called, and stays inside its frame") {
  ScratchFolder folder;
  auto store = open_in(folder);
  const std::string run = run_with_step(*store, "unit", 1e-5);
  OverlayWindow first = window_of(run, 1e-5, 10), second = first;
  second.label = "<script>";
  const auto panels = overlay_panels(*store, {first, second});
  REQUIRE(panels);
  const std::string svg = overlay_svg("Power", *panels);
  CHECK(svg.find("unit-1: so much") != std::string::npos);
  CHECK(svg.find("&lt;script&gt;") != std::string::npos);
  CHECK(svg.find("<script>") == std::string::npos);
  CHECK(svg.find("since MARK rose") != std::string::npos);
  CHECK(svg.find("nan") == std::string::npos);
  const auto png = overlay_png("Power", *panels);
  REQUIRE(png);
  CHECK(png->substr(1, 3) == "PNG");
}
