// The page of a report and its twin for a terminal: what is escaped, numbered, repeated, wrapped.
#include <doctest/doctest.h>
#include <rapidcheck.h>

#include "rig/report/report_page.hpp"
#include "rig/report/report_text.hpp"

using namespace jr;

namespace {

std::size_t count(const std::string& text, const std::string& part) {
  std::size_t n = 0;
  for (std::size_t at = text.find(part); at != std::string::npos; at = text.find(part, at + part.size())) ++n;
  return n;
}

bool has(const std::string& text, const std::string& part) { return text.find(part) != std::string::npos; }

/// Characters of the longest line.
std::size_t widest(const std::string& text) {
  std::size_t most = 0, now = 0;
  for (const char c : text) {
    if (c == '\n') now = 0;
    else if ((c & 0xC0) != 0x80) most = std::max(most, ++now);
  }
  return most;
}

ReportPage page() {
  ReportPage page;
  page.title = "A <title> & more";
  page.sections = {{"First", {ReportText{"said:", false}, ReportList{{"one", "two"}}}},
                   {"Nothing to say", {}},
                   {"Second", {ReportTable{"Sums.", {{"part"}, {"kg", true}}, {{{"a<b", "1.0"}}, {{"all", "1.0"}, true}}}, ReportFigure{"Bars.", "<svg></svg>", "###"}, ReportTable{"More.", {{"x"}}, {}}}}};
  return page;
}

}  // namespace

TEST_CASE("text of others cannot become an element of the page") {
  ReportPage p = page();
  const std::string evil = "<script>alert(1)</script>\"'&\x01\xff";
  p.subtitle = p.headline = p.verdict = p.footer = evil;
  p.warnings = {evil};
  p.sections.push_back({evil, {ReportText{evil}, ReportList{{evil}}, ReportFacts{{{evil, evil}}}, ReportTable{evil, {{evil}}, {{{evil}}}}, ReportFigure{evil, "", ""}}});
  const std::string html = report_html(p);
  CHECK(!has(html, "<script"));
  CHECK(has(html, "A &lt;title&gt; &amp; more"));
  CHECK(has(html, "a&lt;b"));
  CHECK(!has(html, "\x01"));
}

TEST_CASE("a page loads nothing: no script, no source, no link") {
  const std::string html = report_html(page());
  for (const char* loader : {"<script", "src=", "href=", "@import", "url(", "<link", "<iframe"}) {
    CAPTURE(loader);
    CHECK(!has(html, loader));
  }
  CHECK(has(html, "default-src 'none'"));
}

TEST_CASE("tables and figures are numbered each by themselves, empty sections have no number") {
  const std::string html = report_html(page());
  CHECK(has(html, "<b>Table 1.</b> Sums."));
  CHECK(has(html, "<b>Figure 1.</b> Bars."));
  CHECK(has(html, "<b>Table 2.</b> More."));
  CHECK(has(html, "<h2>1  First</h2>"));
  CHECK(has(html, "<h2>2  Second</h2>"));
  CHECK(!has(html, "Nothing to say"));
  CHECK(has(html, "<tr class=\"sum\">"));
}

TEST_CASE("what every printed page must say stands in a head that repeats") {
  ReportPage p = page();
  CHECK(!has(report_html(p), "<table class=\"sheet\""));
  p.warnings = {"SIMULATED"};
  const std::string html = report_html(p);
  CHECK(html.find("SIMULATED") > html.find("<table class=\"sheet\" role=\"presentation\"><thead>"));
  CHECK(html.find("SIMULATED") < html.find("</thead>"));
  CHECK(count(html, "<table") == count(html, "</table>"));
}

TEST_CASE("a number and its unit are not parted at the end of a line, a number and a word may be") {
  ReportPage p;
  p.headline = "2.66 kg of 3 parts, 5 %";
  CHECK(has(report_html(p), "2.66\u00a0kg of 3 parts, 5\u00a0%"));
}

TEST_CASE("a row that is too short is filled, one that is too long is cut") {
  ReportPage p;
  p.sections = {{"S", {ReportTable{"T.", {{"a"}, {"b"}}, {{{"1"}}, {{"1", "2", "3"}}}}}}};
  CHECK(count(report_html(p), "<td>") == 4);
}

TEST_CASE("on a terminal no line is longer than asked, whatever the words") {
  rc::check([] {
    const auto words = *rc::gen::container<std::vector<std::string>>(rc::gen::container<std::string>(rc::gen::inRange('!', '~')));
    const auto width = *rc::gen::inRange<std::size_t>(50, 120);
    std::string text;
    for (const std::string& word : words) text += word + " ";
    ReportPage p;
    p.title = p.headline = text;
    p.sections = {{"S", {ReportText{text}, ReportList{{text, text}}, ReportFacts{{{"name", text}, {text, "value"}}}, ReportTable{text, {{"words"}, {"number", true}}, {{{text, "12.345"}, false, 0.5}}}}}};
    RC_ASSERT(widest(report_text(p, width)) <= width);
  });
}

TEST_CASE("wrapping loses no word and breaks none that fits") {
  CHECK(wrapped("one two three four", 20, "- ", "  ") == "- one two three four\n");
  CHECK(wrapped("one two three four", 15, "- ", "  ") == "- one two three\n  four\n");
  CHECK(wrapped("\u00b5\u00b5\u00b5\u00b5\u00b5\u00b5 \u00b5\u00b5\u00b5\u00b5", 11) == "\u00b5\u00b5\u00b5\u00b5\u00b5\u00b5 \u00b5\u00b5\u00b5\u00b5\n");
  CHECK(wrapped("", 20) == "\n");
}

TEST_CASE("numbers of a table stay whole and to the right, words give way") {
  const ReportSection section{"S", {ReportTable{"", {{"what"}, {"kg", true}}, {{{"a very long description of something that is small", "12345.678"}}}}}};
  const std::string text = report_text(section, 40);
  CHECK(has(text, "12345.678"));
  CHECK(widest(text) <= 40);
  CHECK(has(text, "       kg\n"));
}

TEST_CASE("a small share is still to be seen as a bar, none is not") {
  CHECK(text_bar(1e-9, 40) == "\u258f");
  CHECK(text_bar(0, 40).empty());
  CHECK(text_bar(0.5, 2) == "\u2588");
  CHECK(text_bar(7, 1) == "\u2588");
  CHECK(text_columns({0, 1, 8}) == " \u2581\u2588");
}
