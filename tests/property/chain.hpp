// The measuring chain in one process and in virtual time: virtual PPK2, decoder, windows, energy,
// beside the truth. Never opens a port, starts a thread or reads a clock.
#pragma once

#include <cstdint>
#include <vector>

#include "calibration/calibration.hpp"
#include "fixtures/sim/history.hpp"
#include "fixtures/sim/ledger.hpp"
#include "fixtures/sim/monitors/ppk2.hpp"
#include "rig/capture/recorder.hpp"
#include "rig/energy/summary.hpp"
#include "rig/run/window_cutter.hpp"

namespace jr::test {

/// A piece of an inference: the board is in one state.
struct Phase {
  sim::BoardState state{sim::BoardState::active};
  double duration_s{};
};

/// What the board does, what stands around it and what hides in the instrument.
struct ChainScript {
  std::uint64_t seed{1};  ///< of modifiers, hidden errors, noise and the phase of every edge
  double supply_V{3.3};
  sim::SupplyNetwork network{0.15, 10e-6};  ///< as the leads really are
  sim::StateCurrents currents{
      .off = 0, .reset = 0.012, .active = 0.0205, .idle = 0.0081, .sleep = 120e-6};
  sim::BoardState between{sim::BoardState::idle};  ///< state outside MARK
  std::vector<Phase> inference{{sim::BoardState::active, 0.02}};
  std::uint64_t inferences{10};  ///< in each window
  int windows{5};
  sim::Ppk2Limits hidden{};
  std::vector<sim::Ppk2Loss> losses;

  double idle_s{0.05};
  double guard_s{0.0002};
  double lead_ohm{0.15};  ///< as the bench file states them
  double u_lead_ohm{0.05};
};

/// The spec card behind the chain's uncertainties.
SpecCard card_of_the_chain();

/// Errors as `fixtures/benches/sim.toml` allows them.
sim::Ppk2Limits limits_of_the_default_bench();

struct ChainOutcome {
  EnergyModel model;
  std::vector<SampleBlock> blocks;  ///< as the reader would hand them on
  SampleBlock samples;              ///< all of them joined
  std::vector<Gap> gaps;
  std::vector<InferTrace> traces;
  std::vector<CutWindow> cuts;
  std::vector<WindowGroup> groups;
  EnergySummary summary;
  std::vector<sim::WindowTruth> truth;  ///< one a window
  double idle_power_W{};                ///< true mean between the windows
  std::uint64_t inferences{};
  std::uint64_t sent{}, lost{};  ///< by the instrument's own count

  double true_J() const;  ///< mean energy per inference at the board's terminals
  double relative_error() const { return summary.mean.value / true_J() - 1; }
};

/// Runs the script from power-on to the summary. A window that the cutter refuses, or a chain that
/// does not hold together, throws std::runtime_error: no test here wants one.
ChainOutcome run_chain(const ChainScript& script);

}  // namespace jr::test
