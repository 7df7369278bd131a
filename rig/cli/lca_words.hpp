// Figures of a life cycle as people read them: values with their units, distributions, factors.
// Never computes; one wording for the terminal and the report.
#pragma once

#include <string>

#include "rig/lca/assessment.hpp"

namespace jr::cli {

std::string kg_text(double kg);                        ///< "2.66 kg", "11.4 g", "21 ug": three digits
std::string signed_kg_text(double kg);                 ///< "+11.4 g", and a true minus
std::string signed_text(const char* format, double value);
std::string years_text(double seconds);                ///< "3 years", "12.4 days", "unlimited"
std::string value_text(const lca::Input& input);       ///< "5 uW", "2000 mAh", "341 g/kWh", "95 %"
/// A value in the unit of `like`, written as value_text writes it.
std::string value_text(const lca::Input& like, double value);
std::string spread_text(const lca::Input& input);      ///< "lognormal", "triangular"; fixed: ""
/// The ends of what it may be: limits, or the middle 95 %; "" when fixed.
std::string low_text(const lca::Input& input);
std::string high_text(const lca::Input& input);
/// "measured: repeatability:sim-1:..." as "measured: repeatability of sim-1".
std::string factor_text(const std::string& factor);

std::string count_text(double count);                  ///< "500", "94.7 million"
/// 95 % of an energy-like quantity with its sources, by their shapes and keys.
double expanded(const std::vector<Source>& sources);

std::string chemical(std::string text);                ///< CO2 as it is set in print
std::string signed_range_text(double low_kg, double high_kg);  ///< "−1.03 to −0.315 g"

/// kg with what 95 % of the draws say: "2.66 kg (1.5 to 4.1 kg)".
std::string range_text(double low_kg, double high_kg);

}  // namespace jr::cli
