// Parses the PPK2's metadata text line by line against a table of keys.
// Never trusts a number it has not checked to be finite.
#include "drivers/monitors/ppk2_metadata.hpp"

#include <algorithm>
#include <cctype>
#include <charconv>
#include <cmath>
#include <functional>
#include <optional>
#include <utility>

namespace jr {
namespace {

constexpr std::string_view kFirstKey = "calibrated:";
constexpr std::string_view kLastLine = "end";
constexpr double kVoltPerStep = 1.8 / 163840.0;  ///< volt at the shunt for a quarter code
constexpr double kStepsPerCode = 4.0;

char lower(char c) { return static_cast<char>(std::tolower(static_cast<unsigned char>(c))); }

std::string lowered(std::string_view text) {
  std::string out(text);
  std::transform(out.begin(), out.end(), out.begin(), lower);
  return out;
}

std::string_view trimmed(std::string_view text) {
  const auto blank = [](char c) { return c == ' ' || c == '\t' || c == '\r'; };
  while (!text.empty() && blank(text.front())) text.remove_prefix(1);
  while (!text.empty() && blank(text.back())) text.remove_suffix(1);
  return text;
}

/// A finite number, the whole of `text`; locale never matters.
std::optional<double> number(std::string_view text) {
  double value{};
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (error != std::errc{} || end != text.data() + text.size() || !std::isfinite(value)) return {};
  return value;
}

bool printable(std::string_view text) {
  return std::all_of(text.begin(), text.end(), [](char c) {
    return (c >= ' ' && c <= '~') || c == '\n' || c == '\r' || c == '\t';
  });
}

/// One key of the text: its name, and how to take a number. `take` says no to what cannot be.
struct Key {
  std::string name;
  std::function<bool(double)> take;
  bool seen{};
};

/// Numbers far outside what a float32 memory cell of a real device holds would only poison sums later.
bool storable(double value) { return std::abs(value) < 1e12; }

void add_range_keys(std::vector<Key>& keys, const char* name, Ppk2Metadata::PerRange& values) {
  const bool positive = std::string_view(name) == "R";  // it is divided by
  for (std::size_t r = 0; r < values.size(); ++r)
    keys.push_back({name + std::to_string(r), [&values, r, positive](double value) {
                      if (!storable(value) || (positive && value < 1e-6)) return false;
                      values[r] = value;
                      return true;
                    }});
}

template <class Target>
std::function<bool(double)> into(Target& target) {
  return [&target](double value) {
    if (!storable(value)) return false;
    target = static_cast<Target>(value);
    return true;
  };
}

std::vector<Key> keys_of(Ppk2Metadata& metadata) {
  std::vector<Key> keys;
  add_range_keys(keys, "R", metadata.R);
  add_range_keys(keys, "GS", metadata.GS);
  add_range_keys(keys, "GI", metadata.GI);
  add_range_keys(keys, "O", metadata.O);
  add_range_keys(keys, "S", metadata.S);
  add_range_keys(keys, "I", metadata.I);
  add_range_keys(keys, "UG", metadata.UG);
  keys.push_back({"Calibrated", into(metadata.calibrated)});
  keys.push_back({"VDD", into(metadata.vdd_mV)});
  keys.push_back({"HW", into(metadata.hardware)});
  keys.push_back({"mode", [&metadata](double value) {
                    if (value != 1 && value != 2) return false;
                    metadata.mode = static_cast<int>(value);
                    return true;
                  }});
  keys.push_back({"IA", into(metadata.ia)});
  return keys;
}

void take_line(std::string_view line, std::vector<Key>& keys) {
  const auto colon = line.find(':');
  if (colon == std::string_view::npos) return;
  const std::string name = lowered(trimmed(line.substr(0, colon)));
  const auto value = number(trimmed(line.substr(colon + 1)));
  const auto key = std::find_if(keys.begin(), keys.end(),
                                [&](const Key& k) { return lowered(k.name) == name; });
  if (key != keys.end() && value && key->take(*value)) key->seen = true;
}

}  // namespace

std::string_view ppk2_metadata_within(std::string_view received) {
  const std::string folded = lowered(received);
  for (auto start = folded.rfind(kFirstKey); start != std::string::npos;
       start = start == 0 ? std::string::npos : folded.rfind(kFirstKey, start - 1)) {
    auto end = folded.find("\n" + std::string(kLastLine), start);
    if (end == std::string::npos) continue;  // a later reply was only begun
    end += 1 + kLastLine.size();
    if (end < folded.size() && folded[end] == '\r') ++end;
    if (end < folded.size() && folded[end] == '\n') return received.substr(start, end + 1 - start);
  }
  return {};
}

Result<Ppk2Metadata> parse_ppk2_metadata(std::string_view text) {
  const std::string_view whole = ppk2_metadata_within(text);
  if (whole.empty())
    return fail(Trouble::malformed, "the PPK2's metadata is cut short: no line \"END\" after "
                                    "\"Calibrated:\"; ask again.");
  if (!printable(whole))
    return fail(Trouble::malformed, "the PPK2's metadata has bytes of a running stream in it; "
                                    "stop the stream and ask again.");
  Ppk2Metadata metadata;
  std::vector<Key> keys = keys_of(metadata);
  for (std::string_view rest = whole; !rest.empty();) {
    const auto end = rest.find('\n');
    take_line(rest.substr(0, end), keys);
    rest = end == std::string_view::npos ? std::string_view{} : rest.substr(end + 1);
  }
  for (const Key& key : keys)
    if (!key.seen) metadata.assumed.push_back(key.name);
  metadata.text = std::string(whole);
  return metadata;
}

std::array<RangePolynomial, kPpk2Ranges> ppk2_polynomials(const Ppk2Metadata& m, bool with_burden) {
  std::array<RangePolynomial, kPpk2Ranges> polynomials{};
  for (std::size_t r = 0; r < kPpk2Ranges; ++r) {
    const double step_A = kVoltPerStep / m.R[r];
    const double g = kStepsPerCode * step_A;  // x = g*code - o
    const double o = m.O[r] * step_A;
    RangePolynomial& p = polynomials[r];
    p.q_A_per_code2 = m.UG[r] * m.GS[r] * g * g;
    p.b_A_per_code = m.UG[r] * (m.GI[r] * g - 2.0 * m.GS[r] * g * o);
    p.a_A = m.UG[r] * (m.GS[r] * o * o - m.GI[r] * o + m.I[r]);
    p.s_A_per_V = m.UG[r] * m.S[r];
    p.burden_ohm = with_burden ? m.R[r] : 0.0;
  }
  return polynomials;
}

}  // namespace jr
