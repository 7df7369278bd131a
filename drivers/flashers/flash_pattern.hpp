// A POSIX extended regular expression as a value. Looked for in one line at a time.
// Never std::regex: it recurses on long lines, and its header warns under the sanitizers of g++ 12.
#pragma once

#include <cstddef>
#include <memory>
#include <optional>
#include <string>

#include "rig/core/result.hpp"

namespace jr {

class FlashPattern {
 public:
  FlashPattern() = default;  ///< matches nothing
  /// Trouble::usage with the compiler's own words when `text` is no regular expression.
  static Result<FlashPattern> compiled(const std::string& text);

  /// What group `group` (0: the whole match) holds at the first match in `line`; none when there is
  /// no match or the group took no part in it.
  std::optional<std::string> found_in(const std::string& line, std::size_t group = 0) const;

 private:
  struct Compiled;
  std::shared_ptr<const Compiled> compiled_;  // immutable, so copies may share it
};

}  // namespace jr
