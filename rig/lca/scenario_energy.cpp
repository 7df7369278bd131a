// The sections of a scenario that describe where its energy comes from: battery, harvester, grid.
// Never mixes direct and life-cycle intensities, whatever a file asks for.
#include <algorithm>
#include <cstdio>

#include "rig/lca/csv.hpp"
#include "rig/lca/scenario_sections.hpp"

namespace jr::lca {
namespace {

namespace fs = std::filesystem;

/// A share of a mix, or the whole.
struct Share {
  GridFactor factor;
  double share{1};
};

Citation citation_of(const GridFactor& factor) {
  Citation citation;
  citation.id = "grid-" + lower(factor.iso3.empty() ? factor.country : factor.iso3) + "-" + std::to_string(factor.year);
  citation.text = factor.source + (factor.version.empty() ? "" : ", " + factor.version) + ": " + factor.country + " " + std::to_string(factor.year);
  citation.year = factor.year;
  citation.licence = factor.licence;
  citation.retrieved = factor.retrieved;
  return citation;
}

Result<GridTable> table_of(const Surroundings& around) {
  Folders all{around.folder};
  all.insert(all.end(), around.folders.begin(), around.folders.end());
  return shipped_grids(all);
}

Result<GridFactor> find_country(const Surroundings& around, const std::optional<fs::path>& table_file, const std::string& country,
                                std::optional<int> year) {
  auto table = table_file ? GridTable::load(*table_file) : table_of(around);
  if (!table) return Failure(table.error());
  return table->find(country, year);
}

/// Rows of one boundary, basis and treatment of losses into the scenario's grid.
Result<void> take_shares(GridSupply& grid, const std::vector<Share>& shares) {
  std::vector<GridFactor> factors;
  double sum = 0;
  for (const Share& share : shares) {
    factors.push_back(share.factor);
    sum += share.share;
  }
  if (auto fine = same_boundary(factors); !fine) return fine;
  if (!(sum > 0.999 && sum < 1.001)) return fail(Trouble::usage, "The shares of the mix add up to " + std::to_string(sum) + " and not to 1.");
  const GridFactor& first = factors.front();
  double grams = 0;
  std::string text, places;
  for (const Share& share : shares) {
    if (share.factor.td_loss_included != first.td_loss_included)
      return fail(Trouble::usage, "Figures with and without transmission loss cannot be mixed: " + first.country + " and " + share.factor.country + " differ.");
    grams += share.share / sum * share.factor.g_per_kWh;
    const std::string part = shares.size() > 1 ? std::to_string(static_cast<int>(100 * share.share + 0.5)) + " % " : "";
    places += (places.empty() ? "" : ", ") + part + share.factor.country;
  }
  grid.intensity = fixed("grid intensity", grams / 1000, "kg/kWh", citation_of(first));
  if (shares.size() > 1) grid.intensity.citation.text = first.source + (first.version.empty() ? "" : ", " + first.version) + ": " + places;
  grid.boundary = first.boundary;
  grid.place = places;
  grid.year = first.year;
  grid.basis = first.basis;
  grid.averaging = first.averaging;
  grid.td_loss_included = first.td_loss_included;
  return {};
}

void take_series(GridSupply& grid, HourlyIntensity series, const Citation& named) {
  Citation citation = named;
  if (citation.text.empty())
    citation = {"grid-series", (series.source.empty() ? "time series" : series.source) + ", file " + fs::path(series.name).filename().string(),
                series.year, series.licence, "", !series.licence.empty()};
  const double mean_g = load_weighted(series, [] { DayProfile even; even.fill(1); return even; }()).value_or(WeightedMean{}).g_per_kWh;
  grid.intensity = fixed("grid intensity", mean_g / 1000, "kg/kWh", citation);
  grid.boundary = series.boundary;
  grid.place = series.zone.empty() ? fs::path(series.name).filename().string() : series.zone;
  grid.year = series.year;
  grid.basis = series.basis;
  grid.averaging = series.averaging;
  grid.td_loss_included = series.td_loss_included;
  if (!series.gaps.empty()) {
    double hours = 0;
    for (const auto& gap : series.gaps) hours += static_cast<double>(gap.end_s - gap.start_s) / 3600;
    char text[160];
    std::snprintf(text, sizeof text, "The grid's time series has %zu gaps, %.4g h of %.4g h: they have no weight, the rest stands for them.",
                  series.gaps.size(), hours, hours + series.covered_s() / 3600);
    grid.notes.push_back(text);
  }
  grid.series = std::move(series);
}

std::optional<Boundary> boundary_at(Section& section) {
  const auto name = section.text("boundary");
  if (!name) return std::nullopt;
  const auto boundary = boundary_named(*name);
  if (!boundary) section.refuse("boundary", "is wrong: " + boundary.error().message);
  return *boundary;
}

/// `--grid FILE`: a table of years, or a time series.
Result<void> take_file(GridSupply& grid, const Surroundings& around, const std::optional<std::string>& country) {
  const std::string& file = *around.overrides.grid_file;
  if (auto text = read_text(file, 64u << 20); text) {
    const auto csv = parse_csv(*text, file);
    if (csv && csv->named("country") && csv->named("year")) {
      if (!country) return fail(Trouble::usage, file + " is a table of countries: say which one, --country NAME.");
      auto factor = find_country(around, fs::path(file), *country, {});
      return factor ? take_shares(grid, {{*factor, 1}}) : Result<void>(Failure(factor.error()));
    }
  }
  auto series = read_hourly(file, around.overrides.boundary);
  if (!series) return Failure(series.error());
  take_series(grid, std::move(*series), {});
  return {};
}

void read_own_figure(Section& section, GridSupply& grid, const std::optional<Boundary>& boundary) {
  grid.intensity = section.needed_quantity("intensity", "kg/kWh", "grid intensity");
  if (!boundary) section.refuse("boundary", "is missing: is the intensity direct or life-cycle?");
  grid.boundary = *boundary;
  grid.place = section.text("place").value_or("");
  grid.year = static_cast<int>(section.whole("year").value_or(0));
  grid.basis = section.text("basis").value_or("");
  grid.averaging = section.text("averaging").value_or("");
  grid.td_loss_included = section.flag("td_loss_included").value_or(false);
}

std::vector<Share> read_mix(Section& section, const Surroundings& around, const std::optional<fs::path>& table) {
  std::vector<Share> shares;
  for (Section& one : section.sections("mix")) {
    const auto share = one.number("share");
    if (!share || *share < 0) one.refuse("share", "must be a number of at least 0.");
    const auto year = one.whole("year");
    if (one.has("intensity")) {
      Share own;
      own.factor.country = one.needed_text("country");
      own.factor.g_per_kWh = 1000 * one.needed_quantity("intensity", "kg/kWh").value;
      const auto boundary = boundary_at(one);
      if (!boundary) one.refuse("boundary", "is missing: is the intensity direct or life-cycle?");
      own.factor.boundary = *boundary;
      own.factor.year = static_cast<int>(year.value_or(0));
      own.factor.source = one.citation().text;
      own.factor.licence = one.citation().licence;
      own.share = *share;
      shares.push_back(std::move(own));
    } else {
      auto factor = find_country(around, table, one.needed_text("country"), year ? std::optional<int>(static_cast<int>(*year)) : std::nullopt);
      if (!factor) one.refuse("country", "is wrong: " + factor.error().message);
      shares.push_back({*factor, *share});
    }
    one.finish();
  }
  return shares;
}

/// The file's own grid; `quietly` when something on the command line replaces it.
void read_own_grid(Section& section, GridSupply& grid, const Surroundings& around) {
  const auto boundary = boundary_at(section);
  std::optional<fs::path> table;
  if (const auto name = section.text("table")) table = around.find(section, "table", "grid", *name, ".csv");
  const auto country = section.text("country");
  const auto series = section.text("series");
  const bool has_mix = section.has("mix"), has_figure = section.has("intensity");
  if (int(country.has_value()) + int(series.has_value()) + int(has_mix) + int(has_figure) != 1)
    section.refuse("country", "series, mix and intensity: exactly one of the four says how dirty a kilowatt-hour is.");
  if (has_figure) return read_own_figure(section, grid, boundary);
  if (series) {
    auto read = read_hourly(around.find(section, "series", "grid", *series, ".csv"), boundary);
    if (!read) section.refuse("series", "is wrong: " + read.error().message);
    take_series(grid, std::move(*read), section.has("source") ? section.citation() : Citation{});
    return;
  }
  std::vector<Share> shares;
  if (has_mix) {
    shares = read_mix(section, around, table);
  } else {
    const auto year = section.whole("year");
    auto factor = find_country(around, table, *country, year ? std::optional<int>(static_cast<int>(*year)) : std::nullopt);
    if (!factor) section.refuse("country", "is wrong: " + factor.error().message);
    shares.push_back({*factor, 1});
  }
  auto taken = take_shares(grid, shares);
  if (!taken) section.refuse(has_mix ? "mix" : "country", "is wrong: " + taken.error().message);
  if (boundary && *boundary != grid.boundary)
    section.refuse("boundary", std::string("asks for ") + name_of(*boundary) + " intensities and the table has " + name_of(grid.boundary) + " ones.");
}

}  // namespace

void read_battery(Section& root, Scenario& s, const Surroundings& around) {
  auto section = root.section("battery");
  if (!section) return;
  Battery battery;
  auto card = load_chemistry(around.find(*section, "chemistry", "batteries", section->needed_text("chemistry"), ".toml"));
  if (!card) throw FileError{card.error().message};
  battery.chemistry = std::move(*card);
  battery.capacity = section->needed_quantity("capacity", "C", "battery capacity");
  battery.in_series = static_cast<int>(section->whole("in_series").value_or(1));
  if (battery.in_series < 1 || battery.in_series > 1000) section->refuse("in_series", "must be a number of cells from 1.");
  battery.temperature = section->needed_quantity("temperature", "degC", "battery temperature");
  battery.ageing = section->quantity("ageing", "1", "battery ageing");
  battery.cut_off = section->quantity("cut_off", "V", "cut-off voltage");
  battery.peak_current = section->quantity("peak_current", "A", "peak current");
  battery.rate_reference = section->quantity("rate_reference", "A", "current of the rated capacity");
  const std::string counting = section->text("counting").value_or("integer");
  if (counting != "integer" && counting != "fractional") section->refuse("counting", "must be integer or fractional.");
  battery.counting = counting == "integer" ? Counting::integer : Counting::fractional;
  battery.embodied = section->quantity("impact", "kg", "battery");
  battery.share_of_block = section->quantity("share_of_block", "1", "share of the power supply block that is replaced");
  battery.transport = section->quantity("transport", "kg", "transport of a further battery");
  battery.end_of_life = section->quantity("end_of_life", "kg", "end of life of a further battery");
  if (auto fine = check(battery); !fine) section->refuse("capacity", "belongs to a battery that cannot be: " + fine.error().message);
  (void)section->text("source");
  section->finish();
  s.battery = std::move(battery);
}

void read_harvest(Section& root, Scenario& s) {
  auto section = root.section("harvest");
  if (!section) return;
  Harvest harvest;
  harvest.capacitance = section->needed_quantity("capacitance", "F", "capacitor");
  harvest.full_V = section->needed_quantity("full", "V", "voltage of the full capacitor");
  harvest.empty_V = section->needed_quantity("empty", "V", "voltage of the empty capacitor");
  harvest.efficiency = section->needed_quantity("efficiency", "1", "efficiency from harvester to load");
  auto power = section->hours("power", "W");
  if (!power) section->refuse("power", "is missing: { values = [24 numbers], unit = \"uW\", source = \"...\" }.");
  harvest.power_W = std::move(power->first);
  harvest.power_citation = std::move(power->second);
  if (auto fine = check(harvest); !fine) section->refuse("capacitance", "belongs to a harvester that cannot be: " + fine.error().message);
  (void)section->text("source");
  section->finish();
  s.harvest = std::move(harvest);
}

void read_grid(Section& root, Scenario& s, const Surroundings& around) {
  auto section = root.section("grid");
  if (!section) root.refuse("grid", "is missing: country, mix, series or intensity.");
  read_own_grid(*section, s.grid, around);
  const Boundary own_boundary = s.grid.boundary;
  s.grid.td_loss = section->quantity("td_loss", "1", "transmission loss");
  const auto gsd = section->quantity("gsd", "1", "geometric standard deviation of the grid intensity");
  if (auto charging = section->hours("charging_by_hour", "1")) {
    DayProfile profile{};
    std::copy(charging->first.begin(), charging->first.end(), profile.begin());
    s.grid.charging = profile;
  }
  (void)section->text("source");
  section->finish();
  const Overrides& over = around.overrides;
  if (over.country || over.grid_file) {
    GridSupply other;
    other.td_loss = s.grid.td_loss;
    other.charging = s.grid.charging;
    Result<void> taken;
    if (over.grid_file) {
      taken = take_file(other, around, over.country);
    } else {
      auto factor = find_country(around, {}, *over.country, {});
      taken = factor ? take_shares(other, {{*factor, 1}}) : Result<void>(Failure(factor.error()));
    }
    if (!taken) throw FileError{taken.error().message};
    if (over.boundary && other.boundary != *over.boundary)
      throw FileError{std::string("The grid figure is ") + name_of(other.boundary) + " where " + name_of(*over.boundary) + " was asked for: the two cannot be mixed."};
    s.grid = std::move(other);
  } else if (over.boundary && *over.boundary != own_boundary) {
    throw FileError{std::string("The scenario's grid figure is ") + name_of(own_boundary) + " where " + name_of(*over.boundary) + " was asked for: the two cannot be mixed."};
  }
  if (gsd && s.grid.intensity.spread == Spread::fixed) {
    s.grid.intensity.spread = Spread::lognormal;
    s.grid.intensity.gsd = gsd->value;
    auto fine = checked(s.grid.intensity);
    if (!fine) section->refuse("gsd", "is wrong: " + fine.error().message);
  }
  if (s.grid.td_loss && s.grid.td_loss_included) s.grid.notes.push_back("The grid intensity includes the loss of transmission: td_loss was not applied again.");
  if (!s.grid.td_loss && !s.grid.td_loss_included) s.grid.notes.push_back("The loss of transmission and distribution is not in the grid intensity.");
}

Result<GridTable> shipped_grids(const Folders& folders) {
  std::error_code ignored;
  for (const fs::path& folder : folders) {
    std::vector<fs::path> files;
    for (const auto& entry : fs::directory_iterator(folder / "grid", ignored))
      if (entry.path().extension() == ".csv") files.push_back(entry.path());
    std::sort(files.begin(), files.end());
    if (!files.empty()) return GridTable::load(files.front());
  }
  return fail(Trouble::not_found, "There is no table of grid intensities: none of the scenario folders has grid/*.csv.");
}

}  // namespace jr::lca
