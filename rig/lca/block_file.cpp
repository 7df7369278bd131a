// Functional blocks at their hardware levels: from our TOML files, and from a user's copy of Boavizta's table.
// Nothing of that table is in this program: it is read, cited and forgotten.
#include <algorithm>

#include "rig/core/nearest.hpp"
#include "rig/lca/csv.hpp"
#include "rig/lca/scenario_file.hpp"
#include "rig/lca/written.hpp"

namespace jr::lca {
namespace {

constexpr std::size_t kLongestBlockFile = 4u << 20;

bool is_block(Row row) { return row >= kFirstBlock && row <= kLastBlock; }

std::vector<std::string> block_keys() {
  std::vector<std::string> keys;
  for (const std::string& key : row_keys())
    if (is_block(*row_named(key))) keys.push_back(key);
  return keys;
}

std::vector<Amount> amounts_of(Section& level) {
  std::vector<Amount> amounts;
  for (Section& one : level.sections("amounts")) {
    Amount amount;
    amount.what = one.needed_text("what");
    amount.unit = one.needed_text("unit");
    const std::vector<double> values = one.numbers("values");
    if (values.size() != 3 || values[0] < 0 || values[0] > values[1] || values[1] > values[2])
      one.refuse("values", "needs three numbers of at least 0 that do not descend: low, typical, high.");
    amount.low = values[0];
    amount.typical = values[1];
    amount.high = values[2];
    amount.citation = one.citation();
    one.finish();
    amounts.push_back(std::move(amount));
  }
  return amounts;
}

BlockTable::Level level_of(Section& section) {
  BlockTable::Level level;
  const auto number = section.whole("level");
  if (!number || *number < 0 || *number > 3) section.refuse("level", "must be 0, 1, 2 or 3.");
  level.level = static_cast<int>(*number);
  level.description = section.needed_text("description");
  level.low_kg = section.number("low_kg");
  level.typical_kg = section.number("typical_kg");
  level.high_kg = section.number("high_kg");
  level.end_of_life_kg = section.number("end_of_life_kg");
  level.not_published = section.text("not_published").value_or("");
  for (const auto& kg : {level.low_kg, level.typical_kg, level.high_kg, level.end_of_life_kg})
    if (kg && *kg < 0) section.refuse("typical_kg", "and its like must be at least 0.");
  if (!level.typical_kg && level.not_published.empty())
    section.refuse("typical_kg", "is missing: give it, or say why in not_published.");
  level.citation = section.citation();
  level.scaled = section.texts("scaled");
  for (const std::string& figure : level.scaled)
    if (figure != "low" && figure != "typical" && figure != "high") section.refuse("scaled", "names low, typical or high.");
  if (!level.scaled.empty()) level.scaled_citation = section.citation("scaled_source");
  level.amounts = amounts_of(section);
  section.finish();
  return level;
}

/// "power_supply - HSL-2" to its row and level.
std::optional<std::pair<Row, int>> tide_name(const std::string& name) {
  const auto dash = name.find(" - HSL-");
  if (dash == std::string::npos || name.size() != dash + 8) return std::nullopt;
  const auto row = row_named(name.substr(0, dash));
  const int level = name.back() - '0';
  if (!row || !is_block(*row) || level < 0 || level > 3) return std::nullopt;
  return std::pair{*row, level};
}

}  // namespace

Result<BlockTable> load_blocks(const std::filesystem::path& file) {
  return reading([&]() -> Result<BlockTable> {
    const Document document = read_document(file);
    Section root(document, "", document.root);
    (void)root.section("sources");
    BlockTable table;
    for (Section& section : root.sections("level")) {
      const std::string key = section.needed_text("block");
      const auto row = row_named(key);
      if (!row || !is_block(*row)) {
        const auto close = nearest(key, block_keys());
        section.refuse("block", "is '" + key + "', which is none of the twelve" + (close ? "; did you mean '" + *close + "'?" : "."));
      }
      auto& levels = table.rows[static_cast<std::size_t>(*row)];
      BlockTable::Level level = level_of(section);
      if (std::any_of(levels.begin(), levels.end(), [&](const auto& known) { return known.level == level.level; }))
        section.refuse("level", "is there twice for '" + key + "'.");
      levels.push_back(std::move(level));
    }
    root.finish();
    for (const auto& [id, citation] : document.citations) table.citations.push_back(citation);
    return table;
  });
}

Result<BlockTable> read_tide(const std::filesystem::path& file) {
  auto text = read_text(file, kLongestBlockFile);
  if (!text) return Failure(text.error());
  auto csv = parse_csv(*text, file.string());
  if (!csv) return Failure(csv.error());
  // The first line has words, the second the short names that a program asks for.
  if (csv->rows.empty() || csv->rows.front().fields.front() != "api_name")
    return fail(Trouble::malformed, file.string() + " is no copy of iot_factors_tide.csv: its second line does not begin with api_name.");
  const auto& names = csv->rows.front().fields;
  const auto column = [&](const char* name) { return static_cast<std::size_t>(std::find(names.begin(), names.end(), name) - names.begin()); };
  const std::size_t made = column("fab-gwp"), ended = column("eol-gwp");
  if (made == names.size() || ended == names.size())
    return fail(Trouble::malformed, file.string() + " has no column fab-gwp or eol-gwp.");
  BlockTable table;
  Citation citation{"tide", "Boavizta, boaviztapi: iot_factors_tide.csv, from the user's copy " + file.filename().string(), 2024,
                    "AGPL-3.0 (repository); not distributed with this program", "", true, false, {}};
  for (const CsvRow& row : csv->rows) {
    const auto name = tide_name(row.fields.front());
    if (!name) continue;
    const auto kg = number_in(row.fields[made]), end_kg = number_in(row.fields[ended]);
    if (!kg || !end_kg || *kg < 0 || *end_kg < 0)
      return fail(Trouble::malformed, file.string() + ", line " + std::to_string(row.line) + ": no numbers of at least 0 for '" + row.fields.front() + "'.");
    BlockTable::Level level;
    level.level = name->second;
    level.description = "as in the Tide table";
    level.typical_kg = kg;
    level.end_of_life_kg = end_kg;
    level.citation = citation;
    table.rows[static_cast<std::size_t>(name->first)].push_back(std::move(level));
  }
  table.citations.push_back(citation);
  if (std::all_of(table.rows.begin(), table.rows.end(), [](const auto& levels) { return levels.empty(); }))
    return fail(Trouble::malformed, file.string() + " names no block like 'casing - HSL-1'.");
  return table;
}

}  // namespace jr::lca
