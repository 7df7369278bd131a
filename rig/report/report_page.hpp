// A report as one HTML page: headings, sentences, tables and pictures, for a screen and for paper.
// Never computes or words anything, and loads nothing: no script, no font, no picture of another file.
#pragma once

#include <string>
#include <utility>
#include <variant>
#include <vector>

namespace jr {

struct ReportText { std::string text; bool quiet{}; };               ///< a paragraph; quiet: small print
struct ReportList { std::vector<std::string> items; };
struct ReportFacts { std::vector<std::pair<std::string, std::string>> rows; };  ///< name and value

struct ReportTable {
  struct Column { std::string title; bool numeric{}, unbroken{}; };  ///< numeric: to the right; unbroken: never wrapped on the page
    /// strong: a sum. bar: 0 to 1, drawn behind the row on a terminal; the page has its figures.
  struct Row { std::vector<std::string> cells; bool strong{}; double bar{}; };
  std::string caption;                                               ///< numbered by the page: "Table 2. ..."
  std::vector<Column> columns;
  std::vector<Row> rows;                                              ///< missing cells are empty, more than columns are dropped
};

/// `svg` stands as it is; numbered: "Figure 1. ...". `text` is what a terminal shows instead, at most 76 characters wide.
struct ReportFigure { std::string caption, svg, text{}; };

using ReportPart = std::variant<ReportText, ReportList, ReportFacts, ReportTable, ReportFigure>;

struct ReportSection {
  std::string heading;
  std::vector<ReportPart> parts;
};

struct ReportPage {
  std::string title, subtitle;
  std::string headline;                ///< the one number
  std::vector<std::string> warnings;   ///< on the top of every printed page: simulated, suspect
  std::string verdict;                 ///< beside the title, in a frame
  bool verdict_good{};
  std::vector<ReportSection> sections; ///< numbered from 1; those without parts are left out
  std::string footer;
};

/// UTF-8 text of the file, the same bits for the same page; all text is escaped.
std::string report_html(const ReportPage& page);

}  // namespace jr
