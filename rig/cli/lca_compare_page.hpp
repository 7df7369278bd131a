// Life cycles beside each other as a report: per device, year and inference, differences with their U, what would matter.
// Never calls a difference one that its doubt covers.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "rig/lca/assessment.hpp"
#include "rig/lca/together.hpp"
#include "rig/report/report_page.hpp"

namespace jr::cli {

/// One of the life cycles that are compared.
struct LcaColumn {
  std::string label;                     ///< "sim-1", "DEU", "sim-1 DEU"
  lca::Scenario scenario;
  std::optional<lca::MeasuredRun> run;   ///< absent: a scenario alone
  lca::Figures figures{};
  Energy average_power;                  ///< W, with its sources
  std::vector<lca::Lever> levers;        ///< each changed as said, kg over the life
};
/// With figures, mean power and levers; `table` adds the cleanest and the dirtiest of its grids. Errors: what `check` says.
Result<LcaColumn> lca_column(std::string label, lca::Scenario scenario, std::optional<lca::MeasuredRun> run, const std::optional<lca::GridTable>& table);

/// What measuring itself took, as far as the database knows.
struct Campaign {
  std::size_t runs{};        ///< that were measured here and ended
  double bench_s{};          ///< from their beginnings to their ends
  lca::Input power;          ///< W, of bench and host, with its source
  double energy_J() const { return bench_s * power.value; }
};

struct LcaComparison {
  std::vector<LcaColumn> columns;
  lca::Together together;
  std::optional<Campaign> campaign;
  std::string tool_version;
};

/// A minus B in `unit` with the U that their source keys leave; U absent when one of them states none.
struct EnergyDifference {
  double value{};
  std::optional<double> U;
};
EnergyDifference energy_difference(const LcaColumn& a, const LcaColumn& b);  ///< J per inference
EnergyDifference power_difference(const LcaColumn& a, const LcaColumn& b);   ///< W, mean

ReportPage comparison_report(const LcaComparison& comparison);
/// Stable snake_case keys, SI units in them; numbers unrounded.
std::string comparison_json(const LcaComparison& comparison);

}  // namespace jr::cli
