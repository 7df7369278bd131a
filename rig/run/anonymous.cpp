// Longest first: a home folder is replaced before the user's name inside it.
#include "rig/run/anonymous.hpp"

#include <pwd.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cctype>
#include <cstdlib>

namespace jr {
namespace {

std::string from_environment(const char* name) {
  const char* value = std::getenv(name);
  return value ? value : "";
}

bool is_of_word(char c) { return std::isalnum(static_cast<unsigned char>(c)) || c == '_'; }

/// `[at, at + size)` of `text` neither begins nor ends inside a word.
bool is_whole(const std::string& text, std::size_t at, std::size_t size) {
  return (at == 0 || !is_of_word(text[at - 1])) &&
         (at + size >= text.size() || !is_of_word(text[at + size]));
}

void replace_whole(std::string& text, const std::string& from, const std::string& to) {
  for (std::size_t at = text.find(from); at != std::string::npos; at = text.find(from, at)) {
    if (is_whole(text, at, from.size())) {
      text.replace(at, from.size(), to);
      at += to.size();
    } else {
      at += from.size();
    }
  }
}

}  // namespace

Anonymous Anonymous::of_this_process() {
  std::vector<std::string> homes{from_environment("HOME")};
  std::vector<std::pair<std::string, std::string>> words;
  for (const char* name : {"USER", "LOGNAME", "SUDO_USER"})
    words.emplace_back(from_environment(name), "(user)");
  if (const passwd* me = getpwuid(getuid())) {
    homes.emplace_back(me->pw_dir ? me->pw_dir : "");
    words.emplace_back(me->pw_name ? me->pw_name : "", "(user)");
  }
  std::array<char, 256> host{};
  if (gethostname(host.data(), host.size() - 1) == 0) {
    const std::string whole = host.data();
    words.emplace_back(whole, "(host)");
    words.emplace_back(whole.substr(0, whole.find('.')), "(host)");
  }
  return {homes, words};
}

Anonymous::Anonymous(const std::vector<std::string>& homes,
                     const std::vector<std::pair<std::string, std::string>>& words) {
  for (std::string home : homes) {
    while (home.size() > 1 && home.back() == '/') home.pop_back();
    if (home.size() > 1) homes_.push_back(std::move(home));
  }
  for (const auto& word : words)
    if (word.first.size() > 1) words_.push_back(word);
  std::sort(homes_.begin(), homes_.end(),
            [](const auto& a, const auto& b) { return a.size() > b.size(); });
  std::stable_sort(words_.begin(), words_.end(),
                   [](const auto& a, const auto& b) { return a.first.size() > b.first.size(); });
}

std::string Anonymous::operator()(std::string text) const {
  for (const std::string& home : homes_) replace_whole(text, home, "~");
  for (const auto& [from, to] : words_) replace_whole(text, from, to);
  return text;
}

}  // namespace jr
