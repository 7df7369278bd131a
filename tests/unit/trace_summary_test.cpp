// Mean current, charge and duration of a whole trace: values by hand, and what their U is made of.
#include <doctest/doctest.h>

#include <cmath>

#include "rig/energy/trace_summary.hpp"

using namespace jr;

namespace {

/// One range of 1 uA a code; gain known to 1 %, the supply to 10 mV, time to 50 ppm.
EnergyModel one_range() {
  EnergyModel model;
  model.ranges = {{0, 1e-6, 0, 0, 0}};
  model.instrument = "ppk2:E1", model.bench = "record", model.run = "record-1";
  model.supply = {3.0};
  model.period_s = 1e-5;
  model.ambient.u_K = 0;
  Accuracy accuracy;
  accuracy.ranges = model.ranges;
  accuracy.coefficients.push_back({"gain:ppk2:E1:0", "gain, range 0", Distribution::normal, INFINITY, {{0, 0, 1e-8, 0, 0}}});
  accuracy.per_range.resize(1);
  accuracy.voltage_V = {0.01, Distribution::normal, INFINITY, "card"};
  accuracy.time_base = {50e-6, Distribution::normal, INFINITY, "card"};
  model.accuracy = accuracy;
  return model;
}

/// `n` samples whose codes go from 900 to 1100 and back: 1 mA in the mean, and no doubt about quantisation.
Moments around_one_mA(std::size_t n) {
  std::vector<std::uint16_t> codes(n);
  for (std::size_t i = 0; i < n; ++i) codes[i] = static_cast<std::uint16_t>(i % 2 ? 1100 : 900);
  return moments_of(codes, std::vector<std::uint8_t>(n, 0));
}

bool rests_on(const Statement& statement, const std::string& prefix) {
  for (const Source& source : statement.energy.sources)
    if (source.key.starts_with(prefix)) return true;
  return false;
}

}  // namespace

TEST_CASE("a second at 1 mA is 1 mC, and its U is that of the gain") {
  const TraceSummary trace = summarise_trace(one_range(), around_one_mA(100'000), 0);
  CHECK(trace.mean_current.value == doctest::Approx(1e-3));
  CHECK(trace.charge.value == doctest::Approx(1e-3));
  CHECK(trace.duration.value == doctest::Approx(1));
  REQUIRE(trace.mean_current.stated);
  CHECK(trace.mean_current.interval.U == doctest::Approx(1.96e-5).epsilon(1e-3));
  CHECK(trace.duration.interval.U == doctest::Approx(98e-6).epsilon(1e-3));
}

TEST_CASE("time cancels in a mean current and not in a charge; the supply's voltage is in neither") {
  const TraceSummary trace = summarise_trace(one_range(), around_one_mA(1000), 0);
  CHECK_FALSE(rests_on(trace.mean_current, "clock:"));
  CHECK(rests_on(trace.charge, "clock:"));
  CHECK_FALSE(rests_on(trace.mean_current, "voltage:"));
  CHECK_FALSE(rests_on(trace.charge, "voltage:"));
}

TEST_CASE("a voltage that nobody states withholds no U of a current that does not depend on it") {
  EnergyModel model = one_range();
  model.accuracy->voltage_V.standard = INFINITY;
  CHECK(summarise_trace(model, around_one_mA(1000), 0).mean_current.stated);
  model.ranges[0].s_A_per_V = 1e-6;
  CHECK_FALSE(summarise_trace(model, around_one_mA(1000), 0).mean_current.stated);
}

TEST_CASE("where the instrument's formula holds the voltage, its doubt is the slope's") {
  EnergyModel model = one_range();
  model.ranges[0].s_A_per_V = 1e-4;
  const Energy charge = charge_of(model, around_one_mA(1000));
  double u = 0;
  for (const Source& source : charge.sources)
    if (source.key.starts_with("voltage:")) u = source.u_J;
  CHECK(u == doctest::Approx(1e-4 * 0.01 * 1000 * 1e-5));
}

TEST_CASE("neither leads nor a burden in series change a charge") {
  EnergyModel model = one_range();
  const double alone = charge_of(model, around_one_mA(1000)).value.value;
  model.lead_ohm = 10, model.u_lead_ohm = 5, model.burden_in_series = true, model.ranges[0].burden_ohm = 50;
  const Energy charge = charge_of(model, around_one_mA(1000));
  CHECK(charge.value.value == alone);
  for (const Source& source : charge.sources) CHECK_FALSE(source.key.starts_with("lead:"));
}

TEST_CASE("lost samples count in the duration, are billed at the mean of the others, and widen U") {
  Moments moments = around_one_mA(90'000);
  const double U = summarise_trace(one_range(), moments, 0).mean_current.interval.U;
  moments.lost = 10'000;
  const TraceSummary trace = summarise_trace(one_range(), moments, 100);
  CHECK(trace.duration.value == doctest::Approx(1));
  CHECK(trace.charge.value == doctest::Approx(1e-3));
  CHECK(trace.mean_current.value == doctest::Approx(1e-3));
  CHECK(trace.mean_current.interval.U > 3 * U);
  CHECK(rests_on(trace.duration, "gaps:"));
}

TEST_CASE("without card and calibration there are values, and no U") {
  EnergyModel model = one_range();
  model.accuracy.reset();
  const TraceSummary trace = summarise_trace(model, around_one_mA(1000), 0);
  CHECK(trace.mean_current.value == doctest::Approx(1e-3));
  CHECK_FALSE(trace.mean_current.stated);
  CHECK_FALSE(trace.duration.stated);
}
