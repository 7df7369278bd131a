// The splitter, and the two kinds of field that intensity files have: numbers and UTC stamps.
// Bounded by the text it is given; every index is checked.
#include "rig/lca/csv.hpp"

#include <algorithm>
#include <charconv>
#include <chrono>
#include <cmath>
#include <cstdio>
#include <fstream>

namespace jr::lca {
namespace {

std::string trimmed(std::string_view text) {
  const auto is_blank = [](char c) { return c == ' ' || c == '\t' || c == '\r'; };
  while (!text.empty() && is_blank(text.front())) text.remove_prefix(1);
  while (!text.empty() && is_blank(text.back())) text.remove_suffix(1);
  return std::string(text);
}

char separator_of(std::string_view header) {
  bool quoted = false, has_semicolon = false;
  for (const char c : header) {
    if (c == '"') quoted = !quoted;
    if (!quoted && c == ',') return ',';
    has_semicolon = has_semicolon || (!quoted && c == ';');
  }
  return has_semicolon ? ';' : ',';
}

Result<std::vector<std::string>> split(std::string_view line, char separator, const std::string& place) {
  std::vector<std::string> fields(1);
  bool quoted = false;
  for (std::size_t i = 0; i < line.size(); ++i) {
    const char c = line[i];
    if (quoted && c == '"' && i + 1 < line.size() && line[i + 1] == '"') {
      fields.back() += '"';
      ++i;
    } else if (c == '"') {
      quoted = !quoted;
    } else if (c == separator && !quoted) {
      fields.emplace_back();
    } else {
      fields.back() += c;
    }
  }
  if (quoted) return fail(Trouble::malformed, place + ": a quote is opened and never closed on this line.");
  for (std::string& field : fields) field = trimmed(field);
  return fields;
}

void take_comment(Csv& csv, std::string_view line) {
  const auto colon = line.find(':');
  if (colon == std::string_view::npos) return;
  csv.comments.try_emplace(lower(trimmed(line.substr(1, colon - 1))), trimmed(line.substr(colon + 1)));
}

bool two_digits(std::string_view text, std::size_t at, int& value) {
  if (at + 2 > text.size() || text[at] < '0' || text[at] > '9' || text[at + 1] < '0' || text[at + 1] > '9') return false;
  value = 10 * (text[at] - '0') + (text[at + 1] - '0');
  return true;
}

}  // namespace

std::string lower(std::string_view text) {
  std::string folded(text);
  for (char& c : folded)
    if (c >= 'A' && c <= 'Z') c = static_cast<char>(c - 'A' + 'a');
  return folded;
}

std::optional<std::size_t> Csv::column(const std::vector<std::string>& parts) const {
  for (std::size_t i = 0; i < header.fields.size(); ++i) {
    const std::string heading = lower(header.fields[i]);
    if (std::all_of(parts.begin(), parts.end(), [&](const std::string& part) { return heading.find(part) != std::string::npos; }))
      return i;
  }
  return std::nullopt;
}

std::optional<std::size_t> Csv::named(const std::string& heading) const {
  for (std::size_t i = 0; i < header.fields.size(); ++i)
    if (lower(header.fields[i]) == heading) return i;
  return std::nullopt;
}

Result<Csv> parse_csv(const std::string& text, const std::string& name) {
  Csv csv;
  std::string_view rest = text;
  if (rest.starts_with("\xEF\xBB\xBF")) rest.remove_prefix(3);
  char separator = ',';
  for (std::size_t number = 1; !rest.empty(); ++number) {
    const std::size_t end = rest.find('\n');
    std::string_view line = rest.substr(0, end);
    rest.remove_prefix(end == std::string_view::npos ? rest.size() : end + 1);
    if (!line.empty() && line.back() == '\r') line.remove_suffix(1);
    if (trimmed(line).empty()) continue;
    if (line.front() == '#') {
      take_comment(csv, line);
      continue;
    }
    if (csv.header.line == 0) separator = separator_of(line);
    auto fields = split(line, separator, name + ", line " + std::to_string(number));
    if (!fields) return Failure(fields.error());
    if (csv.header.line == 0) {
      csv.header = {number, std::move(*fields)};
      continue;
    }
    if (fields->size() != csv.header.fields.size())
      return fail(Trouble::malformed, name + ", line " + std::to_string(number) + ": " + std::to_string(fields->size()) +
                                          " fields where the header has " + std::to_string(csv.header.fields.size()) + ".");
    csv.rows.push_back({number, std::move(*fields)});
  }
  if (csv.header.line == 0) return fail(Trouble::malformed, name + " is empty: it needs a line with the names of its columns.");
  return csv;
}

Result<std::string> read_text(const std::filesystem::path& file, std::size_t limit_bytes) {
  std::ifstream stream(file, std::ios::binary);
  if (!stream) return fail(Trouble::not_found, "Cannot read " + file.string() + ": is the path right?");
  std::string text, piece(1 << 16, '\0');
  while (stream.read(piece.data(), static_cast<std::streamsize>(piece.size())) || stream.gcount() > 0) {
    text.append(piece, 0, static_cast<std::size_t>(stream.gcount()));
    if (text.size() > limit_bytes)
      return fail(Trouble::malformed, file.string() + " is longer than " + std::to_string(limit_bytes >> 20) +
                                          " MiB: cut it to the years that matter.");
  }
  if (stream.bad() || (text.empty() && !std::filesystem::is_regular_file(file)))
    return fail(Trouble::not_found, "Cannot read " + file.string() + ": is it a file?");
  return text;
}

std::optional<double> number_in(const std::string& field) {
  std::string text = field;
  if (text.find('.') == std::string::npos)
    if (const auto comma = text.find(','); comma != std::string::npos) text[comma] = '.';
  double value = 0;
  const auto [end, trouble] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (trouble != std::errc{} || end != text.data() + text.size() || !std::isfinite(value)) return std::nullopt;
  return value;
}

std::optional<std::int64_t> utc_seconds(const std::string& stamp) {
  std::string_view text = stamp;
  for (const std::string_view zone : {"Z", "+00:00", "+0000"})
    if (text.ends_with(zone)) {
      text.remove_suffix(zone.size());
      break;
    }
  int century = 0, year = 0, month = 0, day = 0, hour = 0, minute = 0, second = 0;
  const bool dated = text.size() >= 16 && two_digits(text, 0, century) && two_digits(text, 2, year) && text[4] == '-' &&
                     two_digits(text, 5, month) && text[7] == '-' && two_digits(text, 8, day) &&
                     (text[10] == ' ' || text[10] == 'T') && two_digits(text, 11, hour) && text[13] == ':' &&
                     two_digits(text, 14, minute);
  if (!dated) return std::nullopt;
  if (text.size() > 16) {
    if (text[16] != ':' || !two_digits(text, 17, second)) return std::nullopt;
    if (text.size() > 19 && text.substr(19).find_first_not_of(".0") != std::string_view::npos) return std::nullopt;
  }
  using namespace std::chrono;
  const year_month_day date{std::chrono::year{100 * century + year}, std::chrono::month{static_cast<unsigned>(month)},
                            std::chrono::day{static_cast<unsigned>(day)}};
  if (!date.ok() || hour > 23 || minute > 59 || second > 59) return std::nullopt;
  const auto days = sys_days{date}.time_since_epoch().count();
  return static_cast<std::int64_t>(days) * 86400 + hour * 3600 + minute * 60 + second;
}

std::string utc_text(std::int64_t seconds) {
  using namespace std::chrono;
  const sys_seconds when{std::chrono::seconds{seconds}};
  const year_month_day date{floor<days>(when)};
  const hh_mm_ss time{when - floor<days>(when)};
  char text[40];
  std::snprintf(text, sizeof text, "%04d-%02u-%02u %02d:%02d", static_cast<int>(date.year()), static_cast<unsigned>(date.month()),
                static_cast<unsigned>(date.day()), static_cast<int>(time.hours().count()), static_cast<int>(time.minutes().count()));
  return text;
}

}  // namespace jr::lca
