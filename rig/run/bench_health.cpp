// The two sections of a bench file that say how the bench is watched, key by key.
#include "rig/run/bench_health.hpp"

#include <cmath>
#include <cstdio>

#include "rig/run/bench.hpp"
#include "rig/run/config.hpp"

namespace jr {
namespace {

constexpr double kStated_K = 2.0, kRead_K = 1.0;

std::filesystem::path seen_from(const Config& file, const std::string& path) {
  const std::filesystem::path named(path);
  return named.is_absolute() ? named : file.file().parent_path() / named;
}

/// Which one of the three sources the section names.
AmbientSource::Kind kind_of(const Config& file) {
  using Kind = AmbientSource::Kind;
  const bool stated = file.has("ambient", "temperature_C"), logged = file.has("ambient", "file"),
             sensed = file.has("ambient", "sensor");
  require(stated + logged + sensed <= 1, file,
          "[ambient] names more than one source of the temperature: keep one of temperature_C, "
          "file and sensor.");
  return stated ? Kind::stated : logged ? Kind::file : sensed ? Kind::sensor : Kind::unknown;
}

void read_gate(const Config& file, AmbientSource& source) {
  if (file.has("ambient", "gate_low_C")) source.gate_low_C = file.number("ambient", "gate_low_C");
  if (file.has("ambient", "gate_high_C"))
    source.gate_high_C = file.number("ambient", "gate_high_C");
  for (const auto& edge : {source.gate_low_C, source.gate_high_C})
    require(!edge || std::isfinite(*edge), file,
            "[ambient] gate_low_C and gate_high_C are degrees Celsius.");
  require(!source.gate_low_C || !source.gate_high_C || *source.gate_low_C < *source.gate_high_C,
          file, "[ambient] gate_low_C must lie below gate_high_C.");
}

void read_check(const Config& file, const Bench& bench, BenchHealth& health) {
  const std::string check = file.text("health", "check", "never");
  require(check == "each" || check == "never", file,
          "[health] check must be \"each\" or \"never\".");
  health.check_each = check == "each";
  health.check_A = file.numbers("health", "check_A");
  require(health.check_A.size() <= 2, file,
          "[health] check_A holds one or two currents in ampere.");
  require(!health.check_each || !health.check_A.empty(), file,
          "[health] check = \"each\" needs check_A, the currents of one or two reference loads, in "
          "ampere.");
  for (const double current_A : health.check_A) {
    require(std::isfinite(current_A) && current_A > 0, file,
            "[health] check_A holds currents above 0.");
    char text[96];
    std::snprintf(text, sizeof text,
                  "[health] check_A asks for %g A, and the board's trip current is %g A.",
                  current_A, bench.trip_A);
    require(bench.trip_A <= 0 || current_A < bench.trip_A, file, text);
  }
  require(
      !health.check_each || file.has("reference"), file,
      "[health] check = \"each\" needs a [reference]: say what the currents are measured against.");
}

}  // namespace

std::vector<std::string> ambient_keys() {
  return {"temperature_C", "u_temperature_K", "file", "sensor", "gate_low_C", "gate_high_C"};
}

std::vector<std::string> health_keys() {
  return {"check",       "check_A",      "check_s",      "change_limit",
          "drift_limit", "control_days", "control_limit"};
}

void read_ambient_section(const Config& file, Bench& bench) {
  if (!file.has("ambient")) return;
  AmbientSource& source = bench.ambient;
  source.kind = kind_of(file);
  const bool known = source.kind != AmbientSource::Kind::unknown;
  const bool stated = source.kind == AmbientSource::Kind::stated;
  if (stated) source.stated_C = file.number("ambient", "temperature_C");
  require(!stated || (source.stated_C >= kLowestAmbient_C && source.stated_C <= kHighestAmbient_C),
          file, "[ambient] temperature_C must lie between -40 and 85.");
  if (source.kind == AmbientSource::Kind::file)
    source.path = seen_from(file, file.text("ambient", "file"));
  if (source.kind == AmbientSource::Kind::sensor)
    source.path = seen_from(file, file.text("ambient", "sensor"));
  if (known) source.u_K = file.number("ambient", "u_temperature_K", stated ? kStated_K : kRead_K);
  require(std::isfinite(source.u_K) && source.u_K >= 0, file,
          "[ambient] u_temperature_K is a number of at least 0.");
  read_gate(file, source);
  if (stated) bench.ambient_C = source.stated_C;
  bench.u_ambient_K = source.u_K;
}

void read_health_section(const Config& file, Bench& bench) {
  if (!file.has("health")) return;
  BenchHealth& health = bench.health;
  read_check(file, bench, health);
  health.check_s = file.number("health", "check_s", health.check_s);
  require(health.check_s >= 0.02 && health.check_s <= 10, file,
          "[health] check_s must lie between 0.02 and 10.");
  health.change_limit = file.number("health", "change_limit", health.change_limit);
  require(health.change_limit > 0 && health.change_limit < 1, file,
          "[health] change_limit is relative, above 0 and below 1 (0.002 for 0.2 %).");
  health.drift_limit = file.number("health", "drift_limit", health.drift_limit);
  require(health.drift_limit > 0 && health.drift_limit < 1, file,
          "[health] drift_limit is relative, above 0 and below 1 (0.01 for 1 %).");
  if (file.has("health", "control_days"))
    health.control_days = file.number("health", "control_days");
  require(!health.control_days || (std::isfinite(*health.control_days) && *health.control_days > 0),
          file, "[health] control_days must be above 0.");
  health.control_limit = file.number("health", "control_limit", health.control_limit);
  require(health.control_limit > 0 && health.control_limit < 1, file,
          "[health] control_limit is relative, above 0 and below 1 (0.02 for 2 %).");
}

}  // namespace jr
