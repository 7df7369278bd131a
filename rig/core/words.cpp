#include "rig/core/words.hpp"

#include <array>
#include <cstdio>

namespace jr {

std::string number_text(const char* format, double value) {
  std::array<char, 64> text;
  std::snprintf(text.data(), text.size(), format, value);
  return text.data();
}

std::string digits(double value, int significant) {
  std::array<char, 64> text;
  std::snprintf(text.data(), text.size(), "%.*g", significant, value);
  return text.data();
}

std::string joined(const std::vector<std::string>& words, const char* between) {
  std::string text;
  for (const std::string& word : words) {
    if (&word != &words.front()) text += between;
    text += word;
  }
  return text;
}

std::string joined(const std::string& a, const std::string& b, const char* between) {
  return a.empty() ? b : b.empty() ? a : a + between + b;
}

std::string lowered(std::string text) {
  for (char& c : text)
    if (c >= 'A' && c <= 'Z') c = static_cast<char>(c - 'A' + 'a');
  return text;
}

}  // namespace jr
