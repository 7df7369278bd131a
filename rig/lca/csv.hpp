// Comma-separated text by lines and fields, quotes as in RFC 4180; a comment begins with '#'.
// Never interprets a field.
#pragma once

#include <cstddef>
#include <filesystem>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "rig/core/result.hpp"

namespace jr::lca {

struct CsvRow {
  std::size_t line{};  ///< in the text, from 1
  std::vector<std::string> fields;
};

struct Csv {
  std::map<std::string, std::string> comments;  ///< of lines "# key: value"; keys in lower case
  CsvRow header;
  std::vector<CsvRow> rows;

  /// Column whose heading contains all of `parts`, case folded; absent when none does.
  std::optional<std::size_t> column(const std::vector<std::string>& parts) const;
  /// Column of exactly this heading, case folded.
  std::optional<std::size_t> named(const std::string& heading) const;
};

/// The separator is ';' when the header has one and no comma outside quotes. Errors: malformed (a quote that never ends, a
/// row with fewer or more fields than the header, no header at all).
Result<Csv> parse_csv(const std::string& text, const std::string& name);

/// The whole of a file up to `limit_bytes`. Errors: not_found; malformed when it is longer.
Result<std::string> read_text(const std::filesystem::path& file, std::size_t limit_bytes);

std::string lower(std::string_view text);
/// A finite number, the whole field, '.' as decimal point (a lone ',' is taken for one).
std::optional<double> number_in(const std::string& field);
/// Seconds since 1970 of "2026-10-18T02:00[:00][Z]", blank instead of T allowed, "+00:00" for Z; UTC only.
std::optional<std::int64_t> utc_seconds(const std::string& stamp);
std::string utc_text(std::int64_t seconds);  ///< "2026-10-18 02:00"

}  // namespace jr::lca
