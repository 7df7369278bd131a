// Reads spec cards from TOML. Every figure has to bring its distribution and its source.
// Never supplies a default for a figure that the card leaves out.
#include "calibration/spec_card.hpp"

#include <algorithm>
#include <cmath>
#include <fstream>
#include <iterator>
#include <numbers>
#include <stdexcept>
#include <toml++/toml.h>

namespace jr {
namespace {

[[noreturn]] void malformed(const std::string& what) { throw std::runtime_error(what); }

const toml::table& section(const toml::table& card, const char* name) {
  const auto* table = card[name].as_table();
  if (!table) malformed(std::string("section [") + name + "] is missing");
  return *table;
}

std::string text_at(const toml::table& table, const char* key) {
  const auto value = table[key].value<std::string>();
  if (!value || value->empty())
    malformed(std::string("'") + key + "' is missing in the section of line " +
              std::to_string(table.source().begin.line));
  return *value;
}

double number_at(const toml::table& table, const char* key) {
  const auto value = table[key].value<double>();
  if (!value || !std::isfinite(*value) || *value < 0)
    malformed(std::string("'") + key + "' must be a number of at least 0 in the section of line " +
              std::to_string(table.source().begin.line));
  return *value;
}

Distribution distribution_at(const toml::table& table) {
  const std::string name = text_at(table, "distribution");
  for (const auto known : {Distribution::normal, Distribution::rectangular,
                           Distribution::triangular, Distribution::arcsine})
    if (name == name_of(known)) return known;
  malformed("distribution '" + name + "' is unknown (normal, rectangular, triangular, arcsine)");
}

Limit limit_at(const toml::table& card, const char* name, const char* key, double scale = 1.0) {
  const toml::table& table = section(card, name);
  return {number_at(table, key) * scale, distribution_at(table), text_at(table, "source")};
}

std::vector<double> offsets_at(const toml::table& table) {
  const auto* list = table["limit_A"].as_array();
  if (!list || list->empty()) malformed("[offset] limit_A must list one limit a range");
  std::vector<double> offsets;
  for (const auto& entry : *list) {
    const auto value = entry.value<double>();
    if (!value || *value < 0) malformed("[offset] limit_A holds something that is no limit");
    offsets.push_back(*value);
  }
  return offsets;
}

SpecCard card_from(const toml::table& toml, const std::string& text) {
  SpecCard card;
  const toml::table& head = section(toml, "card");
  card.kind = text_at(head, "kind");
  card.id = text_at(head, "id");
  card.rule = text_at(head, "rule");
  card.gain = limit_at(toml, "gain", "limit");
  const toml::table& offset = section(toml, "offset");
  card.offset_A = offsets_at(offset);
  card.offset = {0, distribution_at(offset), text_at(offset, "source")};
  card.voltage_V = limit_at(toml, "voltage", "limit_V");
  card.time_base = limit_at(toml, "time_base", "limit_ppm", 1e-6);
  card.line_latency_s = limit_at(toml, "lines", "latency_limit_s");
  if (toml["span"]) card.highest_A = number_at(section(toml, "span"), "highest_A");
  card.text = text;
  return card;
}

}  // namespace

double Limit::standard() const {
  switch (distribution) {
    case Distribution::rectangular: return half_width / std::numbers::sqrt3;
    case Distribution::triangular: return half_width / std::sqrt(6.0);
    case Distribution::arcsine: return half_width / std::numbers::sqrt2;
    case Distribution::normal:
    case Distribution::student: return half_width / 1.959963984540054;
  }
  throw std::logic_error("a distribution without a divisor");
}

double SpecCard::offset_limit_A(std::size_t range) const {
  return offset_A[std::min(range, offset_A.size() - 1)];
}

Result<SpecCard> parse_spec_card(const std::string& text, const std::string& name) {
  try {
    return card_from(toml::parse(text, name), text);
  } catch (const toml::parse_error& error) {
    return fail(Trouble::malformed, name + ", line " + std::to_string(error.source().begin.line) +
                                        ": " + std::string(error.description()) + ".");
  } catch (const std::runtime_error& error) {
    return fail(Trouble::malformed, name + ": " + error.what() + ".");
  }
}

Result<SpecCard> load_spec_card(const std::filesystem::path& folder, const std::string& kind) {
  const auto path = folder / (kind + ".toml");
  std::ifstream file(path);
  if (!file)
    return fail(Trouble::not_found, "No spec card for '" + kind + "' (looked for " + path.string() +
                                        "): its uncertainty cannot be stated.");
  const std::string text{std::istreambuf_iterator<char>(file), {}};
  return parse_spec_card(text, path.string());
}

}  // namespace jr
