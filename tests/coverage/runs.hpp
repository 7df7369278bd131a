// One simulated run on one simulated bench: the moments a rig would have stored, and the truth
// behind them. Never computes a joule from a code: that is the product's part.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "rig/energy/summary.hpp"
#include "tests/coverage/world.hpp"

namespace jr::coverage {

/// What stays the same from night to night.
struct Stand {
  Meter meter;
  bool calibrated{};  ///< false: the card alone, and the meter's own coefficients
  Accuracy accuracy;
  double supply_error_V{}, clock{}, latency_s{}, lead_ohm{};
};

/// Everything of a bench but its calibration is drawn; then it is calibrated unless `card_only`.
/// Absent when the calibration was refused.
std::optional<Stand> draw_stand(Dice& dice, bool card_only);

/// A level of current in one range of the meter.
struct Level {
  std::size_t range{};
  double current_A{};
};

/// How a bench breaks what the product assumes. All zero: it does not.
struct Trouble {
  double wave{};    ///< non-linearity that came after calibration, relative at full scale
  double memory{};  ///< correlation of a window's board scatter with that of the window before
  double tempco_factor{1};  ///< true coefficient over the card's limit
  double supply_factor{1};  ///< the same of the supply's error
  bool heavy_tails{};       ///< the board's scatter is Student's with 2 degrees of freedom
  double step{};            ///< of the meter's gain in the middle of the run, relative
  double slope{};           ///< of the board's energy from the first window to the last, relative
  double polluted_share{};  ///< of the windows, which cost exp(5 %) more
};

struct Plan {
  std::size_t windows{20};
  double repeatability{};  ///< relative standard deviation of a window of this board
  Level active{3, 60e-3}, idle{2, 6e-3};
  std::optional<Level> second;  ///< for 30 % of each window
  double window_s{0.3}, events{10};
  bool any_length{};  ///< up to one sample more, drawn for each run: not a whole number of them
  double idle_scatter{0.002};  ///< relative, from piece to piece
  bool shared_idle{};          ///< neighbours share the piece between them
  double lost_share{};         ///< of each window's samples
  double scale{1};             ///< of the active current: another firmware
  Trouble trouble;
};

struct Run {
  EnergyModel model;
  std::vector<WindowGroup> groups;
  double total_J{}, net_J{},
      idle_W{};  ///< truth, per inference; expectation over the board's scatter
};

/// `night` names the run; air and drift are drawn anew for it.
Run measured(const Stand& stand, const Plan& plan, const std::string& night, Dice& dice);

}  // namespace jr::coverage
