// Text as markup, and how wide words are about. Draws nothing.
#include "rig/report/canvas.hpp"

#include <cstdint>
#include <string_view>

namespace jr {
namespace {

constexpr double kMeanLetter_px = 6.3;  // of 12 px sans serif
constexpr const char* kReplacement = "\xEF\xBF\xBD";

/// Length of the UTF-8 sequence at the beginning of `text`; 0 when there is none (overlong forms, surrogates and
/// what lies above U+10FFFF are none).
std::size_t sequence_length(std::string_view text) {
  const auto byte = [&](std::size_t k) { return k < text.size() ? static_cast<unsigned char>(text[k]) : 0u; };
  const unsigned first = byte(0);
  if (first < 0x80) return 1;
  const std::size_t length = first >= 0xF0 ? 4 : first >= 0xE0 ? 3 : first >= 0xC2 ? 2 : 0;
  if (length == 0 || first > 0xF4) return 0;
  std::uint32_t point = first & (0x7Fu >> length);
  for (std::size_t k = 1; k < length; ++k) {
    if ((byte(k) & 0xC0) != 0x80) return 0;
    point = point << 6 | (byte(k) & 0x3F);
  }
  const bool overlong = (length == 3 && point < 0x800) || (length == 4 && point < 0x10000);
  const bool no_character = (point >= 0xD800 && point <= 0xDFFF) || point > 0x10FFFF || (point & 0xFFFE) == 0xFFFE;
  return overlong || no_character ? 0 : length;
}

}  // namespace

double width_of_words(const std::string& text) {
  double letters = 0;
  for (const char c : text) letters += (c & 0xC0) != 0x80;
  return letters * kMeanLetter_px;
}

std::string markup(const std::string& text) {
  std::string safe;
  for (std::size_t at = 0; at < text.size();) {
    const std::size_t length = sequence_length(std::string_view(text).substr(at));
    const char c = text[at];
    if (length == 0) safe += kReplacement;
    else if (length > 1) safe += text.substr(at, length);
    else if (c == '<') safe += "&lt;";
    else if (c == '>') safe += "&gt;";
    else if (c == '&') safe += "&amp;";
    else if (c == '"') safe += "&quot;";
    else if (c == '\'') safe += "&#39;";
    else if (static_cast<unsigned char>(c) >= 0x20 && c != 0x7F) safe += c;
    at += length ? length : 1;
  }
  return safe;
}

std::string element(const std::string& tag, const std::string& text, const std::string& attributes) {
  return "<" + tag + (attributes.empty() ? "" : " " + attributes) + ">" + markup(text) + "</" + tag + ">\n";
}

}  // namespace jr
