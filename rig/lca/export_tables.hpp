// An assessment as tables: for Brightway, as physical amounts for any database, and every input with its source.
// Never a figure without its unit, and the first line says so when a run is simulated or suspect.
#pragma once

#include <span>
#include <string>

#include "rig/lca/export_parameters.hpp"
#include "rig/lca/export_subject.hpp"

namespace jr::lca {

/// A row of cells as RFC 4180 has it, quoted where needed, with its line end.
std::string csv_row(const std::vector<std::string>& cells);
/// Shortest digits that give the same double back.
std::string csv_number(double value);

/// Brightway's CSV (bw2io): one database, for each subject an activity "inference" (with a run only) and one "use of one
/// device". Electricity is in kilowatt hours, as in ecoinvent: the reader links by unit and converts nothing. Uncertainty ids
/// are those of stats_arrays: 1 none, 2 log-normal (loc and scale are logarithms), 3 normal, 4 uniform, 5 triangular.
std::string brightway_csv(std::span<const ExportSubject> subjects);

/// Physical amounts of one device over its life (mm2 of die, cm2 of board, g of cell, t km, kWh), to link to a database in
/// place of our kilograms. `low` and `high` are the level's; `pieces` says how many of it the life takes. Rows that have
/// kilograms only are there with them, so that nothing is left out in silence.
std::string inventory_csv(std::span<const ExportSubject> subjects);

/// Every input: value, unit, distribution, source, licence, data quality.
std::string inputs_csv(std::span<const ExportSubject> subjects);
/// The same as JSON, measured inputs with their errors by key, so that correlation survives.
std::string inputs_json(std::span<const ExportSubject> subjects);

/// Standard uncertainty of the electricity, MJ: first order, each parameter by itself, shared errors once.
double electricity_u_MJ(const UseParameters& use);

}  // namespace jr::lca
