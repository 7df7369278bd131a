// A measured run in a small mains-fed device, made by hand, for the tests of exports.
// Nothing here is under test.
#pragma once

#include "rig/lca/export_subject.hpp"
#include "rig/lca/measured_use.hpp"
#include "tests/unit/lca_example.hpp"

namespace jr::lca {

/// Energy with a shared gain error and one of its own, u in all as given; sleep power with the same gain error.
inline std::vector<ExportSubject> one_subject(double energy_J, double u_J) {
  MeasuredUse use;
  use.run.run = "kept-7";
  use.run.bench = "desk";
  use.run.board = "board X";
  use.run.model = "kws01";
  use.run.date = "2026-01-15";
  use.run.firmware_sha256 = std::string(64, 'a');
  use.run.U_stated = true;
  use.run.energy_per_inference_J = energy_J;
  use.events.push_back({"infer", Energy{{energy_J}, {{"gain", 0.6 * u_J}, {"scatter:kept-7", 0.8 * u_J}}}, Energy{{0.01}, {}}, {}});
  use.sleep = Energy{{5e-6}, {{"gain", 0.6 * u_J / energy_J * 5e-6}, {"offset:sleep", 1e-8}}};
  Scenario scenario = small();
  scenario.name = "small";
  scenario.title = "a small device";
  scenario.functional_unit = "one device";
  scenario.boundary = "cradle to grave";
  scenario.method = "GWP100";
  scenario.grid.place = "Germany";
  scenario.grid.year = 2024;
  scenario.use.supply.mains_efficiency = in("mains efficiency", 0.8, "1");
  const auto filled = with_measured(scenario, use, in("rate of inference", 1, "1/s"), {});
  ExportSubject subject;
  subject.assessment = *assess(*filled, use.run, 100);
  subject.record = RunRecord{"host/desk/kept-7/1768469400000", 1'768'469'400'000, "Board X.", "5 windows.", "Calibration c1.", "JouleRig 0.0."};
  return {subject};
}

}  // namespace jr::lca
