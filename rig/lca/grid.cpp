// Tables of yearly means: reading, finding a country, keeping boundaries apart.
// Never picks a neighbouring country or year for one that is not there.
#include "rig/lca/grid.hpp"

#include <algorithm>
#include <cmath>
#include <cstdio>
#include <set>
#include <tuple>

#include "rig/core/nearest.hpp"
#include "rig/lca/country_code.hpp"
#include "rig/lca/csv.hpp"
#include "rig/lca/unit.hpp"

namespace jr::lca {
namespace {

constexpr std::size_t kLongestTable = 16u << 20;

Failure wrong(const std::string& name, const CsvRow& row, const std::string& what) {
  return fail(Trouble::malformed, name + ", line " + std::to_string(row.line) + ": " + what);
}

/// Our own columns, or those of Our World in Data's energy file.
class Columns {
 public:
  Columns(const Csv& csv) : csv_(csv) {
    is_owid_ = csv.named("carbon_intensity_elec").has_value();
  }
  std::string missing() const {
    if (is_owid_) return csv_.named("country") && csv_.named("year") ? "" : "country or year";
    for (const char* needed : {"country", "iso3", "year", "g_per_kwh", "boundary", "basis", "averaging", "td_loss_included",
                               "source", "version", "retrieved", "licence"})
      if (!csv_.named(needed)) return needed;
    return "";
  }
  bool is_owid() const { return is_owid_; }
  std::string at(const CsvRow& row, const char* column) const {
    const auto index = csv_.named(column);
    return index ? row.fields[*index] : "";
  }

