// Time series of grid intensity in the formats that people have, told apart by their headers.
// Never takes a null for a zero, a local time for UTC, or one of two equal stamps.
#include <algorithm>
#include <cmath>
#include <map>
#include <nlohmann/json.hpp>
#include <set>

#include "rig/lca/csv.hpp"
#include "rig/lca/grid.hpp"

namespace jr::lca {
namespace {

constexpr std::size_t kLongestSeries = 64u << 20;
constexpr double kGramsPerPound = 453.59237;

/// One line of a file before its end is known; `end_s` 0: until the next step.
struct Entry {
  std::int64_t start_s{}, end_s{};
  double g{};
  std::optional<double> u;
  std::string place;  ///< "line 7"
};

/// What is known of a series while its file is read.
struct SeriesReading {
  HourlyIntensity series;
  std::vector<Entry> entries;
  std::vector<std::int64_t> stamps;  ///< of all rows, with and without a value: they tell the step
};

std::string place_of(const CsvRow& row) { return "line " + std::to_string(row.line); }

Failure wrong(const SeriesReading& r, const std::string& place, const std::string& what) {
  return fail(Trouble::malformed, r.series.name + ", " + place + ": " + what);
}

bool is_nothing(const std::string& field) {
  const std::string folded = lower(field);
  return folded.empty() || folded == "null" || folded == "nan" || folded == "na";
}

Result<std::int64_t> stamp_in(const SeriesReading& r, const std::string& place, const std::string& field) {
  if (const auto seconds = utc_seconds(field)) return *seconds;
  return wrong(r, place, "'" + field + "' is no UTC time like 2026-01-31 13:00 (other zones are not taken).");
}

Result<void> add(SeriesReading& r, Entry entry) {
  if (!(entry.g >= 0 && entry.g <= kHighestIntensity_g_per_kWh))
    return wrong(r, entry.place, "the intensity must be a number of g/kWh from 0 to 5000.");
  r.entries.push_back(std::move(entry));
  return {};
}

/// Start stamps and one value column; `scale` to g/kWh.
Result<void> read_columns(SeriesReading& r, const Csv& csv, std::size_t stamp, std::size_t value, double scale) {
  for (const CsvRow& row : csv.rows) {
    const auto start = stamp_in(r, place_of(row), row.fields[stamp]);
    if (!start) return Failure(start.error());
    r.stamps.push_back(*start);
    if (is_nothing(row.fields[value])) continue;
    const auto number = number_in(row.fields[value]);
    if (!number) return wrong(r, place_of(row), "'" + row.fields[value] + "' is no number.");
    if (auto added = add(r, {*start, 0, *number * scale, {}, place_of(row)}); !added) return added;
  }
  return {};
}

Result<void> read_canonical(SeriesReading& r, const Csv& csv) {
  r.series.format = "canonical";
  const auto start = *csv.named("start_utc"), value = *csv.named("g_per_kwh");
  const auto end = csv.named("end_utc"), u = csv.named("u_g_per_kwh");
  if (!end) return fail(Trouble::malformed, r.series.name + ": the column 'end_utc' is missing.");
  for (const CsvRow& row : csv.rows) {
    const auto first = stamp_in(r, place_of(row), row.fields[start]);
    const auto last = stamp_in(r, place_of(row), row.fields[*end]);
    if (!first) return Failure(first.error());
    if (!last) return Failure(last.error());
    if (*last <= *first) return wrong(r, place_of(row), "it ends before it begins.");
    r.stamps.push_back(*first);
    if (is_nothing(row.fields[value])) continue;
    const auto number = number_in(row.fields[value]);
    if (!number) return wrong(r, place_of(row), "'" + row.fields[value] + "' is no number.");
    Entry entry{*first, *last, *number, {}, place_of(row)};
    if (u && !is_nothing(row.fields[*u])) {
      entry.u = number_in(row.fields[*u]);
      if (!entry.u || *entry.u < 0) return wrong(r, place_of(row), "u_g_per_kwh must be a number of at least 0.");
    }
    if (auto added = add(r, std::move(entry)); !added) return added;
  }
  return {};
}

Result<void> read_electricity_maps(SeriesReading& r, const Csv& csv, std::optional<Boundary> wanted) {
  r.series.format = "electricity-maps";
  r.series.boundary = wanted.value_or(Boundary::life_cycle);
  r.series.basis = "consumption";
  r.series.averaging = "average";
  r.series.source = "Electricity Maps";
  r.series.licence = "ODbL, or as the file's own terms say";
  std::optional<std::size_t> value;
  if (r.series.boundary == Boundary::direct) {
    value = csv.column({"carbon intensity", "direct"});
  } else {
    value = csv.column({"carbon intensity", "life cycle"});
    if (!value) value = csv.column({"carbon intensity", "lca"});
  }
  if (!value)
    return fail(Trouble::usage, r.series.name + " has no column of " + name_of(r.series.boundary) + " carbon intensity.");
  if (const auto zone = csv.column({"zone id"}); zone && !csv.rows.empty()) r.series.zone = csv.rows.front().fields[*zone];
  return read_columns(r, csv, *csv.column({"datetime", "utc"}), *value, 1);
}

Result<void> read_danish(SeriesReading& r, const Csv& csv, std::size_t area) {
  r.series.format = "energi-data-service";
  r.series.source = "Energinet, Energi Data Service";
  r.series.licence = "as the service's terms say";
  for (const CsvRow& row : csv.rows) {
    if (r.series.zone.empty()) r.series.zone = row.fields[area];
    if (row.fields[area] != r.series.zone)
      return wrong(r, place_of(row), "the file holds the areas " + r.series.zone + " and " + row.fields[area] + ": keep one of them.");
  }
  return read_columns(r, csv, *csv.column({"utc"}), *csv.column({"co2"}), 1);
}

Result<void> read_open_grid_emissions(SeriesReading& r, const Csv& csv) {
  r.series.format = "open-grid-emissions";
  r.series.boundary = Boundary::direct;
  r.series.basis = "production";
  r.series.averaging = "average";
  r.series.source = "Open Grid Emissions (Singularity Energy)";
  r.series.licence = "as the data set's terms say";
  const auto stamp = *csv.named("datetime_utc");
  if (const auto rate = csv.column({"co2e_rate_lb_per_mwh_for_electricity"}))
    return read_columns(r, csv, stamp, *rate, kGramsPerPound / 1000);
  const auto mass = csv.named("co2e_mass_lb_for_electricity"), energy = csv.named("net_generation_mwh");
  if (!mass || !energy)
    return fail(Trouble::malformed, r.series.name + " needs the columns co2e_mass_lb_for_electricity and net_generation_mwh.");
  for (const CsvRow& row : csv.rows) {
    const auto start = stamp_in(r, place_of(row), row.fields[stamp]);
    if (!start) return Failure(start.error());
    r.stamps.push_back(*start);
    const auto pounds = number_in(row.fields[*mass]), mwh = number_in(row.fields[*energy]);
    if (!pounds || !mwh || *mwh <= 0) continue;  // nothing generated says nothing about its intensity
    if (auto added = add(r, {*start, 0, *pounds * kGramsPerPound / (1000 * *mwh), {}, place_of(row)}); !added) return added;
  }
  return {};
}

Result<void> read_csv(SeriesReading& r, const std::string& text, std::optional<Boundary> wanted) {
  auto csv = parse_csv(text, r.series.name);
  if (!csv) return Failure(csv.error());
  const auto said = [&](const char* key) {
    const auto found = csv->comments.find(key);
    return found == csv->comments.end() ? std::string() : found->second;
  };
  if (csv->column({"carbon intensity"}) && csv->column({"datetime", "utc"})) return read_electricity_maps(r, *csv, wanted);
  if (csv->named("datetime_utc") && (csv->column({"co2e_mass_lb"}) || csv->column({"co2e_rate_lb"})))
    return read_open_grid_emissions(r, *csv);
  const bool canonical = csv->named("start_utc") && csv->named("g_per_kwh");
  const auto area = csv->column({"pricearea"});
  if (!canonical && !(area && csv->column({"co2"}) && csv->column({"utc"})))
    return fail(Trouble::malformed, r.series.name + " is no time series that is known here: its columns are none of start_utc,end_utc,"
                                    "g_per_kwh, Electricity Maps, Energi Data Service or Open Grid Emissions.");
  if (const std::string boundary = said("boundary"); !boundary.empty()) {
    const auto named = boundary_named(boundary);
    if (!named) return fail(Trouble::malformed, r.series.name + ": " + named.error().message);
    r.series.boundary = *named;
  } else if (wanted) {
    r.series.boundary = *wanted;
  } else {
    return fail(Trouble::usage, r.series.name + " does not say whether its intensities are direct or life-cycle: say so (boundary = "
                                "\"direct\" or \"life-cycle\" in [grid], --boundary).");
  }
  r.series.zone = said("zone");
  r.series.basis = said("basis");
  r.series.averaging = said("averaging");
  r.series.source = said("source");
  r.series.licence = said("licence");
  r.series.td_loss_included = lower(said("td_loss_included")) == "yes";
  return canonical ? read_canonical(r, *csv) : read_danish(r, *csv, *area);
}

/// Objects with `from` and `to`, wherever they are nested. An actual value that is null has not been yet.
Result<void> take_json(SeriesReading& r, const nlohmann::json& node, int depth) {
  if (depth > 8) return {};
  if (node.is_object() && node.contains("from") && node.contains("to") && node.contains("intensity")) {
    const std::string place = "entry " + std::to_string(r.stamps.size() + 1);
    if (!node["from"].is_string() || !node["to"].is_string() || !node["intensity"].is_object())
      return wrong(r, place, "'from', 'to' or 'intensity' is not what it should be.");
    const auto from = stamp_in(r, place, node["from"].get<std::string>());
    const auto to = stamp_in(r, place, node["to"].get<std::string>());
    if (!from) return Failure(from.error());
    if (!to) return Failure(to.error());
    if (*to <= *from) return wrong(r, place, "it ends before it begins.");
    r.stamps.push_back(*from);
    const auto actual = node["intensity"].find("actual");
    if (actual == node["intensity"].end() || actual->is_null()) return {};
    if (!actual->is_number()) return wrong(r, place, "'actual' is no number.");
    return add(r, {*from, *to, actual->get<double>(), {}, place});
  }
  if (node.is_structured())
    for (const auto& child : node)
      if (auto taken = take_json(r, child, depth + 1); !taken) return taken;
  return {};
}

Result<void> read_json(SeriesReading& r, const std::string& text, std::optional<Boundary> wanted) {
  const auto json = nlohmann::json::parse(text, nullptr, false);
  if (json.is_discarded()) return fail(Trouble::malformed, r.series.name + " is no JSON: it begins like it and breaks off.");
  if (!wanted)
    return fail(Trouble::usage, r.series.name + " does not say whether its intensities are direct or life-cycle: say so (boundary = "
                                "\"direct\" or \"life-cycle\" in [grid], --boundary).");
  r.series.format = "uk";
  r.series.boundary = *wanted;
  r.series.averaging = "average";
  r.series.source = "UK Carbon Intensity API (NESO)";
  r.series.licence = "CC BY 4.0";
  return take_json(r, json, 0);
}

/// The commonest distance between neighbouring stamps.
std::int64_t step_of(std::vector<std::int64_t> stamps) {
  std::sort(stamps.begin(), stamps.end());
  std::map<std::int64_t, std::size_t> counts;
  for (std::size_t i = 1; i < stamps.size(); ++i)
    if (stamps[i] > stamps[i - 1]) ++counts[stamps[i] - stamps[i - 1]];
  std::int64_t step = 3600;
  std::size_t most = 0;
  for (const auto& [distance, count] : counts)
    if (count > most) step = distance, most = count;
  return step;
}

Result<HourlyIntensity> finished(SeriesReading r) {
  if (r.entries.empty()) return fail(Trouble::malformed, r.series.name + " holds no intensity at all.");
  std::vector<std::int64_t> sorted = r.stamps;
  std::sort(sorted.begin(), sorted.end());
  if (const auto twice = std::adjacent_find(sorted.begin(), sorted.end()); twice != sorted.end())
    return fail(Trouble::malformed, r.series.name + " has two values for " + utc_text(*twice) + " UTC: which one is right?");
  const std::int64_t step = step_of(std::move(r.stamps));
  std::sort(r.entries.begin(), r.entries.end(), [](const Entry& a, const Entry& b) { return a.start_s < b.start_s; });
  for (const Entry& entry : r.entries) {
    auto& stretches = r.series.stretches;
    const std::int64_t end = entry.end_s ? entry.end_s : entry.start_s + step;
    if (!stretches.empty() && entry.start_s < stretches.back().end_s) {
      if (entry.end_s) return wrong(r, entry.place, "it overlaps with what comes before it.");
      stretches.back().end_s = entry.start_s;  // a finer step than the usual one
    }
    if (!stretches.empty() && entry.start_s > stretches.back().end_s)
      r.series.gaps.push_back({stretches.back().end_s, entry.start_s});
    stretches.push_back({entry.start_s, end, entry.g, entry.u});
  }
  r.series.year = std::atoi(utc_text(r.series.stretches.front().start_s).c_str());
  return std::move(r.series);
}

/// Seconds of [start, end) in each hour of the day; whole days at once.
DayProfile seconds_by_hour(std::int64_t start, std::int64_t end) {
  DayProfile seconds{};
  const std::int64_t whole_days = (end - start) / 86400;
  for (double& hour : seconds) hour = 3600.0 * static_cast<double>(whole_days);
  for (std::int64_t at = start + whole_days * 86400; at < end;) {
    const std::int64_t in_day = ((at % 86400) + 86400) % 86400, hour = in_day / 3600;
    const std::int64_t until = std::min(end, at + 3600 - in_day % 3600);
    seconds[static_cast<std::size_t>(hour)] += static_cast<double>(until - at);
    at = until;
  }
  return seconds;
}

}  // namespace

double HourlyIntensity::covered_s() const {
  double sum = 0;
  for (const IntensityStretch& stretch : stretches) sum += static_cast<double>(stretch.end_s - stretch.start_s);
  return sum;
}

Result<HourlyIntensity> read_hourly(const std::filesystem::path& file, std::optional<Boundary> boundary) {
  auto text = read_text(file, kLongestSeries);
  if (!text) return Failure(text.error());
  return parse_hourly(*text, file.string(), boundary);
}

Result<HourlyIntensity> parse_hourly(const std::string& text, const std::string& name, std::optional<Boundary> boundary) {
  SeriesReading r;
  r.series.name = name;
  const auto first = text.find_first_not_of(" \t\r\n");
  const bool is_json = first != std::string::npos && (text[first] == '{' || text[first] == '[');
  if (auto read = is_json ? read_json(r, text, boundary) : read_csv(r, text, boundary); !read) return Failure(read.error());
  if (boundary && r.series.boundary != *boundary)
    return fail(Trouble::usage, name + " holds " + name_of(r.series.boundary) + " intensities where " + name_of(*boundary) +
                                    " ones were asked for: the two cannot be mixed.");
  return finished(std::move(r));
}

Result<WeightedMean> load_weighted(const HourlyIntensity& intensity, const DayProfile& load) {
  WeightedMean mean;
  double weights = 0, weighted = 0, time_weighted = 0, weighted_u = 0;
  for (const IntensityStretch& stretch : intensity.stretches) {
    const DayProfile seconds = seconds_by_hour(stretch.start_s, stretch.end_s);
    double weight = 0;
    for (std::size_t hour = 0; hour < 24; ++hour) weight += load[hour] * seconds[hour];
    const auto length = static_cast<double>(stretch.end_s - stretch.start_s);
    weights += weight;
    weighted += weight * stretch.g_per_kWh;
    weighted_u += weight * stretch.u_g_per_kWh.value_or(0);
    time_weighted += length * stretch.g_per_kWh;
    mean.covered_h += length / 3600;
  }
  if (!(weights > 0))
    return fail(Trouble::usage, "There is no load in any hour that " + intensity.name + " covers: a mean weighted by it does not exist.");
  mean.g_per_kWh = weighted / weights;
  mean.u_g_per_kWh = weighted_u / weights;
  mean.time_mean_g_per_kWh = time_weighted / (3600 * mean.covered_h);
  mean.gaps = intensity.gaps.size();
  for (const auto& gap : intensity.gaps) mean.gap_h += static_cast<double>(gap.end_s - gap.start_s) / 3600;
  return mean;
}

}  // namespace jr::lca
