// Currents of the moment, through the meter's errors of the night, into integer moments.
// Truth is taken at the board's terminals, in closed form.
#include "tests/coverage/runs.hpp"

#include <cmath>
#include <stdexcept>
#include <utility>

namespace jr::coverage {
namespace {

constexpr double kSecondShare = 0.3;
constexpr std::size_t kIdleSamples = 5000;

/// The meter's errors of one night.
struct Night {
  double gain{}, offset_A[5]{};
};

Night draw_night(const Stand& stand, const Trouble& trouble, Dice& dice) {
  const double air_K = dice.even(kAirLimit_K);
  Night night;
  night.gain = stand.meter.tempco_per_K * trouble.tempco_factor * air_K;
  if (stand.calibrated) night.gain += dice.even(kPromise.drift_per_year * kAgeYears);
  for (std::size_t r = 0; r < 5; ++r) {
    night.offset_A[r] = stand.meter.offset_tempco_A_per_K[r] * trouble.tempco_factor * air_K;
    if (stand.calibrated)
      night.offset_A[r] += dice.even(kPromise.offset_drift_codes_per_year * kAgeYears) * kStep_A[r];
  }
  return night;
}

/// Moments of n samples about a mean code, with the noise of their sum and of their squares.
RangeMoments noisy(std::uint64_t n, double mean_code, Dice& dice) {
  const double sigma = kPromise.noise_codes, count = static_cast<double>(n);
  RangeMoments row;
  row.n = n;
  row.sum = static_cast<std::uint64_t>(
      std::llround(std::max(0.0, count * mean_code + std::sqrt(count) * sigma * dice.normal())));
  const double centred =
      sigma * sigma * std::max(0.0, count + std::sqrt(2 * count) * dice.normal());
  const auto sum = static_cast<long double>(row.sum);
  row.sum_of_squares =
      static_cast<std::uint64_t>(std::ceil(sum * sum / static_cast<long double>(n) + centred));
  return row;
}

class Recording {
 public:
  Recording(const Stand& stand, const Plan& plan, Dice& dice)
      : stand_(stand),
        plan_(plan),
        dice_(dice),
        night_(draw_night(stand, plan.trouble, dice)),
        supply_V_(kSupply_V + plan.trouble.supply_factor * stand.supply_error_V),
        meter_(stand.meter),
        window_s_(plan.window_s + (plan.any_length ? dice.unit() * kPeriod_s : 0)) {
    for (double& wave : meter_.wave) wave = plan.trouble.wave;
  }

  double power_W(double current_A) const {
    return supply_V_ * current_A - stand_.lead_ohm * current_A * current_A;
  }

  double window_s() const { return window_s_; }
  double second_A() const { return plan_.second->current_A * plan_.scale; }

  /// Energy of a window whose current is `factor` times the plan's.
  double energy_J(double factor) const {
    const double active_W = power_W(plan_.active.current_A * plan_.scale * factor);
    if (!plan_.second) return window_s_ * active_W;
    return window_s_ *
           ((1 - kSecondShare) * active_W + kSecondShare * power_W(second_A() * factor));
  }

  void add(Moments& moments, Level level, std::uint64_t n, double step = 0) {
    if (n == 0) return;
    const double code = code_of(meter_, level.range, level.current_A, supply_V_, night_.gain + step,
                                night_.offset_A[level.range]);
    const RangeMoments row = noisy(n, code, dice_);
    RangeMoments& into = moments.ranges[level.range];
    into.n += row.n, into.sum += row.sum, into.sum_of_squares += row.sum_of_squares;
  }

  Moments window(double factor, double step, std::uint64_t lost) {
    const double period_s = kPeriod_s * (1 + stand_.clock);
    // One phase of the grid for every instant. A line that is late by the same at both edges sees
    // the work from that late on, and as much idle behind it; one that is early the mirror image of
    // this.
    const double phase = dice_.unit(), late = std::fabs(stand_.latency_s) / period_s;
    const auto counted = [&](double instant) {
      return static_cast<std::uint64_t>(instant + phase);
    };
    const std::uint64_t end = counted(window_s_ / period_s);
    const std::uint64_t n = end - counted(late) - lost;
    Moments moments;
    moments.lost = lost;
    add(moments, plan_.idle, counted(window_s_ / period_s + late) - end, step);
    Level active{plan_.active.range, plan_.active.current_A * plan_.scale * factor};
    const auto second =
        plan_.second ? static_cast<std::uint64_t>(kSecondShare * static_cast<double>(n)) : 0u;
    add(moments, active, n - second, step);
    if (plan_.second) add(moments, {plan_.second->range, second_A() * factor}, second, step);
    return moments;
  }

  Piece idle_piece(std::uint64_t start, double step) {
    Piece piece;
    piece.window = {WindowLabel::idle, FoundBy::edges, start, start + kIdleSamples, 0, 0};
    add(piece.moments,
        {plan_.idle.range, plan_.idle.current_A * (1 + plan_.idle_scatter * dice_.normal())},
        kIdleSamples, step);
    return piece;
  }

