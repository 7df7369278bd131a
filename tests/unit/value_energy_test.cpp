// Joules from values: closed forms for each kind of channel, doubts by the keys of codes, nothing stated unknown.
#include <doctest/doctest.h>

#include <cmath>

#include "calibration/spec_card.hpp"
#include "rig/energy/value_energy.hpp"

using namespace jr;

namespace {

constexpr double kPeriod_s = 1e-3;

EnergyModel plain_model() {
  EnergyModel model;
  model.instrument = "ppk2:S";
  model.bench = "imported";
  model.run = "imported-1";
  model.supply = {3.0};
  model.period_s = kPeriod_s;
  return model;
}

/// Two ranges, gains of 10 % and 1 %, offsets of 1 uA and 1 mA.
EnergyModel model_with_card() {
  EnergyModel model = plain_model();
  Accuracy accuracy;
  accuracy.ranges = {{0, 1, 0, 0, 0}, {0, 1, 0, 0, 0}};
  accuracy.coefficients = {{"gain:ppk2:S:0", "gain, range 0", Distribution::rectangular, INFINITY, {{0, 0, 0.1, 0, 0}}},
                           {"offset:ppk2:S:0", "offset, range 0", Distribution::rectangular, INFINITY, {{0, 1e-6, 0, 0, 0}}},
                           {"gain:ppk2:S:1", "gain, range 1", Distribution::rectangular, INFINITY, {{1, 0, 0.01, 0, 0}}},
                           {"offset:ppk2:S:1", "offset, range 1", Distribution::rectangular, INFINITY, {{1, 1e-3, 0, 0, 0}}}};
  accuracy.per_range.resize(2);
  accuracy.per_range[0].full_scale_A = 1e-3;
  accuracy.per_range[1].full_scale_A = 1.0;
  accuracy.voltage_V = {0.03, Distribution::rectangular, INFINITY, "a card"};
  accuracy.time_base = {1e-5, Distribution::rectangular, INFINITY, "a card"};
  model.accuracy = accuracy;
  return model;
}

ValuePiece piece_of(const EnergyModel& model, const std::vector<Quantity>& channels,
                    const std::vector<std::vector<double>>& values, std::uint64_t inferences = 10) {
  ValuePiece piece;
  piece.window = {WindowLabel::infer, FoundBy::edges, 0, values.front().size(), inferences, 0};
  add_values(piece.sums, values);
  if (model.accuracy) {
    RangeSorter sorter(model, channels);
    sorter.add(values);
    piece.shares = sorter.shares();
  }
  return piece;
}

double source_u(const Energy& energy, const std::string& key) {
  for (const Source& source : energy.sources)
    if (source.key == key) return source.u_J;
  return 0;
}

}  // namespace

TEST_CASE("the same second gives the same joules as current, as current and voltage, as power and as energy") {
  const EnergyModel model = plain_model();
  const std::size_t n = 1000;
  const auto energy = [&](const std::vector<Quantity>& channels, const std::vector<std::vector<double>>& values) {
    return energy_of_values(model, channels, piece_of(model, channels, values)).value.value;
  };
  const std::vector<double> i(n, 2e-3), v(n, 3.0), p(n, 6e-3), e(n, 6e-6);
  CHECK(energy({Quantity::current_A}, {i}) == doctest::Approx(6e-3));
  CHECK(energy({Quantity::current_A, Quantity::voltage_V}, {i, v}) == doctest::Approx(6e-3));
  CHECK(energy({Quantity::voltage_V, Quantity::current_A}, {v, i}) == doctest::Approx(6e-3));
  CHECK(energy({Quantity::power_W}, {p}) == doctest::Approx(6e-3));
  CHECK(energy({Quantity::energy_J}, {e}) == doctest::Approx(6e-3));
}

TEST_CASE("a voltage alone, two currents and no channel make no energy") {
  CHECK(!basis_of({Quantity::voltage_V}));
  CHECK(!basis_of({Quantity::current_A, Quantity::current_A}));
  CHECK(!basis_of({Quantity::power_W, Quantity::voltage_V}));
  CHECK(!basis_of({}));
}

