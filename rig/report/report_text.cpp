// Text columns of a table give way to its numbers: they are wrapped, numbers are not.
#include "rig/report/report_text.hpp"

#include <algorithm>
#include <cmath>
#include <numeric>

#include "rig/report/trace_text.hpp"

namespace jr {
namespace {

constexpr std::size_t kGap = 2, kLeast = 10, kLongestWord = 16, kIndent = 2;

/// The first `count` characters.
std::size_t bytes_of(const std::string& text, std::size_t count) {
  std::size_t at = 0, seen = 0;
  while (at < text.size() && (seen < count || (text[at] & 0xC0) == 0x80)) seen += (text[at++] & 0xC0) != 0x80;
  return at;
}

std::string padded(const std::string& text, std::size_t width, bool right) {
  const std::size_t own = width_of(text);
  const std::string space(width > own ? width - own : 0, ' ');
  return right ? space + text : text + space;
}

/// Words in lines of `width`; a word that is longer is cut.
std::vector<std::string> lines_of(const std::string& text, std::size_t width) {
  std::vector<std::string> lines;
  std::string line;
  const auto put = [&](std::string word) {
    while (width_of(word) > width) {
      if (!line.empty()) lines.push_back(std::exchange(line, {}));
      const std::size_t cut = bytes_of(word, width);
      lines.push_back(word.substr(0, cut));
      word.erase(0, cut);
    }
    if (word.empty()) return;
    if (!line.empty() && width_of(line) + 1 + width_of(word) > width) lines.push_back(std::exchange(line, {}));
    line += (line.empty() ? "" : " ") + word;
  };
  std::string word;
  for (const char c : text + " ") {
    if (c != ' ' && c != '\n' && c != '\t') {
      word += static_cast<unsigned char>(c) < 0x20 || c == 0x7f ? '?' : c;
    } else if (!word.empty()) {
      put(std::exchange(word, {}));
    }
  }
  if (!line.empty() || lines.empty()) lines.push_back(line);
  return lines;
}

/// A column of words is no narrower than its longest word, as far as that is a word.
std::size_t floor_of(const ReportTable& table, std::size_t column) {
  std::size_t longest = kLeast / 2;
  const auto look = [&](const std::string& text) {
    for (const std::string& word : lines_of(text, 1000)) {
      std::size_t from = 0;
      for (std::size_t at = 0; at <= word.size(); ++at)
        if (at == word.size() || word[at] == ' ') {
          longest = std::max(longest, std::min(width_of(word.substr(from, at - from)), kLongestWord));
          from = at + 1;
        }
    }
  };
  look(table.columns[column].title);
  for (const auto& row : table.rows)
    if (column < row.cells.size()) look(row.cells[column]);
  return longest;
}

std::vector<std::size_t> widths_of(const ReportTable& table, std::size_t width) {
  std::vector<std::size_t> widths, least;
  for (std::size_t c = 0; c < table.columns.size(); ++c) {
    std::size_t most = width_of(table.columns[c].title);
    for (const auto& row : table.rows)
      if (c < row.cells.size()) most = std::max(most, width_of(row.cells[c]));
    widths.push_back(most);
    least.push_back(table.columns[c].numeric ? most : floor_of(table, c));
  }
  for (;;) {  // the widest column of words gives way, one character at a time
    const std::size_t sum = std::accumulate(widths.begin(), widths.end(), kGap * (widths.empty() ? 0 : widths.size() - 1));
    std::size_t widest = widths.size();
    for (std::size_t c = 0; c < widths.size(); ++c)
      if (widths[c] > least[c] && (widest == widths.size() || widths[c] > widths[widest])) widest = c;
    if (sum <= width || widest == widths.size()) return widths;
    --widths[widest];
  }
}

class TextWriter {
 public:
  explicit TextWriter(std::size_t width) : width_(width) {}

  std::string operator()(const ReportText& part) const { return wrapped(part.text, width_, indent_, indent_); }

  std::string operator()(const ReportList& part) const {
    std::string text;
    for (const std::string& item : part.items) text += wrapped(item, width_, indent_ + "- ", indent_ + "  ");
    return text;
  }

  std::string operator()(const ReportFacts& part) const {
    std::size_t name_width = 0;
    for (const auto& row : part.rows) name_width = std::max(name_width, width_of(row.first));
    name_width = std::min(name_width, width_ / 2 - kIndent);
    const std::string rest(kIndent + name_width + kGap, ' ');
    std::string text;
    for (const auto& [name, value] : part.rows) {
      if (width_of(name) <= name_width) {
        text += wrapped(value, width_, indent_ + padded(name, name_width, false) + std::string(kGap, ' '), rest);
      } else {
        text += wrapped(name, width_, indent_, indent_) + wrapped(value, width_, rest, rest);
      }
    }
    return text;
  }

