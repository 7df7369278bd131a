// The trace in a terminal: widths, labels, plain letters.
#include <doctest/doctest.h>
#include <rapidcheck.h>

#include <algorithm>
#include <sstream>

#include "rig/report/trace_text.hpp"
#include "tests/unit/trace_example.hpp"

using namespace jr;

namespace {

std::vector<std::string> lines_of(const std::string& text) {
  std::istringstream stream(text);
  std::vector<std::string> lines;
  for (std::string line; std::getline(stream, line);) lines.push_back(line);
  return lines;
}

std::size_t letters(const std::string& line) {
  return static_cast<std::size_t>(std::count_if(line.begin(), line.end(), [](char c) { return (c & 0xC0) != 0x80; }));
}

}  // namespace

TEST_CASE("no line of a drawing is wider than the terminal, whatever the width") {
  CHECK(rc::check([] {
    TraceView view = test::view_over(test::columns(*rc::gen::inRange<std::size_t>(1, 500), 1000), {{700, 300, 0, 0, GapCause::counter}});
    view.title = "unit-1", view.notes.clear();
    view.windows = {{0.001, view.end_s / 2, "infer 1", true, true}, {view.end_s / 2, view.end_s, "infer 2", true, false}};
    const TextStyle style{*rc::gen::inRange<std::size_t>(50, 300), *rc::gen::inRange<std::size_t>(4, 40), *rc::gen::arbitrary<bool>()};
    for (const std::string& line : lines_of(trace_text(view, style, ValueAxis::by_extent))) RC_ASSERT(letters(line) <= style.width);
  }));
}

TEST_CASE("plain text is plain: nothing beyond ASCII, no control character, micro is u") {
  auto columns = test::columns(200, 1000);
  for (Column& column : columns) column.min *= 1e-3, column.max *= 1e-3, column.mean *= 1e-3;
  TraceView view = test::view_over(columns);
  view.title = "unit-1: 863.4 \u00b1 1.1 \u00b5J \x1b[31m";
  const std::string text = trace_text(view, {100, 16, false}, ValueAxis::linear);
  CHECK(std::all_of(text.begin(), text.end(), [](char c) { return c == '\n' || (c >= 0x20 && c < 0x7F); }));
  CHECK(text.find("863.4 +- 1.1 uJ") != std::string::npos);
  CHECK(text.find("uA") != std::string::npos);
}

TEST_CASE("dots are Braille, and twice as many columns are told apart") {
  const TextStyle plain{100, 16, false}, dots{100, 16, true};
  CHECK(columns_of(dots) == 2 * columns_of(plain));
  const std::string text = trace_text(test::view_over(test::columns(177, 1000)), dots, ValueAxis::linear);
  CHECK(text.find("\u28ff") != std::string::npos);
}

TEST_CASE("a constant current is one row at its own height on the axis") {
  std::vector<Column> columns{{0, 100'000, 0, 5e-3, 5e-3, 5e-3}};
  const auto lines = lines_of(trace_text(test::view_over(columns), {80, 16, false}, ValueAxis::linear));
  std::vector<std::string> drawn;
  for (const std::string& line : lines)
    if (line.find("####") != std::string::npos) drawn.push_back(line);
  REQUIRE(drawn.size() == 1);
  CHECK(drawn.front().find("5 mA") != std::string::npos);
  CHECK(std::count(drawn.front().begin(), drawn.front().end(), '#') == static_cast<std::ptrdiff_t>(columns_of(TextStyle{80, 16, false})));
}

TEST_CASE("lost samples are counted and shown where they are missing") {
  const std::string text = trace_text(test::view_over(test::columns(100, 1000), {{50'000, 50'000, 0, 0, GapCause::counter}}), {80, 12, false}, ValueAxis::linear);
  CHECK(text.find("1 gap, 50000 samples") != std::string::npos);
  CHECK(text.find("!!!!") != std::string::npos);
}
