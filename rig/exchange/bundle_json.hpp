// What the bundle's JSON needs beyond the library: texts that are no UTF-8, numbers that JSON lacks, strict fields.
// The bundle's own; nothing else includes it.
#pragma once

#include <cmath>
#include <cstdint>
#include <limits>
#include <nlohmann/json.hpp>
#include <stdexcept>
#include <string>

#include "rig/core/result.hpp"

namespace jr::bundle {

using json = nlohmann::ordered_json;

/// Thrown by the fields below, caught by parsed().
struct Unfit : std::runtime_error {
  using std::runtime_error::runtime_error;
};

inline constexpr std::uint64_t kLargestCount = std::numeric_limits<std::int64_t>::max();

/// A text as it is; bytes that are no UTF-8 (a board may say anything) as {"hex": "…"}.
inline json as_text(const std::string& bytes) {
  const json plain = bytes;
  if (plain.dump(-1, ' ', false, json::error_handler_t::ignore) == plain.dump(-1, ' ', false, json::error_handler_t::replace))
    return plain;
  std::string hex;
  for (const char c : bytes) {
    constexpr const char* kDigits = "0123456789abcdef";
    hex += kDigits[static_cast<unsigned char>(c) >> 4];
    hex += kDigits[static_cast<unsigned char>(c) & 15];
  }
  return {{"hex", hex}};
}

/// JSON has no infinity and no NaN: those are texts.
inline json as_number(double value) {
  if (std::isfinite(value)) return value;
  return std::isnan(value) ? "nan" : value > 0 ? "inf" : "-inf";
}

inline const json& field(const json& object, const char* key) {
  if (!object.is_object()) throw Unfit("it is no JSON object");
  const auto found = object.find(key);
  if (found == object.end()) throw Unfit(std::string("it lacks '") + key + "'");
  return *found;
}

inline int hex_digit(char c) {
  if (c >= '0' && c <= '9') return c - '0';
  if (c >= 'a' && c <= 'f') return c - 'a' + 10;
  return -1;
}

inline std::string text_in(const json& value, const char* key) {
  if (value.is_string()) return value.get<std::string>();
  std::string bytes;
  if (value.is_object() && value.size() == 1 && value.contains("hex") && value["hex"].is_string()) {
    const auto& hex = value["hex"].get_ref<const std::string&>();
    for (std::size_t i = 0; i + 1 < hex.size(); i += 2) {
      const int high = hex_digit(hex[i]), low = hex_digit(hex[i + 1]);
      if (high < 0 || low < 0) throw Unfit(std::string("the hex of '") + key + "' is none");
      bytes += static_cast<char>(high << 4 | low);
    }
    if (hex.size() % 2 == 0) return bytes;
  }
  throw Unfit(std::string("'") + key + "' is no text");
}
inline std::string text_at(const json& object, const char* key) { return text_in(field(object, key), key); }

/// A whole number from 0 to `highest`.
inline std::uint64_t count_in(const json& value, const char* key, std::uint64_t highest = kLargestCount) {
  if (!value.is_number_unsigned() || value.get<std::uint64_t>() > highest)
    throw Unfit(std::string("'") + key + "' is no whole number in its range");
  return value.get<std::uint64_t>();
}
inline std::uint64_t count_at(const json& object, const char* key, std::uint64_t highest = kLargestCount) {
  return count_in(field(object, key), key, highest);
}
inline int int_at(const json& object, const char* key) {
  return static_cast<int>(count_at(object, key, std::numeric_limits<int>::max()));
}
inline std::int64_t integer_at(const json& object, const char* key) {
  const json& value = field(object, key);
  if (!value.is_number_integer() || (value.is_number_unsigned() && value.get<std::uint64_t>() > kLargestCount))
    throw Unfit(std::string("'") + key + "' is no whole number");
  return value.get<std::int64_t>();
}
inline bool flag_at(const json& object, const char* key) {
  const json& value = field(object, key);
  if (!value.is_boolean()) throw Unfit(std::string("'") + key + "' is neither true nor false");
  return value.get<bool>();
}
inline double number_at(const json& object, const char* key) {
  const json& value = field(object, key);
  if (value.is_number()) return value.get<double>();
  if (value == "nan") return std::nan("");
  if (value == "inf") return INFINITY;
  if (value == "-inf") return -INFINITY;
  throw Unfit(std::string("'") + key + "' is no number");
}
inline const json& array_at(const json& object, const char* key) {
  const json& value = field(object, key);
  if (!value.is_array()) throw Unfit(std::string("'") + key + "' is no list");
  return value;
}

/// Parses the text and lets `read` take the row out of it; whatever it lacks is one clause.
template <class Read>
auto parsed(const std::string& text, Read&& read) -> Result<decltype(read(std::declval<const json&>()))> {
  const json document = json::parse(text, nullptr, false);
  if (document.is_discarded()) return fail(Trouble::malformed, "it is no JSON");
  try {
    return read(document);
  } catch (const Unfit& unfit) {
    return fail(Trouble::malformed, unfit.what());
  } catch (const std::invalid_argument& unknown) {  // a name that this version does not know
    return fail(Trouble::malformed, unknown.what());
  }
}

}  // namespace jr::bundle
