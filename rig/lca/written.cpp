// toml++ to plain values with lines, and the reading of quantities. The only file here that sees toml++.
// Never guesses: a key, a unit or a source that is not known is named, with the nearest that is.
#include "rig/lca/written.hpp"

#include <algorithm>
#include <cmath>
#include <toml++/toml.h>

#include "rig/core/nearest.hpp"
#include "rig/lca/csv.hpp"
#include "rig/lca/unit.hpp"

namespace jr::lca {
namespace {

constexpr std::size_t kLongestWritten = 4u << 20;
constexpr int kDeepest = 12;

std::string place(const Document& document, std::size_t line) {
  return document.file + (line ? ", line " + std::to_string(line) : "");
}

Written written(const toml::node& node, const std::string& file, int depth) {
  Written w;
  w.line = node.source().begin.line;
  if (depth > kDeepest) throw FileError{file + ", line " + std::to_string(w.line) + ": nested too deeply."};
  if (const auto* flag = node.as_boolean()) {
    w.value = flag->get();
  } else if (const auto* whole = node.as_integer()) {
    w.value = whole->get();
  } else if (const auto* number = node.as_floating_point()) {
    w.value = number->get();
  } else if (const auto* text = node.as_string()) {
    w.value = text->get();
  } else if (const auto* array = node.as_array()) {
    Written::List list;
    for (const toml::node& entry : *array) list.push_back(written(entry, file, depth + 1));
    w.value = std::move(list);
  } else if (const auto* table = node.as_table()) {
    Written::Table entries;
    for (const auto& [key, entry] : *table) entries.emplace(key.str(), written(entry, file, depth + 1));
    w.value = std::move(entries);
  } else {
    throw FileError{file + ", line " + std::to_string(w.line) + ": dates and times have no meaning here; write them in quotes."};
  }
  return w;
}

std::string did_you_mean(const std::string& word, const std::vector<std::string>& known) {
  const auto close = nearest(word, known);
  return close ? "; did you mean '" + *close + "'?" : ".";
}

std::array<int, 5> pedigree_of(Section& section) {
  std::array<int, 5> scores{};
  const std::vector<double> list = section.numbers("pedigree");
  if (list.empty()) return scores;
  if (list.size() != 5) section.refuse("pedigree", "needs five scores: reliability, completeness, time, place, technology.");
  for (std::size_t i = 0; i < 5; ++i) {
    if (list[i] != std::floor(list[i]) || list[i] < 1 || list[i] > 5) section.refuse("pedigree", "holds a score that is not 1, 2, 3, 4 or 5.");
    scores[i] = static_cast<int>(list[i]);
  }
  return scores;
}

void read_citations(Document& document) {
  Section root(document, "", document.root);
  auto sources = root.section("sources");
  if (!sources) return;
  const auto& table = std::get<Written::Table>(std::get<Written::Table>(document.root.value).at("sources").value);
  for (const auto& [id, entry] : table) {
    auto one = sources->section(id);
    Citation citation;
    citation.id = id;
    citation.text = one->needed_text("text");
    citation.year = static_cast<int>(one->whole("year").value_or(0));
    citation.licence = one->text("licence").value_or("");
    citation.retrieved = one->text("retrieved").value_or("");
    citation.confirmed = one->flag("confirmed").value_or(true);
    citation.assumed = one->flag("assumed").value_or(false);
    citation.pedigree = pedigree_of(*one);
    if (citation.year != 0 && (citation.year < 1900 || citation.year > 2100)) one->refuse("year", "must lie between 1900 and 2100.");
    // Of a source that nobody has read there, nobody has to know the year either.
    if (!citation.assumed && citation.confirmed && citation.year == 0) one->refuse("year", "is missing: of which year is the source?");
    if (!citation.assumed && citation.licence.empty()) one->refuse("licence", "is missing: under which terms may its figures be used?");
    one->finish();
    document.citations.emplace(id, std::move(citation));
  }
}

}  // namespace

std::optional<double> Written::number() const {
  if (const auto* whole = std::get_if<std::int64_t>(&value)) return static_cast<double>(*whole);
  if (const auto* real = std::get_if<double>(&value)) return *real;
  return std::nullopt;
}

Document read_document(const std::filesystem::path& file) {
  auto text = read_text(file, kLongestWritten);
  if (!text) throw FileError{text.error().message};
  Document document;
  document.file = file.string();
  try {
    const toml::table tree = toml::parse(*text, document.file);
    document.root = written(tree, document.file, 0);
  } catch (const toml::parse_error& error) {
    throw FileError{place(document, error.source().begin.line) + ": " + std::string(error.description()) + "."};
  }
  read_citations(document);
  return document;
}

Section::Section(const Document& document, std::string name, const Written& table)
    : document_(&document), name_(std::move(name)), line_(table.line) {
  table_ = std::get_if<Written::Table>(&table.value);
  if (!table_) throw FileError{place(document, line_) + ": '" + name_ + "' must be a section, [" + name_ + "] or { ... }."};
}

const Written* Section::find(const std::string& key) {
  asked_.insert(key);
  const auto found = table_->find(key);
  if (found == table_->end()) return nullptr;
  taken_.insert(key);
  return &found->second;
}

bool Section::has(const std::string& key) const {
  return std::any_of(table_->begin(), table_->end(), [&](const auto& entry) {
    return entry.first == key || (entry.first.starts_with(key + "_"));
  });
}

void Section::refuse(const std::string& key, const std::string& what) const {
  const auto found = table_->find(key);
  throw FileError{place(*document_, found == table_->end() ? line_ : found->second.line) + ": '" + key + "'" +
                  (name_.empty() ? "" : " in [" + name_ + "]") + " " + what};
}

std::optional<std::string> Section::text(const std::string& key) {
  const Written* found = find(key);
  if (!found) return std::nullopt;
  const auto* text = std::get_if<std::string>(&found->value);
  if (!text || text->empty()) refuse(key, "must be a text in quotes.");
  return *text;
}

std::string Section::needed_text(const std::string& key) {
  auto found = text(key);
  if (!found) refuse(key, "is missing.");
  return *found;
}

std::optional<double> Section::number(const std::string& key) {
  const Written* found = find(key);
  if (!found) return std::nullopt;
  const auto number = found->number();
  if (!number || !std::isfinite(*number)) refuse(key, "must be a number.");
  return number;
}

std::optional<std::int64_t> Section::whole(const std::string& key) {
  const auto number = this->number(key);
  if (!number) return std::nullopt;
  if (*number != std::floor(*number) || std::abs(*number) > 9e15) refuse(key, "must be a whole number.");
  return static_cast<std::int64_t>(*number);
}

std::optional<bool> Section::flag(const std::string& key) {
  const Written* found = find(key);
  if (!found) return std::nullopt;
  const auto* flag = std::get_if<bool>(&found->value);
  if (!flag) refuse(key, "must be true or false.");
  return *flag;
}

std::vector<double> Section::numbers(const std::string& key) {
  const Written* found = find(key);
  std::vector<double> list;
  if (!found) return list;
  const auto* entries = std::get_if<Written::List>(&found->value);
  if (!entries) refuse(key, "must be a list of numbers.");
  for (const Written& entry : *entries) {
    const auto number = entry.number();
    if (!number || !std::isfinite(*number)) refuse(key, "must hold numbers.");
    list.push_back(*number);
  }
  return list;
}

std::vector<std::string> Section::texts(const std::string& key) {
  const Written* found = find(key);
  std::vector<std::string> list;
  if (!found) return list;
  const auto* entries = std::get_if<Written::List>(&found->value);
  if (!entries) refuse(key, "must be a list of texts in quotes.");
  for (const Written& entry : *entries) {
    const auto* text = std::get_if<std::string>(&entry.value);
    if (!text) refuse(key, "must hold texts in quotes.");
    list.push_back(*text);
  }
  return list;
}

std::optional<Section> Section::section(const std::string& key) {
  const Written* found = find(key);
  if (!found) return std::nullopt;
  return Section(*document_, name_.empty() ? key : name_ + "." + key, *found);
}

std::vector<Section> Section::sections(const std::string& key) {
  const Written* found = find(key);
  std::vector<Section> list;
  if (!found) return list;
  const auto* entries = std::get_if<Written::List>(&found->value);
  if (!entries) refuse(key, "must be a list of sections, [[" + (name_.empty() ? key : name_ + "." + key) + "]].");
  for (const Written& entry : *entries) list.emplace_back(*document_, name_.empty() ? key : name_ + "." + key, entry);
  return list;
}

Citation Section::citation(const std::string& key) {
  const auto id = text(key);
  if (!id) refuse(key, "is missing: every figure names its source, one of [sources].");
  const auto found = document_->citations.find(*id);
  if (found != document_->citations.end()) return found->second;
  std::vector<std::string> known;
  for (const auto& [name, citation] : document_->citations) known.push_back(name);
  refuse(key, "names the source '" + *id + "', which [sources] does not have" + did_you_mean(*id, known));
}

std::optional<Input> Section::quantity(const std::string& key, const std::string& unit, const std::string& name) {
  asked_.insert(key);
  const std::string words = name.empty() ? key : name;
  std::optional<Input> input;
  for (const auto& [written_key, value] : *table_) {
    const bool is_itself = written_key == key;
    if (!is_itself && !written_key.starts_with(key + "_")) continue;
    const std::string ending = is_itself ? "" : written_key.substr(key.size() + 1);
    const auto fits = is_itself ? Result<double>(1) : converted(1, unit_in_key(ending), unit);
    if (!fits) continue;  // another key that begins like this one
    if (input) refuse(written_key, "is there twice, under two units.");
    taken_.insert(written_key);
    if (is_itself && !value.number()) {
      input = quantity_of_table(key, value, unit, words);
      continue;
    }
    const auto number = value.number();
    if (!number) refuse(written_key, "must be a number.");
    if (is_itself && unit != "1")
      refuse(key, "has no unit: write " + key + " = { value = " + std::string("...") + ", unit = \"" + units_of(unit).front() +
                      "\", source = \"...\" }, or the unit in the key.");
    if (!table_->contains("source")) refuse(written_key, "names no source: give its section a 'source', or write it as a table with one.");
    Input one = fixed(words, is_itself ? *number : *converted(*number, unit_in_key(ending), unit), unit, citation());
    auto fine = checked(std::move(one));
    if (!fine) refuse(written_key, fine.error().message);
    input = std::move(*fine);
  }
  return input;
}

Input Section::needed_quantity(const std::string& key, const std::string& unit, const std::string& name) {
  auto input = quantity(key, unit, name);
  if (input) return *input;
  for (const auto& [written_key, value] : *table_)
    if (written_key.starts_with(key + "_") && !taken_.contains(written_key))
      refuse(written_key, "has an unknown unit: '" + unit_in_key(written_key.substr(key.size() + 1)) + "'.");
  refuse(key, "is missing.");
}

Input Section::quantity_of_table(const std::string& key, const Written& value, const std::string& unit, const std::string& name) {
  Section table(*document_, name_.empty() ? key : name_ + "." + key, value);
  const auto given = table.text("unit");
  if (!given && unit != "1") table.refuse("unit", "is missing: one of " + units_of(unit).front() + " and its like.");
  const std::string from = given.value_or("1");
  Input input = fixed(name, 0, unit, table.has("source") ? table.citation() : Citation{});
  const auto number = table.number("value");
  if (!number) table.refuse("value", "is missing.");
  const auto si = converted(*number, from, unit);
  if (!si) table.refuse("unit", "is wrong: " + si.error().message + (si.error().message.ends_with("?") ? "" : "."));
  input.value = *si;
  if (input.citation.text.empty()) {
    if (!table_->contains("source")) table.refuse("source", "is missing: every figure names its source, one of [sources].");
    input.citation = citation();
  }
  input = with_spread(table, std::move(input), from, unit);
  table.finish();
  auto fine = checked(std::move(input));
  if (!fine) refuse(key, "is wrong: " + fine.error().message);
  return *fine;
}

Input Section::with_spread(Section& table, Input input, const std::string& from, const std::string& unit) const {
  const auto scaled = [&](const char* key) -> std::optional<double> {
    const auto number = table.number(key);
    return number ? std::optional<double>(*converted(*number, from, unit)) : std::nullopt;
  };
  const auto low = scaled("low"), high = scaled("high"), u = scaled("u");
  const auto gsd = table.number("gsd");
  const std::string usual = low && high ? "triangular" : u ? "normal" : gsd ? "lognormal" : "fixed";
  const std::string spread = table.text("distribution").value_or(usual);
  const auto needs = [&](bool there, const char* what) {
    if (!there) table.refuse("distribution", "'" + spread + "' needs " + what + ".");
  };
  if (spread == "normal") {
    needs(u.has_value(), "u, a standard uncertainty");
    input.spread = Spread::normal;
    input.u = *u;
  } else if (spread == "lognormal") {
    needs(gsd.has_value(), "gsd, a geometric standard deviation");
    input.spread = Spread::lognormal;
    input.gsd = *gsd;
  } else if (spread == "triangular" || spread == "uniform") {
    needs(low && high, "low and high");
    input.spread = spread == "uniform" ? Spread::uniform : Spread::triangular;
    input.low = *low;
    input.high = *high;
  } else if (spread != "fixed") {
    table.refuse("distribution", "'" + spread + "' is unknown" + did_you_mean(spread, {"fixed", "normal", "lognormal", "triangular", "uniform"}));
  }
  return input;
}

std::optional<std::pair<std::vector<double>, Citation>> Section::hours(const std::string& key, const std::string& unit) {
  auto table = section(key);
  if (!table) return std::nullopt;
  std::vector<double> values = table->numbers("values");
  if (values.size() != 24) table->refuse("values", "needs 24 numbers, one for each hour of the day (UTC), and has " + std::to_string(values.size()) + ".");
  const std::string from = unit == "1" ? table->text("unit").value_or("1") : table->needed_text("unit");
  for (double& value : values) {
    const auto si = converted(value, from, unit);
    if (!si) table->refuse("unit", "is wrong: " + si.error().message + (si.error().message.ends_with("?") ? "" : "."));
    if (!(*si >= 0)) table->refuse("values", "holds a negative number.");
    value = *si;
  }
  Citation citation = table->citation();
  table->finish();
  return std::pair{std::move(values), std::move(citation)};
}

void Section::finish() const {
  for (const auto& [key, value] : *table_) {
    if (taken_.contains(key)) continue;
    const std::vector<std::string> known(asked_.begin(), asked_.end());
    throw FileError{place(*document_, value.line) + ": unknown key '" + key + "'" + (name_.empty() ? "" : " in [" + name_ + "]") +
                    did_you_mean(key, known)};
  }
}

}  // namespace jr::lca
