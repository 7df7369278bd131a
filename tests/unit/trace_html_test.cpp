// What the page of a run holds: which columns, how they are packed, how large it becomes, what it must never contain.
#include <doctest/doctest.h>
#include <rapidcheck.h>

#include <bit>
#include <nlohmann/json.hpp>

#include "rig/report/trace_html.hpp"
#include "rig/report/trace_layers.hpp"
#include "tests/unit/trace_example.hpp"

using namespace jr;

namespace {

std::vector<std::uint8_t> bytes_of(const std::string& base64) {
  const std::string digits = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
  std::vector<std::uint8_t> bytes;
  std::uint32_t word = 0;
  int bits = 0;
  for (const char c : base64) {
    if (c == '=') break;
    word = word << 6 | static_cast<std::uint32_t>(digits.find(c));
    if ((bits += 6) >= 8) bytes.push_back(static_cast<std::uint8_t>(word >> (bits -= 8)));
  }
  return bytes;
}

float float_at(const std::vector<std::uint8_t>& bytes, std::size_t k) {
  std::uint32_t word = 0;
  for (std::size_t i = 0; i < 4; ++i) word |= static_cast<std::uint32_t>(bytes[4 * k + i]) << (8 * i);
  return std::bit_cast<float>(word);
}

TracePage page_with(std::vector<Zoom> layers) {
  TracePage page;
  page.run = "unit-1", page.verdict = "pass", page.headline = "863.4 \u00b1 1.1 \u00b5J per inference";
  page.period_s = 1e-5, page.basis = "Current by the instrument's own coefficients.";
  page.samples = layers.empty() ? 0 : layers.front().columns.back().first + layers.front().columns.back().n;
  page.layers = std::move(layers);
  return page;
}

std::string embedded(const std::string& html) {
  const std::string head = "<script type=\"application/json\" id=\"trace\">";
  const auto from = html.find(head) + head.size();
  return html.substr(from, html.find("</script>", from) - from);
}

}  // namespace

TEST_CASE("base64 gives the published examples of RFC 4648") {
  const auto encoded = [](const std::string& text) { return base64(std::vector<std::uint8_t>(text.begin(), text.end())); };
  CHECK(encoded("") == "");
  CHECK(encoded("f") == "Zg==");
  CHECK(encoded("fo") == "Zm8=");
  CHECK(encoded("foobar") == "Zm9vYmFy");
}

