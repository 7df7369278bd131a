// The facts of a run that its numbers rest on, as one JSON document in the record.
// What is not in here or in the stored samples is not allowed to influence a result.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "rig/core/range_polynomial.hpp"
#include "rig/core/result.hpp"
#include "rig/run/bench.hpp"
#include "rig/run/health_check.hpp"

namespace jr {

/// A run of the same request that ended as a rig error and was begun again.
struct EarlierRun {
  std::string run, reason;
};

struct Setup {
  std::string tool_version, tool_commit, host, kernel;
  std::string flash_tool;              ///< "avrdude 7.1", empty when nothing was flashed
  std::string flash_command;
  bool flash_verified{};
  std::string board, mcu, model;
  bool simulated{};
  bool source_mode{true};
  double supply_V{};
  std::string supply_kind;
  double u_supply_V{};
  double lead_ohm{}, u_lead_ohm{};
  std::optional<double> inrush_F;      ///< the bypass capacitor is not larger, by the inrush; empty: nobody had to look
  std::optional<double> ambient_C;
  double u_ambient_K{5.0};             ///< standard
  std::string ambient_source;          ///< in words; empty: the record is older than the question
  bool ambient_measured{};             ///< during the run, not only stated by a person; older records count --ambient too
  std::vector<HealthCheck> health_checks;  ///< reference loads before and after; see drift_account()
  bool control{};                      ///< a run of the bench's own firmware, to compare the bench with itself
  std::string control_note;            ///< how the bench's control stands; empty: it has none to keep
  std::string suspect_reason;          ///< why the run is suspect; empty: it is not
  std::optional<double> limit_J;
  int windows_wanted{5};
  double sham_s{};                     ///< as the board was told; 0: it was not asked, or the record is older
  double pulse_s{}, pulse_every_s{};   ///< the load's shortest current pulses, by the plan; 0: none known
  std::string spec_card;               ///< the card's text; empty: no card
  std::string calibration_text;        ///< the bench calibration's record; empty: none was used
  std::string calibration_id, calibration_kind;
  double host_correction_ppm{}, host_u_ppm{};  ///< CLOCK_MONOTONIC_RAW against SI seconds; u 0: nobody looked
  std::string host_clock;                      ///< where that comes from, one sentence
  double clock_skew_ppm{}, clock_u_ppm{};  ///< monitor against host, by the fit of the longest stream
  std::vector<EarlierRun> earlier_runs;    ///< attempts at this measurement that the rig failed
  std::vector<std::string> notes;          ///< what the run had to leave out or to assume, a sentence each
  int starts_before{};  ///< streams that this virtual world had seen before; finds them in its ledger
};

Setup setup_of(const Bench& bench, const Plan& plan);
std::string to_json(const Setup& setup);
Result<Setup> setup_from(const std::string& json);

std::string to_json(const std::vector<RangePolynomial>& polynomials);
Result<std::vector<RangePolynomial>> polynomials_from(const std::string& json);

/// The firmware image as it was flashed.
struct Firmware {
  std::string name, file, sha256, commit, compiler, flags, model;
  int input_bytes{};
  std::uint64_t image_bytes{};  ///< from the first address that it programs to the last; 0: not recorded
};
/// Reads the image's hash, and the manifest beside it (same name, .json) when there is one.
Result<Firmware> describe_firmware(const std::string& image);
std::string to_json(const Firmware& firmware);
Result<Firmware> firmware_from(const std::string& json);

/// A firmware named by a bench to its file: a path, or a name below build/firmware.
Result<std::string> find_firmware(const std::string& name);

std::string tool_version_of(const Setup& setup);  ///< tool_version() of the program that made the record

}  // namespace jr
