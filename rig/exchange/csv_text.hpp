// Text in columns: its lines, its separator and decimal sign, its fields and numbers.
// Never knows what a column means, and never copies the text.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string_view>
#include <vector>

namespace jr::csv {

struct Dialect {
  char separator{','};  ///< ' ': any run of blanks
  char decimal{'.'};
};

/// Lines of a text, without their ends ("\n" or "\r\n").
class Lines {
 public:
  explicit Lines(std::string_view text, std::uint64_t lines_before = 0) : rest_(text), number_(lines_before) {}

  bool next(std::string_view& line);
  std::uint64_t number() const { return number_; }  ///< of the line last given, from 1
  bool is_last() const { return rest_.empty(); }
  bool ended() const { return ended_; }             ///< the line last given had an end
  std::string_view rest() const { return rest_; }

 private:
  std::string_view rest_;
  std::uint64_t number_;
  bool ended_{true};
};

/// Fields of a line, at most `most`, blanks and quotes around them taken off. A quoted field may hold separators.
void split(std::string_view line, Dialect dialect, std::size_t most, std::vector<std::string_view>& fields);

/// NaN for an empty field, for "nan" and for infinity; nothing when it is no number.
std::optional<double> number_in(std::string_view field, char decimal);

/// Separator and decimal sign under which the lines of the text's beginning are most alike and most numeric.
Dialect sniff(std::string_view text);

std::string_view trimmed(std::string_view text);
inline bool is_comment(std::string_view line) { return !line.empty() && (line.front() == '#' || line.front() == '%'); }

}  // namespace jr::csv
