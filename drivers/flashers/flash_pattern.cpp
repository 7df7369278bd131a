// regcomp and regexec with an owner. Never keeps a match beyond the call.
#include "drivers/flashers/flash_pattern.hpp"

#include <regex.h>

#include <array>

namespace jr {

struct FlashPattern::Compiled {
  regex_t regex{};
  Compiled() = default;
  Compiled(const Compiled&) = delete;
  Compiled& operator=(const Compiled&) = delete;
  ~Compiled() { ::regfree(&regex); }
};

Result<FlashPattern> FlashPattern::compiled(const std::string& text) {
  regex_t regex{};
  if (const int fault = ::regcomp(&regex, text.c_str(), REG_EXTENDED); fault != 0) {
    std::array<char, 128> words{};
    ::regerror(fault, &regex, words.data(), words.size());
    return fail(Trouble::usage, "'" + text + "' is no regular expression: " + words.data());
  }
  auto owner = std::make_shared<Compiled>();
  owner->regex = regex;
  FlashPattern pattern;
  pattern.compiled_ = std::move(owner);
  return pattern;
}

std::optional<std::string> FlashPattern::found_in(const std::string& line,
                                                  std::size_t group) const {
  std::array<regmatch_t, 10> places{};
  if (!compiled_ || group >= places.size()) return std::nullopt;
  if (::regexec(&compiled_->regex, line.c_str(), places.size(), places.data(), 0) != 0)
    return std::nullopt;
  const auto begin = places[group].rm_so, end = places[group].rm_eo;
  if (begin < 0) return std::nullopt;
  return line.substr(static_cast<std::size_t>(begin), static_cast<std::size_t>(end - begin));
}

}  // namespace jr
