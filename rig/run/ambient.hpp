// Where the temperature of the air comes from: a person, a file that a logger keeps, or a sensor of the host.
// Never guesses: what cannot be read is one sentence, and what nobody measured says so.
#pragma once

#include <chrono>
#include <filesystem>
#include <optional>
#include <string>

#include "rig/core/result.hpp"

namespace jr {

/// [ambient] of a bench file, or what `--ambient` put in its place.
struct AmbientSource {
  enum class Kind { unknown, stated, given, file, sensor };  ///< given: on the command line, for this run
  Kind kind{Kind::unknown};
  double stated_C{};                          ///< of kinds stated and given
  double u_K{5.0};                            ///< standard, of one reading
  std::filesystem::path path;                 ///< of kinds file and sensor
  std::optional<double> gate_low_C, gate_high_C;  ///< outside of these nothing is measured

  /// By an instrument, as the run went on. What a person typed is a statement, wherever it was typed.
  bool is_measured() const { return kind == Kind::file || kind == Kind::sensor; }
};

/// A file that has not been written for so long shows the air of another hour.
inline constexpr std::chrono::minutes kOldestAmbientFile{10};
/// What air beside a bench can be; anything else is a broken sensor or another unit.
inline constexpr double kLowestAmbient_C = -40, kHighestAmbient_C = 85;

/// The temperature in degrees Celsius as the source has it now; nullopt of kind unknown. Errors: not_found,
/// permission; malformed (no number, or not the air of a room); refused (the file is older than ten minutes).
Result<std::optional<double>> read_ambient(const AmbientSource& source);

/// Refused, with what to do, when `temperature_C` lies outside the gate; usage when there is a gate and no
/// temperature.
Result<void> check_gate(const AmbientSource& source, std::optional<double> temperature_C);

/// What a file says: one number, or the last number behind a key `t_C` (`t_C = 23.4`, `{"t_C": 23.4}`).
Result<double> temperature_in(const std::string& text, const std::string& name);
/// What a sensor of the kernel says: whole thousandths of a degree.
Result<double> sensor_temperature_in(const std::string& text, const std::string& name);

/// "23.5" or "23.5,0.5": temperature and standard uncertainty (1 K when it is left out), in place of whatever
/// `bench` says; its gate stays. Trouble::usage.
Result<AmbientSource> ambient_given(const std::string& text, const AmbientSource& bench);

/// The air during a run.
struct AmbientOfRun {
  std::optional<double> temperature_C;  ///< mean of start and end
  double u_K{};                         ///< standard; half of what it changed is added in quadrature
  std::string source;                   ///< for the record, in words
  bool measured{};                      ///< during the run, by a logger's file or a sensor
};
/// `end_C` is absent when the end could not be read; `why` then says so.
AmbientOfRun ambient_of_run(const AmbientSource& source, std::optional<double> start_C,
                            std::optional<double> end_C, const std::string& why = {});

}  // namespace jr
