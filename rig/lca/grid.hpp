// Grid carbon intensity: a figure with its year, boundary, basis and licence; tables, user files, hourly series.
// Never mixes direct and life-cycle figures, never fills a gap in silence.
#pragma once

#include <array>
#include <cstdint>
#include <filesystem>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "rig/core/result.hpp"
#include "rig/lca/input.hpp"

namespace jr::lca {

enum class Boundary { direct, life_cycle };
const char* name_of(Boundary boundary);  ///< "direct", "life-cycle"
Result<Boundary> boundary_named(const std::string& name);

/// The greatest intensity that a file may state: a pure lignite grid is near 1,500; more is a wrong unit.
inline constexpr double kHighestIntensity_g_per_kWh = 5000;

/// One row of a table of yearly means.
struct GridFactor {
  std::string country, iso3;
  int year{};
  double g_per_kWh{};
  Boundary boundary{Boundary::life_cycle};
  std::string basis;      ///< "production" or "consumption"
  std::string averaging;  ///< "average" or "marginal"
  bool td_loss_included{};
  std::string source, version, retrieved, licence;
};

/// Rows of one or more files with the columns of fixtures/scenarios/grid.
class GridTable {
 public:
  /// Reads one CSV. Errors: not_found; malformed with the line and the column that is missing or wrong.
  static Result<GridTable> load(const std::filesystem::path& file);
  static Result<GridTable> parse(const std::string& text, const std::string& name);

  /// By ISO code of two or three letters or by name, any case; the newest year, or just that `year`. Errors (usage): unknown country with the
  /// nearest names; a year that the table does not have, with those it has.
  Result<GridFactor> find(const std::string& country, std::optional<int> year = {}) const;
  const std::vector<GridFactor>& rows() const { return rows_; }

 private:
  std::vector<GridFactor> rows_;
};

/// Half-open [start, end) in seconds since 1970, UTC.
struct IntensityStretch {
  std::int64_t start_s{}, end_s{};
  double g_per_kWh{};
  std::optional<double> u_g_per_kWh;  ///< standard
};

/// A time series; stretches ascend and do not overlap.
struct HourlyIntensity {
  std::string name;       ///< the file's
  std::string zone;       ///< as the file calls it; may be empty
  std::string format;     ///< "canonical", "electricity-maps", "uk", "energi-data-service", "open-grid-emissions"
  Boundary boundary{Boundary::life_cycle};
  std::string basis, averaging, source, licence;
  bool td_loss_included{};
  int year{};             ///< of the first stretch
  std::vector<IntensityStretch> stretches;
  struct Hole { std::int64_t start_s{}, end_s{}; };
  std::vector<Hole> gaps; ///< between the first and the last stretch, as far as nothing is stated

  double covered_s() const;
};

/// Any of the formats, told by its header. `boundary` says which column, where a file has both; a file that does not say
/// its boundary (canonical without `# boundary`, UK, Danish) needs it. Errors: malformed (line and what), usage (boundary
/// missing, or other than the file's). Duplicate stamps are an error, a null is a gap. At most 64 MiB.
Result<HourlyIntensity> read_hourly(const std::filesystem::path& file, std::optional<Boundary> boundary = {});
Result<HourlyIntensity> parse_hourly(const std::string& text, const std::string& name,
                                     std::optional<Boundary> boundary = {});

/// Relative load in each UTC hour of the day; any scale.
using DayProfile = std::array<double, 24>;

struct WeightedMean {
  double g_per_kWh{};
  double time_mean_g_per_kWh{};  ///< of an even load, over the same hours
  double u_g_per_kWh{};          ///< standard, the stretches' doubts taken as one; 0: none stated
  double covered_h{}, gap_h{};
  std::size_t gaps{};
};
/// Mean intensity seen by a load that repeats each day; what is not covered has no weight, and is reported.
/// Errors (usage): no load in any covered hour.
Result<WeightedMean> load_weighted(const HourlyIntensity& intensity, const DayProfile& load);

/// What a scenario computes with.
struct GridSupply {
  Input intensity;        ///< kg/kWh
  Boundary boundary{Boundary::life_cycle};
  std::string place;      ///< "Germany", or several with their shares
  int year{};             ///< of the figure; 0: unknown
  std::string basis, averaging;
  bool td_loss_included{};
  std::optional<Input> td_loss;  ///< share of generation lost on the way, 1
  std::optional<HourlyIntensity> series;  ///< when the figure is load-weighted
  std::optional<DayProfile> charging;     ///< UTC hours in which a battery is charged; absent: evenly
  std::optional<WeightedMean> weighted;
  std::vector<std::string> notes;

  /// kg CO2-eq for each joule taken from the socket: intensity / (1 - loss), or the plain one when it is included.
  double kg_per_J() const;
};

/// Error (usage) that names two figures of different boundaries, when there are such.
Result<void> same_boundary(std::span<const GridFactor> factors);

}  // namespace jr::lca
