// Pictures of traces by their properties: what is inside the frame, what is said, how large a file grows.
#include <doctest/doctest.h>
#include <png.h>
#include <rapidcheck.h>

#include <algorithm>
#include <cmath>
#include <cstring>
#include <limits>

#include "rig/report/raster.hpp"
#include "rig/report/stroke_font.hpp"
#include "rig/report/svg.hpp"
#include "rig/report/trace_picture.hpp"
#include "tests/unit/trace_example.hpp"

using namespace jr;
using jr::test::Notebook;

namespace {

std::size_t count(const std::string& text, const std::string& part) {
  std::size_t n = 0;
  for (std::size_t at = text.find(part); at != std::string::npos; at = text.find(part, at + 1)) ++n;
  return n;
}

Notebook drawn(const TraceView& view, ValueAxis axis = ValueAxis::by_extent, PictureSize size = {}) {
  Notebook notebook;
  draw_trace(notebook, view, size, axis);
  return notebook;
}

}  // namespace

TEST_CASE("every column lies inside the frame, and x never goes back along the means") {
  CHECK(rc::check([] {
    const auto n = *rc::gen::inRange<std::size_t>(1, 400);
    std::vector<Column> columns;
    std::uint64_t at = 0;
    for (std::size_t k = 0; k < n; ++k) {
      const double mean = *rc::gen::inRange(-1000, 1'000'000) * 1e-8, reach = *rc::gen::inRange(0, 100'000) * 1e-8;
      const auto samples = *rc::gen::inRange<std::uint64_t>(1, 5000);
      columns.push_back({at, samples, *rc::gen::inRange(0, 10) == 0 ? samples : 0, mean - reach, mean + reach, mean});
      at += samples;
    }
    TraceView view = test::view_over(columns, {{at / 3 + 1, 700, 0, 0, GapCause::counter}});
    view.start_s = view.end_s * *rc::gen::inRange(0, 50) / 100.0;
    const auto axis = *rc::gen::element(ValueAxis::by_extent, ValueAxis::linear, ValueAxis::logarithmic);
    const Notebook notebook = drawn(view, axis);
    const PlotFrame frame = plot_frame(view, {});
    for (const auto* shapes : {&notebook.paths, &notebook.areas})
      for (const auto& shape : *shapes)
        for (const auto& [x, y] : shape.points) {
          RC_ASSERT(x >= frame.left - 1e-6 && x <= frame.right + 1e-6);
          RC_ASSERT(y >= frame.top - 1e-6 && y <= frame.bottom + 1e-6);
        }
    for (const auto& path : notebook.paths)
      RC_ASSERT(std::is_sorted(path.points.begin(), path.points.end(), [](const auto& a, const auto& b) { return a.first < b.first; }));
  }));
}

TEST_CASE("a thousand columns are less than 200 kB of SVG, and a million gaps and windows add little") {
  TraceView view = test::view_over(test::columns(1000, 1024));
  CHECK(trace_svg(view, {}, ValueAxis::linear).size() < 200'000);
  for (int k = 0; k < 1'000'000; ++k) {
    const double at = view.end_s * k / 1e6;
    view.gaps.push_back({at, at + 2e-6, 1, true});
    view.windows.push_back({at, at + 3e-6, "infer", true, true});
  }
  CHECK(trace_svg(view, {}, ValueAxis::linear).size() < 800'000);
}

TEST_CASE("text is escaped wherever it comes from, and bytes that are no UTF-8 do not break the file") {
  TraceView view = test::view_over(test::columns(10, 100));
  view.title = "<script>alert(1)</script> & \"x\" \xff\xfe";
  view.notes = {"]]> \x01\x1b[2J"};
  view.windows.push_back({0, view.end_s, "<b>", true, true});
  view.damaged = {"a < b"};
  const std::string svg = trace_svg(view, {}, ValueAxis::linear);
  CHECK(svg.find("<script>") == std::string::npos);
  CHECK(svg.find("<b>") == std::string::npos);
  CHECK(svg.find("&lt;script&gt;") != std::string::npos);
  CHECK(svg.find('\x1b') == std::string::npos);
  CHECK(svg.find('\xff') == std::string::npos);
  CHECK(svg.find("nan") == std::string::npos);
}

TEST_CASE("markup keeps UTF-8 whole and replaces overlong forms, surrogates and cut sequences") {
  CHECK(markup("863 \u00b5J \u2013 \U0001F50B") == "863 \u00b5J \u2013 \U0001F50B");
  for (const char* wrong : {"\xC0\xAF", "\xED\xA0\x80", "\xE2\x82", "\xF5\x80\x80\x80", "\x80"}) {
    const std::string safe = markup(std::string("a") + wrong);
    CHECK(safe.starts_with("a\xEF\xBF\xBD"));
    CHECK(safe.find(wrong) == std::string::npos);
  }
}

TEST_CASE("a hole in the trace is a hole in the drawing, and is marked") {
  const auto whole = drawn(test::view_over(test::columns(100, 1000)));
  CHECK(whole.paths.size() == 1);
  const auto broken = drawn(test::view_over(test::columns(100, 1000), {{50'500, 20'000, 0, 0, GapCause::counter}}));
  CHECK(broken.paths.size() == 2);
  CHECK(broken.says("20000 samples lost"));
  auto columns = test::columns(100, 1000);
  columns[30].without = columns[30].n;
  CHECK(drawn(test::view_over(columns)).paths.size() == 2);
}

TEST_CASE("a window that does not count is drawn in another ink and says so") {
  TraceView view = test::view_over(test::columns(100, 1000));
  view.windows = {{0.1, 0.4, "infer 1", true, true}, {0.5, 0.9, "infer 2", true, false}, {0.4, 0.45, "guard 1", false, true}};
  const Notebook notebook = drawn(view);
  const auto with = [&](Ink ink) { return std::count_if(notebook.bars.begin(), notebook.bars.end(), [&](const auto& b) { return b.ink == ink; }); };
  CHECK(with(Ink::second) == 2);
  CHECK(with(Ink::warning) == 1);
  CHECK(notebook.says("infer 1"));
  CHECK(notebook.says("infer 2 (does not count)"));
}

TEST_CASE("what an axis of decades cannot show is said below it") {
  auto columns = test::columns(50, 1000);
  columns[7].min = -1e-6;
  const TraceView view = test::view_over(columns);
  CHECK(drawn(view, ValueAxis::logarithmic).says("negative"));
  CHECK_FALSE(drawn(view, ValueAxis::linear).says("negative"));
}

TEST_CASE("a stretch without any value is an empty frame that says so") {
  for (TraceView view : {test::view_over({}), test::view_over({{0, 100, 100, 1, 2, 3}})}) {
    const Notebook notebook = drawn(view);
    CHECK(notebook.paths.empty());
    CHECK(notebook.says("No sample with a value"));
  }
}

TEST_CASE("a PNG has the size that was asked for, a title, and is dark when it should be") {
  const TraceView view = test::view_over(test::columns(300, 1000));
  for (const bool dark : {false, true}) {
    const auto png = trace_png(view, {400, 300}, ValueAxis::linear, 1.5, dark);
    REQUIRE(png);
    png_image image{};
    image.version = PNG_IMAGE_VERSION;
    REQUIRE(png_image_begin_read_from_memory(&image, png->data(), png->size()));
    image.format = PNG_FORMAT_RGB;
    CHECK(image.width == 600);
    CHECK(image.height == 450);
    std::vector<std::uint8_t> pixels(PNG_IMAGE_SIZE(image));
    REQUIRE(png_image_finish_read(&image, nullptr, pixels.data(), 0, nullptr));
    CHECK((pixels[0] < 0x40) == dark);
    CHECK(std::count(pixels.begin(), pixels.end(), pixels[0]) < static_cast<std::ptrdiff_t>(pixels.size()) - 1000);
    CHECK(png->find("unit-1") != std::string::npos);
  }
}

TEST_CASE("a picture that no memory holds is refused with a sentence") {
  const auto huge = trace_png(test::view_over(test::columns(3, 10)), {1e6, 1e6}, ValueAxis::linear, 1, false);
  REQUIRE_FALSE(huge);
  CHECK(huge.error().trouble == Trouble::usage);
  CHECK_FALSE(Raster::of(std::numeric_limits<double>::quiet_NaN(), 10, 1, false));
  CHECK_FALSE(Raster::of(0, 10, 1, false));
}

TEST_CASE("a filled area covers of each pixel exactly what it should") {
  auto raster = Raster::of(4, 4, 1, false);
  REQUIRE(raster);
  raster->area({{1, 1}, {3, 1}, {3, 2.5}, {1, 2.5}}, Ink::text, 1);
  const auto darkness = [&](std::size_t x, std::size_t y) { return (255.0 - raster->at(x, y)[0]) / (255.0 - 0x22); };
  CHECK(darkness(1, 1) == doctest::Approx(1));
  CHECK(darkness(2, 2) == doctest::Approx(0.5).epsilon(0.01));
  CHECK(darkness(0, 1) == doctest::Approx(0));
  CHECK(darkness(3, 1) == doctest::Approx(0));
  auto slanted = Raster::of(4, 4, 1, false);
  slanted->area({{0, 0}, {4, 4}, {0, 4}}, Ink::text, 1);
  double sum = 0;
  for (std::size_t y = 0; y < 4; ++y)
    for (std::size_t x = 0; x < 4; ++x) sum += (255.0 - slanted->at(x, y)[0]) / (255.0 - 0x22);
  CHECK(sum == doctest::Approx(8).epsilon(0.01));
}

TEST_CASE("whatever is drawn, wherever it lies, nothing is written outside the raster") {
  CHECK(rc::check([] {
    auto raster = Raster::of(37, 23, 1.3, false);
    const auto any = [] { return *rc::gen::inRange(-200, 200) * 0.37; };
    const auto many = *rc::gen::inRange(1, 12);
    Points points;
    for (int k = 0; k < many; ++k) points.emplace_back(any(), any());
    raster->path(points, Ink::first, 1.5);
    raster->area(points, Ink::second, 0.5);
    raster->bar(any(), any(), any(), any(), Ink::warning, 0.3);
    raster->line(any(), any(), any(), any(), Ink::text, 3);
    raster->dot(any(), any(), std::abs(any()), Ink::text);
    raster->words(any(), any(), "\u00b5A \u00b1 x\xff", Anchor::middle, Ink::text);
    raster->line(std::nan(""), 0, 1, 1, Ink::text, 1);
  }));
}

TEST_CASE("every letter that JouleRig writes has a glyph of its own, within its advance") {
  for (const std::uint32_t point : code_points("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789 !\"#$%&'()*+,-./:;<=>?@[\\]^_`{|}~\u00b5\u00b1\u00b0\u2013\u2026\u00d7")) {
    const Glyph glyph = glyph_of(point);
    if (point != ' ') CHECK_FALSE(glyph.strokes.empty());
    if (point != ' ') CHECK(glyph.strokes != glyph_of(0x12345).strokes);
    for (const PenStroke& stroke : glyph.strokes)
      for (const auto& [x, y] : stroke) {
        CHECK(x >= 0);
        CHECK(x <= glyph.advance - 2 + 1e-9);
        CHECK(y >= 0);
        CHECK(y <= 8);
      }
  }
}

TEST_CASE("the colours of an SVG are roles with a light and a dark value, and plain ones for programs without style") {
  const std::string svg = trace_svg(test::view_over(test::columns(10, 100)), {}, ValueAxis::linear);
  CHECK(svg.find("prefers-color-scheme:dark") != std::string::npos);
  CHECK(count(svg, "class=\"p\"") == 1);
  CHECK(svg.find("fill=\"#1769aa\"") != std::string::npos);
}
