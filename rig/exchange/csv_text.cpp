// Scanning by memchr and from_chars; a field is looked at once.
// Never allocates for a row.
#include "rig/exchange/csv_text.hpp"

#include <algorithm>
#include <array>
#include <charconv>
#include <cmath>
#include <cstring>
#include <limits>
#include <map>

namespace jr::csv {
namespace {

constexpr std::size_t kSniffBytes = 65'536, kSniffLines = 200, kSniffFields = 256;
constexpr double kMissing = std::numeric_limits<double>::quiet_NaN();

bool is_blank(char c) { return c == ' ' || c == '\t'; }

bool says_nan(std::string_view field) {
  constexpr std::string_view kWord = "nan";
  return field.size() == kWord.size() && std::equal(field.begin(), field.end(), kWord.begin(),
                                                    [](char a, char b) { return (a | 0x20) == b; });
}

/// A field that begins with a quote, up to its closing one; `at` moves behind it.
std::string_view quoted(std::string_view line, std::size_t& at) {
  const std::size_t close = line.find('"', at + 1);
  const std::size_t end = close == std::string_view::npos ? line.size() : close;
  const std::string_view field = line.substr(at + 1, end - at - 1);
  at = std::min(end + 1, line.size());
  return field;
}

std::size_t skip_blanks(std::string_view line, std::size_t at, char separator) {
  while (at < line.size() && is_blank(line[at]) && (separator == ' ' || line[at] != separator)) ++at;
  return at;
}

/// Where the field that begins at `at` ends.
std::size_t end_of_field(std::string_view line, std::size_t at, char separator) {
  if (separator == ' ') {
    while (at < line.size() && !is_blank(line[at])) ++at;
    return at;
  }
  const void* found = at < line.size() ? std::memchr(line.data() + at, separator, line.size() - at) : nullptr;
  return found ? static_cast<std::size_t>(static_cast<const char*>(found) - line.data()) : line.size();
}

/// How well a dialect fits: for lines of the most frequent number of fields, the share that is numbers, summed.
double fit(const std::vector<std::string_view>& lines, Dialect dialect) {
  std::map<std::size_t, double> by_count;
  std::vector<std::string_view> fields;
  for (const std::string_view line : lines) {
    split(line, dialect, kSniffFields, fields);
    if (fields.size() < 2) continue;
    const auto numbers = std::count_if(fields.begin(), fields.end(), [&](std::string_view field) {
      return !field.empty() && number_in(field, dialect.decimal);
    });
    by_count[fields.size()] += static_cast<double>(numbers) / static_cast<double>(fields.size());
  }
  double best = 0;
  for (const auto& [count, sum] : by_count) best = std::max(best, sum);
  return best;
}

}  // namespace

bool Lines::next(std::string_view& line) {
  if (rest_.empty()) return false;
  const std::size_t end = rest_.find('\n');
  ended_ = end != std::string_view::npos;
  line = rest_.substr(0, end);
  rest_.remove_prefix(ended_ ? end + 1 : rest_.size());
  if (!line.empty() && line.back() == '\r') line.remove_suffix(1);
  ++number_;
  return true;
}

std::string_view trimmed(std::string_view text) {
  while (!text.empty() && is_blank(text.front())) text.remove_prefix(1);
  while (!text.empty() && is_blank(text.back())) text.remove_suffix(1);
  return text;
}

void split(std::string_view line, Dialect dialect, std::size_t most, std::vector<std::string_view>& fields) {
  fields.clear();
  std::size_t at = skip_blanks(line, 0, dialect.separator);
  if (at == line.size()) return;
  while (fields.size() < most) {
    at = skip_blanks(line, at, dialect.separator);
    if (at < line.size() && line[at] == '"') {
      fields.push_back(trimmed(quoted(line, at)));
      at = end_of_field(line, at, dialect.separator);
    } else {
      const std::size_t end = end_of_field(line, at, dialect.separator);
      fields.push_back(trimmed(line.substr(at, end - at)));
      at = end;
    }
    if (dialect.separator == ' ') at = skip_blanks(line, at, ' ');
    if (at >= line.size()) return;
    if (dialect.separator != ' ') ++at;
  }
}

std::optional<double> number_in(std::string_view field, char decimal) {
  if (field.empty() || says_nan(field)) return kMissing;
  if (field.front() == '+') field.remove_prefix(1);
  std::array<char, 64> changed;
  if (decimal != '.') {
    if (field.size() > changed.size() || field.find('.') != std::string_view::npos) return std::nullopt;
    std::replace_copy(field.begin(), field.end(), changed.begin(), decimal, '.');
    field = {changed.data(), field.size()};
  }
  double value = 0;
  const auto [end, trouble] = std::from_chars(field.data(), field.data() + field.size(), value);
  if (trouble != std::errc() || end != field.data() + field.size()) return std::nullopt;
  return std::isfinite(value) ? value : kMissing;
}

Dialect sniff(std::string_view text) {
  std::vector<std::string_view> sample;
  Lines lines(text.substr(0, kSniffBytes));
  for (std::string_view line; sample.size() < kSniffLines && lines.next(line);)
    if (!trimmed(line).empty() && !is_comment(line)) sample.push_back(line);
  if (sample.size() > 1 && lines.is_last() && text.size() > kSniffBytes) sample.pop_back();  // it may be cut
  Dialect best;
  double best_fit = 0;
  for (const Dialect dialect : {Dialect{',', '.'}, Dialect{';', '.'}, Dialect{';', ','}, Dialect{'\t', '.'},
                                Dialect{'\t', ','}, Dialect{'|', '.'}, Dialect{' ', '.'}, Dialect{' ', ','}}) {
    const double now = fit(sample, dialect);
    if (now > best_fit) best = dialect, best_fit = now;
  }
  return best;
}

}  // namespace jr::csv
