// [ambient] and [health] of a bench file: the air around it, and how it is kept an eye on.
// Never opens anything: a description, checked.
#pragma once

#include <optional>
#include <string>
#include <vector>

namespace jr {

class Config;
struct Bench;

/// [health] of a bench file.
struct BenchHealth {
  bool check_each{};                   ///< the reference loads are looked at before and after each run
  std::vector<double> check_A;         ///< one or two currents; two tell a drifted load from a drifted monitor
  double check_s{0.2};                 ///< over which each is averaged
  double change_limit{0.002};          ///< relative: by how much before and after may differ
  double drift_limit{0.01};            ///< relative: half width of a load's chart until eight checks have made it
  std::optional<double> control_days;  ///< a control run is due when the last is older; absent: never
  double control_limit{0.02};          ///< relative: the same of the control's chart
};

/// The words that the two sections know, for the grammar of a bench file.
std::vector<std::string> ambient_keys();
std::vector<std::string> health_keys();

/// Into `bench`, whose trip current is known. A value that cannot be throws ConfigError.
void read_ambient_section(const Config& file, Bench& bench);
void read_health_section(const Config& file, Bench& bench);

}  // namespace jr