TEST_CASE("missing and lost samples are billed at the mean power of the others, and doubted whole") {
  const EnergyModel model = model_with_card();
  std::vector<double> i(1000, 2e-3);
  i[10] = i[20] = NAN;
  ValuePiece piece = piece_of(model, {Quantity::current_A}, {i});
  piece.lost = 3;
  CHECK(energy_of_values(model, {Quantity::current_A}, piece).value.value == doctest::Approx(3.0 * 2e-3 * 1.003));
  const EnergySummary summary = summarise_values(model, {Quantity::current_A}, {5, piece});
  CHECK(summary.windows[0].lost_samples == 5);
  CHECK(summary.windows[0].duration_s == doctest::Approx(1.003));
  CHECK(source_u(summary.mean.energy, "gaps:imported-1") == doctest::Approx(summary.mean.value * 5 / 1003 / std::sqrt(3.0)));
}

TEST_CASE("gain is doubted of reading and offset by time, each in the range that held the current") {
  const EnergyModel model = model_with_card();
  std::vector<double> i(600, 0.5e-3);    // range 0
  i.insert(i.end(), 400, 5e-3);          // range 1
  const Energy energy = energy_of_values(model, {Quantity::current_A}, piece_of(model, {Quantity::current_A}, {i}));
  CHECK(source_u(energy, "gain:ppk2:S:0") == doctest::Approx(0.1 * 3.0 * 600 * 0.5e-3 * kPeriod_s));
  CHECK(source_u(energy, "gain:ppk2:S:1") == doctest::Approx(0.01 * 3.0 * 400 * 5e-3 * kPeriod_s));
  CHECK(source_u(energy, "offset:ppk2:S:0") == doctest::Approx(1e-6 * 3.0 * 600 * kPeriod_s));
  CHECK(source_u(energy, "offset:ppk2:S:1") == doctest::Approx(1e-3 * 3.0 * 400 * kPeriod_s));
  CHECK(source_u(energy, "voltage:ppk2:S:3.000") == doctest::Approx(energy.value.value / 3.0 * 0.03));
  CHECK(source_u(energy, "clock:ppk2:S") == doctest::Approx(energy.value.value * 1e-5));
}

TEST_CASE("power and energy channels are sorted into ranges by the current that they mean") {
  const EnergyModel model = model_with_card();
  const std::vector<double> p(1000, 3.0 * 0.5e-3), e(1000, 3.0 * 5e-3 * kPeriod_s);
  CHECK(source_u(energy_of_values(model, {Quantity::power_W}, piece_of(model, {Quantity::power_W}, {p})), "gain:ppk2:S:1") == 0);
  CHECK(source_u(energy_of_values(model, {Quantity::energy_J}, piece_of(model, {Quantity::energy_J}, {e})), "gain:ppk2:S:1") > 0);
}

TEST_CASE("without an accuracy there is a value, its scatter, and no U") {
  const EnergyModel model = plain_model();
  std::vector<ValuePiece> pieces;
  for (const double level : {1.0, 1.1, 0.9, 1.05, 0.95})
    pieces.push_back(piece_of(model, {Quantity::power_W}, {std::vector<double>(100, level)}));
  const EnergySummary summary = summarise_values(model, {Quantity::power_W}, pieces);
  CHECK(!summary.mean.stated);
  CHECK(summary.mean.value == doctest::Approx(0.01));
  CHECK(summary.median.value == doctest::Approx(0.01));
  CHECK(summary.spread.standard_error_J > 0);
  CHECK(summary.budget.empty());
  CHECK(!summary.idle_known);
  CHECK(std::isnan(summary.windows[0].charge_C));
}

TEST_CASE("four windows are stated without U although a card applies, five with it") {
  const EnergyModel model = model_with_card();
  const ValuePiece piece = piece_of(model, {Quantity::current_A}, {std::vector<double>(100, 1e-4)});
  CHECK(!summarise_values(model, {Quantity::current_A}, std::vector<ValuePiece>(4, piece)).mean.stated);
  const EnergySummary five = summarise_values(model, {Quantity::current_A}, std::vector<ValuePiece>(5, piece));
  CHECK(five.mean.stated);
  CHECK(five.mean.interval.U > 0);
  CHECK(!five.budget.empty());
}

TEST_CASE("an instrument whose supply nobody knows has no U for its energies") {
  EnergyModel model = model_with_card();
  const ValuePiece piece = piece_of(model, {Quantity::energy_J}, {std::vector<double>(100, 1e-6)});
  model.supply = {0};
  CHECK(!summarise_values(model, {Quantity::energy_J}, std::vector<ValuePiece>(5, piece)).mean.stated);
}
