// A scenario with everything that is said about it: results, spread, what would matter, may it be published.
// Never decides for the reader: each sentence names the figures it rests on.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "rig/lca/life_cycle.hpp"
#include "rig/lca/monte_carlo.hpp"

namespace jr::lca {

/// What a measured use stage rests on.
struct MeasuredRun {
  std::string run, bench, board, model, firmware_sha256, tool_version, grade;
  std::string date;                 ///< ISO, of the run
  std::string instrument;           ///< "ppk2 E1"
  std::string calibration;          ///< what its amperes rest on, in words, with its id
  std::string result_sha256;        ///< of the result as it is stored; empty: none is
  double windows{};                 ///< that count
  bool simulated{}, suspect{};
  std::string suspect_reason;
  bool U_stated{};
  double energy_per_inference_J{}, U_energy_J{};  ///< total; U at 95 %
  double marginal_energy_J{};
  double latency_s{}, U_latency_s{};
  double sleep_power_W{}, U_sleep_W{};
  std::string sleep_is;             ///< "sleep" or "idle" or "by hand"
  std::optional<double> peak_current_A;
  std::vector<std::string> notes;
};

/// The honest sentences, as figures.
struct Insight {
  double use_share{};                        ///< of the total
  std::optional<double> equal_power_W;       ///< mean power at which use equals all the rest; absent: never (primary cells)
  bool halved_is_energy{};                   ///< what is halved: the energy of an inference, or else the mean power
  double halved_total_kg{};                  ///< total minus the total after halving, kg saved
  double halved_use_kg{};                    ///< of it in the use stage
  double halved_batteries{};                 ///< batteries saved
  double halved_battery_life_s{};            ///< battery life after halving
  double ten_percent_total{};                ///< relative change of the total by 10 % more energy
};

/// What would matter, largest change of the total first: each input alone, changed as said.
struct Lever {
  std::string what;       ///< "lifetime doubled", "casing at its low level"
  double change_kg{};     ///< of the total over the life; negative: less
};

struct Publication {
  bool allowed{};
  std::vector<std::string> because;  ///< reasons against it, or what speaks for it; never empty
  std::vector<std::string> caveats;  ///< what has to be said beside the figures either way
  std::vector<std::string> cite;     ///< how to cite: one line a work
  std::vector<std::string> licences; ///< of what went in, once each
};

struct Assessment {
  Scenario scenario;                     ///< with the measured use stage in it, if there is one
  LifeCycle life_cycle;
  Simulation simulation;
  Insight insight;
  std::vector<Lever> levers;
  Publication publication;
  std::optional<MeasuredRun> run;
  std::optional<Figures> as_in_scenario; ///< the scenario's own use stage, when a run replaced it
  std::string tool_version;

  bool simulated() const { return run && run->simulated; }
  bool suspect() const { return run && run->suspect; }
};

/// Evaluates, draws and judges. Errors: what `check` says.
Result<Assessment> assess(Scenario scenario, std::optional<MeasuredRun> run = {}, std::uint64_t draws = kDraws);

/// Stable snake_case keys, SI units in them; `total_kg` and `stages` first. See rig/lca/README.md.
std::string to_json(const Assessment& assessment);

/// Sentences for a page, in the order in which they should be read.
std::vector<std::string> sentences_of(const Assessment& assessment);

}  // namespace jr::lca