 private:
  const Stand& stand_;
  const Plan& plan_;
  Dice& dice_;
  Night night_;
  double supply_V_;
  Meter meter_;
  double window_s_;
};

/// The board's own factors on its current, window by window, with mean `mean`.
struct BoardScatter {
  std::vector<double> factors;
  double mean{1};
};

BoardScatter board_scatter(const Plan& plan, Dice& dice) {
  const Trouble& t = plan.trouble;
  BoardScatter board;
  double before = dice.normal();
  for (std::size_t k = 0; k < plan.windows; ++k) {
    double z = dice.normal();
    if (t.heavy_tails)
      z /= std::sqrt(0.5 * (std::pow(dice.normal(), 2) + std::pow(dice.normal(), 2)));
    if (t.memory > 0 && k > 0) z = t.memory * before + std::sqrt(1 - t.memory * t.memory) * z;
    before = z;
    double factor = 1 + plan.repeatability * z;
    if (plan.windows > 1)
      factor += t.slope * (static_cast<double>(k) / static_cast<double>(plan.windows - 1) - 0.5);
    if (t.polluted_share > 0 && dice.unit() < t.polluted_share) factor += 0.05 * dice.exponential();
    board.factors.push_back(factor);
  }
  board.mean = 1 + 0.05 * t.polluted_share;
  return board;
}

/// The study's own inputs are sound; what the product refuses of them is a fault of either.
template <class T>
T granted(Result<T> result) {
  if (!result) throw std::runtime_error(result.error().message);
  return std::move(*result);
}

EnergyModel model_of(const Stand& stand, const std::string& night) {
  EnergyModel model;
  model.instrument = kNamed.kind + ":" + kNamed.serial;
  model.bench = "study";
  model.run = night;
  model.supply = {kSupply_V};
  model.period_s = kPeriod_s;
  model.lead_ohm = kLead_ohm;
  model.u_lead_ohm = kLeadU_ohm;
  model.ambient.u_K = kAirLimit_K / std::sqrt(3.0);
  model.accuracy = stand.accuracy;
  if (stand.calibrated) model.u_supply_V = kMeter_V;
  model.ranges = model.accuracy->ranges;
  return model;
}

}  // namespace

std::optional<Stand> draw_stand(Dice& dice, bool card_only) {
  Stand stand;
  stand.meter = draw_meter(dice);
  stand.supply_error_V = card_only ? dice.even(kPromise.voltage_V) : kMeter_V * dice.normal();
  stand.clock = dice.even(kPromise.clock);
  stand.latency_s = dice.even(kPromise.latency_s);
  stand.lead_ohm = kLead_ohm + kLeadU_ohm * dice.normal();
  if (card_only) {
    static const SpecCard card = granted(parse_spec_card(card_text(), "the study's card"));
    stand.accuracy =
        accuracy_of(card, stand.meter.own, kNamed.kind + ":" + kNamed.serial, kSupply_V);
    return stand;
  }
  const auto calibration = calibrated(stand.meter, dice, kAirOfCalibration_K * dice.normal());
  if (!calibration) return std::nullopt;
  stand.calibrated = true;
  stand.accuracy = granted(accuracy_of(*calibration, kNamed, kSupply_V, "2026-12-01"));
  return stand;
}

Run measured(const Stand& stand, const Plan& plan, const std::string& night, Dice& dice) {
  Recording recording(stand, plan, dice);
  const BoardScatter board = board_scatter(plan, dice);
  const auto lost =
      static_cast<std::uint64_t>(std::llround(plan.lost_share * plan.window_s / kPeriod_s));
  // What the lost samples held, over the mean of the others: anything from nothing to twice as
  // much.
  const double lost_J = lost == 0 ? 0 : plan.lost_share * dice.even(1) * recording.energy_J(1);
  Run run;
  run.model = model_of(stand, night);
  std::uint64_t ordinal = 0;
  for (std::size_t k = 0; k < plan.windows; ++k) {
    const double step = 2 * k >= plan.windows ? plan.trouble.step : 0;
    WindowGroup group;
    group.idle_before = plan.shared_idle && k > 0 ? run.groups.back().idle_after
                                                  : recording.idle_piece(ordinal, step);
    group.infer.moments = recording.window(board.factors[k], step, lost);
    group.infer.window.events = static_cast<std::uint64_t>(plan.events);
    ordinal += 100'000;
    group.idle_after = recording.idle_piece(ordinal, step);
    ordinal += 100'000;
    run.groups.push_back(std::move(group));
  }
  run.idle_W = recording.power_W(plan.idle.current_A);
  run.total_J = (recording.energy_J(board.mean) + lost_J) / plan.events;
  run.net_J = run.total_J - recording.window_s() * run.idle_W / plan.events;
  return run;
}

}  // namespace jr::coverage
