// Order and numbers of sections, tables and figures; the style is report_page.css.
#include "rig/report/report_page.hpp"

#include <algorithm>
#include <array>

#include "rig/report/canvas.hpp"
#include "rig/report/trace_assets.hpp"

namespace jr {
namespace {

/// A number and its unit stay on one line.
std::string kept_together(const std::string& text) {
  static const std::array kUnits{"kg", "g", "mg", "\u00b5g", "ng", "W", "mW", "\u00b5W", "nW", "J", "mJ", "\u00b5J", "s", "ms", "h", "year", "years", "days", "%"};
  std::string result;
  for (std::size_t at = 0; at < text.size(); ++at) {
    if (text[at] != ' ' || at == 0 || text[at - 1] < '0' || text[at - 1] > '9') {
      result += text[at];
      continue;
    }
    const std::string word = text.substr(at + 1, text.find_first_of(" ,.;:)&", at + 1) - at - 1);
    result += std::find(kUnits.begin(), kUnits.end(), word) == kUnits.end() ? " " : "\u00a0";
  }
  return result;
}

class Writer {
 public:
  std::string operator()(const ReportText& part) const { 
    // What ends with a colon stays with what it announces.
    return element("p", kept_together(part.text), part.quiet ? "class=\"quiet\"" : part.text.ends_with(':') ? "class=\"lead\"" : "");
  }

  std::string operator()(const ReportList& part) const {
    std::string html = "<ul>\n";
    for (const std::string& item : part.items) html += element("li", kept_together(item));
    return html + "</ul>\n";
  }

  std::string operator()(const ReportFacts& part) const {
    std::string html = "<dl>\n";
    for (const auto& [name, value] : part.rows) html += element("dt", name) + element("dd", value);
    return html + "</dl>\n";
  }

  std::string operator()(const ReportTable& part) {
    std::string html = "<div class=\"wide\"><table>\n<caption><b>Table " + std::to_string(++tables_) + ".</b> " + markup(part.caption) + "</caption>\n<thead><tr>";
    for (const auto& column : part.columns) html += std::string("<th scope=\"col\"") + (column.numeric ? " class=\"n\"" : "") + ">" + markup(column.title) + "</th>";
    html += "</tr></thead>\n<tbody>\n";
    for (const auto& row : part.rows) {
      html += row.strong ? "<tr class=\"sum\">" : "<tr>";
      for (std::size_t i = 0; i < part.columns.size(); ++i)
        html += std::string(part.columns[i].numeric ? "<td class=\"n\">" : part.columns[i].unbroken ? "<td class=\"u\">" : "<td>") + markup(i < row.cells.size() ? row.cells[i] : "") + "</td>";
      html += "</tr>\n";
    }
    return html + "</tbody></table></div>\n";
  }

  std::string operator()(const ReportFigure& part) {
    return "<figure>\n" + part.svg + "<figcaption><b>Figure " + std::to_string(++figures_) + ".</b> " + markup(part.caption) + "</figcaption></figure>\n";
  }

 private:
  int tables_{}, figures_{};
};

std::string head_of(const ReportPage& page) {
  return "<!doctype html>\n<html lang=\"en\"><head><meta charset=\"utf-8\">\n"
         "<meta name=\"viewport\" content=\"width=device-width,initial-scale=1\">\n<meta name=\"color-scheme\" content=\"light dark\">\n"
         "<meta http-equiv=\"Content-Security-Policy\" content=\"default-src 'none'; style-src 'unsafe-inline'\">\n" +
         element("title", page.title) + "<style>\n" + kReportStyle + "</style></head>\n<body>\n";
}

std::string header_of(const ReportPage& page) {
  std::string html = "<header>\n" + element("h1", page.title);
  if (!page.subtitle.empty()) html += element("p", page.subtitle, "class=\"subtitle\"");
  if (!page.headline.empty()) html += element("p", kept_together(page.headline), "class=\"number\"");
  if (!page.verdict.empty()) html += element("p", page.verdict, page.verdict_good ? "class=\"verdict good\"" : "class=\"verdict\"");
  return html + "</header>\n";
}

}  // namespace

std::string report_html(const ReportPage& page) {
  std::string html = head_of(page);
  // The head of a table is what every browser repeats on each printed page.
  if (!page.warnings.empty()) {
    html += "<table class=\"sheet\" role=\"presentation\"><thead><tr><td>";
    for (const std::string& warning : page.warnings) html += element("p", warning, "class=\"warning\"");
    html += "</td></tr></thead>\n<tbody><tr><td>\n";
  }
  html += header_of(page) + "<main>\n";
  Writer writer;
  int number = 0;
  for (const ReportSection& section : page.sections) {
    if (section.parts.empty()) continue;
    html += "<section>\n" + element("h2", std::to_string(++number) + "  " + section.heading);
    for (const ReportPart& part : section.parts) html += std::visit(writer, part);
    html += "</section>\n";
  }
  html += "</main>\n" + element("footer", page.footer);
  if (!page.warnings.empty()) html += "</td></tr></tbody></table>\n";
  return html + "</body></html>\n";
}

}  // namespace jr