  std::string operator()(const ReportTable& part) const {
    const std::vector<std::size_t> widths = widths_of(part, width_ - kIndent);
    std::string text = part.caption.empty() ? "" : wrapped(part.caption, width_, indent_, indent_);
    std::vector<std::string> titles;
    for (const auto& column : part.columns) titles.push_back(column.title);
    text += line(part, titles, widths);
    std::size_t rule = std::accumulate(widths.begin(), widths.end(), kGap * (widths.empty() ? 0 : widths.size() - 1));
    for (std::string dashes = indent_; rule > 0;) {
      dashes += "\u2500";
      if (--rule == 0) text += dashes + "\n";
    }
    for (const auto& row : part.rows) text += line(part, row.cells, widths, row.bar);
    return text;
  }

  std::string operator()(const ReportFigure& part) const {
    if (part.text.empty()) return "";
    std::string text;
    std::size_t from = 0;
    while (from < part.text.size()) {
      const std::size_t end = std::min(part.text.find('\n', from), part.text.size());
      text += indent_ + part.text.substr(from, end - from) + "\n";
      from = end + 1;
    }
    return text;
  }

 private:
  std::string line(const ReportTable& table, const std::vector<std::string>& cells, const std::vector<std::size_t>& widths, double bar = 0) const {
    std::vector<std::vector<std::string>> columns;
    std::size_t high = 1;
    for (std::size_t c = 0; c < widths.size(); ++c) {
      const std::string cell = c < cells.size() ? cells[c] : "";
      columns.push_back(lines_of(cell, std::max<std::size_t>(widths[c], 1)));
      high = std::max(high, columns.back().size());
    }
    std::string text;
    for (std::size_t i = 0; i < high; ++i) {
      std::string one = indent_;
      for (std::size_t c = 0; c < columns.size(); ++c)
        one += (c ? std::string(kGap, ' ') : "") + padded(i < columns[c].size() ? columns[c][i] : "", widths[c], table.columns[c].numeric);
      if (const std::size_t used = width_of(one) + kGap; i == 0 && bar > 0 && used + kLeast <= width_)
        one += std::string(kGap, ' ') + text_bar(bar, std::min<std::size_t>(width_ - used, 40));
      one.erase(one.find_last_not_of(' ') + 1);
      text += one + "\n";
    }
    return text;
  }

  std::size_t width_;
  std::string indent_ = std::string(kIndent, ' ');
};

}  // namespace

std::string wrapped(const std::string& text, std::size_t width, const std::string& first, const std::string& rest) {
  const std::size_t taken = std::max(width_of(first), width_of(rest));
  std::string result;
  for (const std::string& line : lines_of(text, width > taken + kLeast ? width - taken : kLeast)) result += (result.empty() ? first : rest) + line + "\n";
  return result;
}

std::string text_bar(double share, std::size_t width) {
  static const char* const kEighths[] = {"", "\u258f", "\u258e", "\u258d", "\u258c", "\u258b", "\u258a", "\u2589"};
  if (!(share > 0)) return "";
  const long eighths = std::max(1L, std::lround(std::min(share, 1.0) * static_cast<double>(width) * 8));
  std::string text;
  for (long i = 0; i < eighths / 8; ++i) text += "\u2588";
  return text + kEighths[eighths % 8];
}

std::string text_columns(const std::vector<double>& heights) {
  static const char* const kEighths[] = {" ", "\u2581", "\u2582", "\u2583", "\u2584", "\u2585", "\u2586", "\u2587", "\u2588"};
  const double most = heights.empty() ? 0 : *std::max_element(heights.begin(), heights.end());
  std::string text;
  for (const double height : heights) text += kEighths[most > 0 && height > 0 ? std::clamp(std::lround(8 * height / most), 1L, 8L) : 0];
  return text;
}

std::string report_text(const ReportSection& section, std::size_t width) {
  if (section.parts.empty()) return "";
  std::string text = section.heading + "\n";
  bool first = true;
  const ReportPart* before = nullptr;
  for (const ReportPart& part : section.parts) {
    const std::string body = std::visit(TextWriter(width), part);
    const bool lead = before && std::holds_alternative<ReportText>(*before);
    if (!body.empty() && !first && !lead) text += "\n";
    text += body;
    if (!body.empty()) first = false;
    before = &part;
  }
  return text;
}

std::string report_text(const ReportPage& page, std::size_t width) {
  std::string text;
  for (const std::string& warning : page.warnings) text += wrapped(warning, width);
  text += wrapped(page.title, width);
  if (!page.subtitle.empty()) text += wrapped(page.subtitle, width);
  if (!page.headline.empty()) text += "\n" + wrapped(page.headline, width);
  if (!page.verdict.empty()) text += wrapped(page.verdict, width);
  for (const ReportSection& section : page.sections)
    if (!section.parts.empty()) text += "\n" + report_text(section, width);
  return text + (page.footer.empty() ? "" : "\n" + wrapped(page.footer, width));
}

}  // namespace jr
