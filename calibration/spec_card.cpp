// Reads spec cards from TOML. Every figure has to bring its distribution and its source.
// Never supplies a default for a figure that the card leaves out.
#include "calibration/spec_card.hpp"
#include "calibration/spec_card_rule.hpp"

#include <toml++/toml.h>
#include <algorithm>
#include <cmath>
#include <fstream>
#include <initializer_list>
#include <iterator>
#include <limits>
#include <numbers>
#include <stdexcept>
#include <string_view>

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

bool not_published(const toml::table& table) { return table["not_published"].is_value(); }

/// Nobody states it: infinite, with the reason as its source.
Limit unknown_limit(const toml::table& table) {
  return {std::numeric_limits<double>::infinity(), Distribution::rectangular,
          text_at(table, "not_published")};
}

Limit limit_in(const toml::table& table, const char* key = "limit", double scale = 1.0) {
  return {number_at(table, key) * scale, distribution_at(table), text_at(table, "source")};
}

/// A section that has to be there; `not_published` in it takes the figure's place.
Limit limit_at(SpecCard& card, const toml::table& toml, const char* name, const char* key,
               double scale = 1.0) {
  const toml::table& table = section(toml, name);
  if (!not_published(table)) return limit_in(table, key, scale);
  Limit limit = unknown_limit(table);
  card.missing.push_back(std::string(name) + ": " + limit.source);
  return limit;
}

/// A section or inline table that may be absent.
std::optional<Limit> limit_if(const toml::table& toml, const char* name,
                              const char* key = "limit") {
  if (!toml[name]) return std::nullopt;
  const toml::table& table = section(toml, name);
  if (not_published(table)) return std::nullopt;
  return limit_in(table, key);
}

std::vector<double> offsets_at(const toml::table& table) {
  const auto* list = table["limit_A"].as_array();
  if (!list || list->empty()) malformed("[offset] limit_A must list one limit a range");
  std::vector<double> offsets;
  for (const auto& entry : *list) {
    const auto value = entry.value<double>();
    if (!value || !std::isfinite(*value) || *value < 0)
      malformed("[offset] limit_A holds something that is no limit");
    offsets.push_back(*value);
  }
  return offsets;
}

void read_offsets(SpecCard& card, const toml::table& toml) {
  const toml::table& table = section(toml, "offset");
  if (not_published(table)) {
    card.offset = unknown_limit(table);
    card.offset_A = {card.offset.half_width};
    card.missing.push_back("offset: " + card.offset.source);
    return;
  }
  card.offset_A = offsets_at(table);
  card.offset = {0, distribution_at(table), text_at(table, "source")};
}

void known_only(const toml::table& table, std::initializer_list<std::string_view> known,
                const std::string& where) {
  for (const auto& [key, value] : table)
    if (std::find(known.begin(), known.end(), key.str()) == known.end())
      malformed("'" + std::string(key.str()) + "' is not known in " + where + " (line " +
                std::to_string(key.source().begin.line) + ")");
}

std::size_t count_at(const toml::table& table, const char* key) {
  const double number = number_at(table, key);
  if (number != std::floor(number) || number > 1e6)
    malformed(std::string("'") + key + "' must be a whole number");
  return static_cast<std::size_t>(number);
}

RangeCard range_from(const toml::table& table) {
  known_only(
      table,
      {"name", "source", "gain", "offset_A", "misfit_A", "full_scale_A", "step_A", "burden_ohm",
       "noise_codes", "blanked_samples", "offset_drift_A_per_year", "offset_tempco_A_per_K"},
      "[[range]]");
  RangeCard range;
  range.name = text_at(table, "name");
  range.source = text_at(table, "source");
  range.gain = limit_if(table, "gain");
  range.offset_A = limit_if(table, "offset_A");
  range.misfit_A = limit_if(table, "misfit_A");
  if (table["full_scale_A"]) range.full_scale_A = number_at(table, "full_scale_A");
  if (table["step_A"]) range.step_A = number_at(table, "step_A");
  if (table["burden_ohm"]) range.burden_ohm = number_at(table, "burden_ohm");
  if (table["noise_codes"]) range.noise_codes = number_at(table, "noise_codes");
  if (table["blanked_samples"]) range.blanked_samples = count_at(table, "blanked_samples");
  range.offset_drift_A_per_year = limit_if(table, "offset_drift_A_per_year");
  range.offset_tempco_A_per_K = limit_if(table, "offset_tempco_A_per_K");
  return range;
}