TEST_CASE("a plan keeps to its budget, covers the whole stream, and stays inside it") {
  CHECK(rc::check([] {
    const auto samples = *rc::gen::inRange<std::uint64_t>(1, 2'000'000'000);
    const auto budget = *rc::gen::inRange<std::size_t>(100, 300'000);
    std::vector<OrdinalSpan> windows;
    const int count = *rc::gen::inRange(0, 300);
    for (int k = 0; k < count; ++k) {
      const auto start = *rc::gen::inRange<std::uint64_t>(0, samples);
      windows.push_back({start, std::min(samples, start + *rc::gen::inRange<std::uint64_t>(1, 10'000'000))});
    }
    std::size_t columns = 0;
    const auto layers = plan_layers(samples, windows, budget);
    RC_ASSERT(layers.front().start == 0 && layers.front().end == samples);
    for (const LayerRequest& layer : layers) {
      RC_ASSERT(layer.start < layer.end && layer.end <= samples && layer.columns > 0);
      columns += layer.columns;
    }
    RC_ASSERT(columns <= budget);
  }));
}

TEST_CASE("a short trace is kept whole, sample by sample") {
  const auto layers = plan_layers(200'000, std::vector<OrdinalSpan>{{10, 20}}, 225'000);
  REQUIRE(layers.size() == 1);
  CHECK(layers.front().columns == 200'000);
}

TEST_CASE("five windows of a third of a second in an hour are kept sample by sample, with what surrounds them") {
  std::vector<OrdinalSpan> windows;
  for (std::uint64_t k = 0; k < 5; ++k) windows.push_back({1'000'000 + 50'000'000 * k, 1'020'000 + 50'000'000 * k});
  const auto layers = plan_layers(360'000'000, windows, 225'000);
  for (const OrdinalSpan& window : windows)
    CHECK(std::any_of(layers.begin(), layers.end(), [&](const LayerRequest& l) {
      return l.start < window.start && l.end > window.end && l.columns == l.end - l.start;
    }));
}

TEST_CASE("of windows too long to be kept whole both edges are") {
  const auto layers = plan_layers(100'000'000, std::vector<OrdinalSpan>{{20'000'000, 30'000'000}, {60'000'000, 70'000'000}}, 225'000);
  for (const std::uint64_t edge : {20'000'000u, 30'000'000u, 60'000'000u, 70'000'000u})
    CHECK(std::any_of(layers.begin(), layers.end(), [&](const LayerRequest& l) {
      return l.start + 1000 <= edge && l.end >= edge + 1000 && l.columns == l.end - l.start;
    }));
}

TEST_CASE("columns of a layer come back from its text to single precision, NaN where there was nothing") {
  Zoom zoom{test::columns(50, 256), 256, true, {}};
  zoom.columns[4].without = 256;
  zoom.columns[5].without = 3;
  const auto layer = nlohmann::json::parse(layer_json(zoom));
  CHECK(layer["per"] == 256);
  CHECK(layer["end"] == 50 * 256);
  CHECK_FALSE(layer.contains("n"));
  CHECK(layer.contains("without"));
  const auto bytes = bytes_of(layer["data"].get<std::string>());
  REQUIRE(bytes.size() == 3 * 4 * 50);
  for (std::size_t k = 0; k < 50; ++k) {
    if (k == 4) {
      CHECK(std::isnan(float_at(bytes, k)));
      continue;
    }
    CHECK(float_at(bytes, k) == static_cast<float>(zoom.columns[k].min));
    CHECK(float_at(bytes, 50 + k) == static_cast<float>(zoom.columns[k].max));
    CHECK(float_at(bytes, 100 + k) == static_cast<float>(zoom.columns[k].mean));
  }
}

TEST_CASE("columns of unequal length carry their lengths") {
  Zoom zoom{{{10, 100, 0, 1, 2, 1.5}, {110, 256, 0, 1, 2, 1.5}, {366, 9, 0, 1, 2, 1.5}}, 256, true, {}};
  const auto layer = nlohmann::json::parse(layer_json(zoom));
  const auto bytes = bytes_of(layer["n"].get<std::string>());
  CHECK(bytes == std::vector<std::uint8_t>{100, 0, 0, 0, 0, 1, 0, 0, 9, 0, 0, 0});
}

TEST_CASE("a page with its whole budget of columns stays at about 4 MB, whatever its windows and gaps") {
  TracePage page = page_with({Zoom{test::columns(kPageColumns, 4096), 4096, true, {}}});
  CHECK(trace_html(page).size() < 4'200'000);
  for (std::uint64_t k = 0; k < 200'000; ++k) {
    page.gaps.push_back({k * 1000, 3, 0, 0, GapCause::counter});
    page.windows.push_back({"infer " + std::to_string(k), k * 1000, k * 1000 + 500, true, true, {"a", "b"}});
  }
  CHECK(trace_html(page).size() < 5'500'000);
}

TEST_CASE("a page loads nothing, and no text of a record can end an element or begin a script") {
  TracePage page = page_with({Zoom{test::columns(10, 100), 100, false, {}}});
  page.run = "</script><script>alert(1)</script>\xff";
  page.headline = page.basis = page.verdict = page.footer = "<img src=x onerror=alert(2)>";
  page.flags = page.remarks = {"<b>bold</b>"};
  page.facts = {{"</dl>", "\"'><i>"}};
  page.windows.push_back({"<u>", 0, 100, true, true, {"</table>"}});
  const std::string html = trace_html(page);
  for (const char* never : {"<script>alert", "<img", "<b>bold", "<i>", "<u>", "<link", "@import", "fetch(", "src=\"", "http://", "https://"})
    CHECK_MESSAGE(html.find(never) == std::string::npos, never);
  CHECK(html.find("default-src 'none'") != std::string::npos);
  const auto data = nlohmann::json::parse(embedded(html), nullptr, false);
  REQUIRE_FALSE(data.is_discarded());
  CHECK(data["layers"].size() == 1);
}

TEST_CASE("the sum over coalesced gaps is the sum over all of them") {
  TracePage page = page_with({Zoom{test::columns(10, 100), 100, false, {}}});
  for (std::uint64_t k = 0; k < 50'001; ++k) page.gaps.push_back({k, k % 7, 0, 0, GapCause::counter});
  std::uint64_t lost = 0, kept = 0;
  for (const Gap& gap : page.gaps) lost += gap.length;
  const auto data = nlohmann::json::parse(embedded(trace_html(page)));
  CHECK(data["gaps"].size() <= 20'000);
  for (const auto& gap : data["gaps"]) kept += gap[1].get<std::uint64_t>();
  CHECK(kept == lost);
}