 private:
  const Csv& csv_;
  bool is_owid_{};
};

Result<GridFactor> factor_of(const Columns& columns, const CsvRow& row, const std::string& name) {
  GridFactor factor;
  factor.country = columns.at(row, "country");
  factor.iso3 = columns.at(row, columns.is_owid() ? "iso_code" : "iso3");
  const auto year = number_in(columns.at(row, "year"));
  const auto grams = number_in(columns.at(row, columns.is_owid() ? "carbon_intensity_elec" : "g_per_kwh"));
  if (factor.country.empty()) return wrong(name, row, "the country is missing.");
  if (!year || *year != std::floor(*year) || *year < 1900 || *year > 2200) return wrong(name, row, "the year is no year.");
  if (!grams || *grams < 0 || *grams > kHighestIntensity_g_per_kWh)
    return wrong(name, row, "the intensity must be a number of g/kWh from 0 to 5000.");
  factor.year = static_cast<int>(*year);
  factor.g_per_kWh = *grams;
  if (columns.is_owid()) {
    factor.basis = "production";
    factor.averaging = "average";
    factor.source = "Our World in Data, energy data (Ember; Energy Institute)";
    factor.licence = "CC BY 4.0; terms of its own sources remain";
    return factor;
  }
  const auto boundary = boundary_named(columns.at(row, "boundary"));
  if (!boundary) return wrong(name, row, boundary.error().message);
  factor.boundary = *boundary;
  factor.basis = columns.at(row, "basis");
  factor.averaging = columns.at(row, "averaging");
  const std::string included = lower(columns.at(row, "td_loss_included"));
  if (included != "yes" && included != "no") return wrong(name, row, "td_loss_included must be yes or no.");
  factor.td_loss_included = included == "yes";
  factor.source = columns.at(row, "source");
  factor.version = columns.at(row, "version");
  factor.retrieved = columns.at(row, "retrieved");
  factor.licence = columns.at(row, "licence");
  if (factor.source.empty() || factor.licence.empty()) return wrong(name, row, "source and licence must not be empty.");
  return factor;
}

/// The few names that are fewest slips away, in the spelling of the table.
std::string nearest_names(const std::string& word, const std::vector<GridFactor>& rows) {
  std::set<std::pair<std::size_t, std::string>> by_distance;
  const std::string folded = lower(word);
  for (const GridFactor& row : rows) {
    std::size_t distance = edit_distance(folded, lower(row.country));
    if (lower(row.country).starts_with(folded)) distance = std::min<std::size_t>(distance, 1);
    if (word.size() <= 3 && !row.iso3.empty()) distance = std::min(distance, edit_distance(folded, lower(row.iso3)));
    by_distance.insert({distance, row.country + (row.iso3.empty() ? "" : " (" + row.iso3 + ")")});
  }
  std::vector<std::string> names;
  for (const auto& [distance, name] : by_distance)
    if (names.size() < 3) names.push_back(name);
  std::string list;
  for (std::size_t i = 0; i < names.size(); ++i)
    list += (i == 0 ? "" : i + 1 == names.size() ? " or " : ", ") + names[i];
  return list;
}

}  // namespace

const char* name_of(Boundary boundary) { return boundary == Boundary::direct ? "direct" : "life-cycle"; }

Result<Boundary> boundary_named(const std::string& name) {
  const std::string folded = lower(name);
  if (folded == "direct") return Boundary::direct;
  if (folded == "life-cycle" || folded == "life cycle" || folded == "lca") return Boundary::life_cycle;
  return fail(Trouble::usage, "'" + name + "' is no boundary: write direct or life-cycle.");
}

Result<GridTable> GridTable::load(const std::filesystem::path& file) {
  auto text = read_text(file, kLongestTable);
  if (!text) return Failure(text.error());
  return parse(*text, file.string());
}

Result<GridTable> GridTable::parse(const std::string& text, const std::string& name) {
  auto csv = parse_csv(text, name);
  if (!csv) return Failure(csv.error());
  const Columns columns(*csv);
  if (const std::string missing = columns.missing(); !missing.empty())
    return fail(Trouble::malformed, name + " is no table of grid intensities: the column '" + missing +
                                        "' is missing (fixtures/scenarios/README.md has them).");
  GridTable table;
  std::set<std::tuple<std::string, int, Boundary>> seen;
  for (const CsvRow& row : csv->rows) {
    if (columns.is_owid() && columns.at(row, "carbon_intensity_elec").empty()) continue;
    auto factor = factor_of(columns, row, name);
    if (!factor) return Failure(factor.error());
    if (!seen.insert({factor->country, factor->year, factor->boundary}).second)
      return wrong(name, row, factor->country + " " + std::to_string(factor->year) + " is there twice.");
    table.rows_.push_back(std::move(*factor));
  }
  if (table.rows_.empty()) return fail(Trouble::malformed, name + " has no rows.");
  return table;
}

Result<GridFactor> GridTable::find(const std::string& country, std::optional<int> year) const {
  const std::string folded = lower(country);
  const auto iso3 = country.size() == 2 ? iso3_of(country) : std::nullopt;
  const std::string code = iso3 ? lower(*iso3) : folded;
  const GridFactor* found = nullptr;
  std::set<int> years;
  for (const GridFactor& row : rows_) {
    if (lower(row.country) != folded && (row.iso3.empty() || lower(row.iso3) != code)) continue;
    years.insert(row.year);
    if (year ? row.year == *year : !found || row.year > found->year) found = &row;
  }
  if (found) return *found;
  if (years.empty())
    return fail(Trouble::usage, "There is no country '" + country + "' in the table of grid intensities; did you mean " +
                                    nearest_names(country, rows_) + "?");
  std::string list;
  for (const int known : years) list += (list.empty() ? "" : ", ") + std::to_string(known);
  return fail(Trouble::usage, "The table of grid intensities has no " + std::to_string(*year) + " for " + country + ", but " + list + ".");
}

double GridSupply::kg_per_J() const {
  const double sent = td_loss && !td_loss_included ? 1 / (1 - td_loss->value) : 1.0;
  return intensity.value * sent / kJoulesPerKWh;
}

Result<void> same_boundary(std::span<const GridFactor> factors) {
  for (const GridFactor& factor : factors)
    if (factor.boundary != factors.front().boundary)
      return fail(Trouble::usage, "Direct and life-cycle intensities cannot be mixed: " + factors.front().country + " " +
                                      std::to_string(factors.front().year) + " is " + name_of(factors.front().boundary) + ", " +
                                      factor.country + " " + std::to_string(factor.year) + " is " + name_of(factor.boundary) + ".");
  return {};
}

}  // namespace jr::lca