PublishedFigure figure_from(const toml::table& table) {
  known_only(table, {"quantity", "range", "limit", "statement", "source", "confirmed", "used"},
             "[[published]]");
  PublishedFigure figure;
  figure.quantity = text_at(table, "quantity");
  if (table["range"]) figure.range = count_at(table, "range");
  figure.limit = number_at(table, "limit");
  figure.statement = text_at(table, "statement");
  figure.source = text_at(table, "source");
  const auto confirmed = table["confirmed"].value<bool>(), used = table["used"].value<bool>();
  if (!confirmed || !used)
    malformed("a published " + figure.quantity + " does not say whether it is confirmed and used");
  figure.confirmed = *confirmed, figure.used = *used;
  return figure;
}

template <class From>
auto list_at(const toml::table& toml, const char* name, From from) {
  std::vector<decltype(from(toml))> list;
  if (!toml[name]) return list;
  const auto* array = toml[name].as_array();
  if (!array) malformed(std::string("[[") + name + "]] must be a list of sections");
  for (const auto& entry : *array) {
    if (!entry.is_table()) malformed(std::string("[[") + name + "]] must be a list of sections");
    list.push_back(from(*entry.as_table()));
  }
  return list;
}

void read_rest(SpecCard& card, const toml::table& toml) {
  known_only(toml,
             {"card", "gain", "offset", "voltage", "measured_voltage", "time_base", "lines", "span",
              "range", "published", "gain_drift_per_year", "gain_tempco_per_K", "temperature", "line_leakage_A"},
             "a spec card");
  if (toml["span"]) card.highest_A = number_at(section(toml, "span"), "highest_A");
  if (toml["temperature"])
    card.temperature_C = number_at(section(toml, "temperature"), "calibrated_at_C");
  if (section(toml, "lines")["debounce_s"])
    card.debounce_s = number_at(section(toml, "lines"), "debounce_s");
  card.measured_voltage_V = limit_if(toml, "measured_voltage", "limit_V");
  card.gain_drift_per_year = limit_if(toml, "gain_drift_per_year");
  card.gain_tempco_per_K = limit_if(toml, "gain_tempco_per_K");
  card.line_leakage_A = limit_if(toml, "line_leakage_A");
  card.ranges = list_at(toml, "range", range_from);
  card.published = list_at(toml, "published", figure_from);
}

/// A general figure is not missed where every range has its own.
void forgive_general_figures(SpecCard& card) {
  const auto all = [&](auto member) {
    return !card.ranges.empty() &&
           std::all_of(card.ranges.begin(), card.ranges.end(),
                       [&](const RangeCard& r) { return (r.*member).has_value(); });
  };
  const auto forgive = [&](const char* name) {
    std::erase_if(card.missing, [&](const std::string& m) { return m.starts_with(name); });
  };
  if (all(&RangeCard::gain)) forgive("gain: ");
  if (all(&RangeCard::offset_A)) forgive("offset: ");
}

SpecCard card_from(const toml::table& toml, const std::string& text) {
  SpecCard card;
  const toml::table& head = section(toml, "card");
  card.kind = text_at(head, "kind");
  card.id = text_at(head, "id");
  card.rule = text_at(head, "rule");
  card.gain = limit_at(card, toml, "gain", "limit");
  read_offsets(card, toml);
  card.voltage_V = limit_at(card, toml, "voltage", "limit_V");
  card.time_base = limit_at(card, toml, "time_base", "limit_ppm", 1e-6);
  card.line_latency_s = limit_at(card, toml, "lines", "latency_limit_s");
  read_rest(card, toml);
  forgive_general_figures(card);
  // Cards from before the list of published figures have no `choose`; records still hold them.
  if (head["choose"]) {
    if (const auto trouble = against_rule(card, text_at(head, "choose")); !trouble.empty())
      malformed(trouble);
  } else if (!card.published.empty()) {
    malformed("[card] lacks 'choose', which says how one of several published figures is chosen");
  }
  card.text = text;
  return card;
}

}  // namespace

double Limit::standard() const {
  switch (distribution) {
    case Distribution::rectangular:
      return half_width / std::numbers::sqrt3;
    case Distribution::triangular:
      return half_width / std::sqrt(6.0);
    case Distribution::arcsine:
      return half_width / std::numbers::sqrt2;
    case Distribution::normal:
    case Distribution::student:
      return half_width / 1.959963984540054;
  }
  throw std::logic_error("a distribution without a divisor");
}

double SpecCard::offset_limit_A(std::size_t range) const {
  return offset_A[std::min(range, offset_A.size() - 1)];
}

const RangeCard* SpecCard::range(std::size_t range) const {
  return range < ranges.size() ? &ranges[range] : nullptr;
}

Limit SpecCard::gain_of(std::size_t r) const {
  const RangeCard* own = range(r);
  return own && own->gain ? *own->gain : gain;
}

Limit SpecCard::offset_of(std::size_t r) const {
  const RangeCard* own = range(r);
  return own && own->offset_A ? *own->offset_A
                              : Limit{offset_limit_A(r), offset.distribution, offset.source};
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
