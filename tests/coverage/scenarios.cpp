// The list of benches, and the product asked about each of them.
// Never looks at a truth before the product has answered.
#include "tests/coverage/scenarios.hpp"

#include <cmath>

namespace jr::coverage {
namespace {

constexpr double kOtherFirmware = 0.93;
const Level kRange1{1, 3e-3}, kRange2{2, 30e-3}, kRange3{3, 150e-3}, kRange4{4, 0.5};
const Level kSleep1{1, 0.4e-3}, kIdle2{2, 8e-3}, kIdle3{3, 60e-3};

Plan plan(std::size_t windows, double repeatability, Level active, Level idle) {
  Plan p;
  p.windows = windows, p.repeatability = repeatability, p.active = active, p.idle = idle;
  return p;
}

Plan with(Plan p, void (*change)(Plan&)) {
  change(p);
  return p;
}

void add_sound(std::vector<Scenario>& all) {
  using enum Quantity;
  all.push_back({"one window of 20 ms: noise and edges", total,
                 with(plan(1, 0, kRange2, kSleep1),
                      [](Plan& p) { p.window_s = 20e-3, p.events = 1, p.any_length = true; })});
  all.push_back({"total, N 5, board 0.02 %, range 3", total, plan(5, 2e-4, kRange3, kIdle2)});
  all.push_back({"total, N 5, board 0.4 %, range 2", total, plan(5, 4e-3, kRange2, kSleep1)});
  all.push_back({"total, N 5, board 2 %, range 2", total, plan(5, 2e-2, kRange2, kSleep1)});
  all.push_back({"total, N 20, board 0.02 %, range 1", total, plan(20, 2e-4, kRange1, kSleep1)});
  all.push_back({"total, N 20, board 0.4 %, range 2", total, plan(20, 4e-3, kRange2, kIdle2)});
  all.push_back({"total, N 20, board 0.4 %, range 4", total, plan(20, 4e-3, kRange4, kIdle3)});
  all.push_back({"total, N 100, board 0.1 %, range 3", total, plan(100, 1e-3, kRange3, kIdle2)});
  all.push_back({"total, N 100, board 2 %, range 2", total, plan(100, 2e-2, kRange2, kSleep1)});
  all.push_back({"total, N 20, board 0.2 %, ranges 2 and 3", total,
                 with(plan(20, 2e-3, kRange2, kSleep1), [](Plan& p) { p.second = kRange3; })});
  all.push_back({"median, N 20, board 0.4 %, range 2", median, plan(20, 4e-3, kRange2, kSleep1)});
  all.push_back({"net, N 5, board 0.4 %, one range", net, plan(5, 4e-3, kRange2, kIdle2)});
  all.push_back({"net, N 20, board 0.1 %, idle shared by neighbours", net,
                 with(plan(20, 1e-3, kRange2, kIdle2),
                      [](Plan& p) { p.shared_idle = true, p.idle_scatter = 0.02; })});
  all.push_back({"idle power, N 20, range 1", idle_power,
                 with(plan(20, 1e-3, kRange2, kSleep1), [](Plan& p) { p.idle_scatter = 0.01; })});
  all.push_back(
      {"ratio of two firmwares, N 5, board 0.4 %", ratio, plan(5, 4e-3, kRange2, kSleep1)});
  all.push_back(
      {"ratio of two firmwares, N 20, board 0.02 %", ratio, plan(20, 2e-4, kRange3, kIdle2)});
  all.push_back({"difference across two nights, N 20, board 0.02 %", difference,
                 plan(20, 2e-4, kRange2, kSleep1)});
  all.push_back({"total, N 20, board 0.02 %, 0.05 % lost in each window", total,
                 with(plan(20, 2e-4, kRange2, kSleep1), [](Plan& p) { p.lost_share = 5e-4; })});
}

void add_cards(std::vector<Scenario>& all) {
  using enum Quantity;
  all.push_back(
      {"spec card alone: total, N 5, board 0.4 %", total, plan(5, 4e-3, kRange2, kSleep1), true});
  all.push_back({"spec card alone: total over two ranges, N 20", total,
                 with(plan(20, 4e-3, kRange2, kSleep1),
                      [](Plan& p) {
                        p.second = {3, 40e-3};
                      }),
                 true});
  all.push_back(
      {"spec card alone: net, N 20, two ranges", net, plan(20, 4e-3, kRange3, kIdle2), true});
  all.push_back({"spec card alone: ratio of two firmwares, N 20, board 0.4 %", ratio,
                 plan(20, 4e-3, kRange2, kSleep1), true});
}

void add_troubled(std::vector<Scenario>& all) {
  using enum Quantity;
  const auto put = [&](const char* name, Demand demand, Plan p, Trouble trouble) {
    p.trouble = trouble;
    all.push_back({name, total, p, false, demand});
  };
  const Plan twenty = plan(20, 1e-3, kRange2, kSleep1), hundred = plan(100, 1e-3, kRange2, kSleep1);
  put("drifting board: 1 % from first window to last, N 20", Demand::at_least_92, twenty,
      {.slope = 0.01});
  put("3 % of windows polluted by exp(5 %), N 20", Demand::none, twenty, {.polluted_share = 0.03});
  put("3 % of windows polluted by exp(5 %), N 100", Demand::none, hundred,
      {.polluted_share = 0.03});
  put("3 % of windows polluted by exp(5 %), N 400", Demand::at_least_92,
      with(hundred, [](Plan& p) { p.windows = 400; }), {.polluted_share = 0.03});
  put("non-linear beyond the card: 0.05 % of full scale", Demand::none, twenty, {.wave = 5e-4});
  put("the board's scatter remembers: correlation 0.8, N 20, board 0.4 %", Demand::none,
      plan(20, 4e-3, kRange2, kSleep1), {.memory = 0.8});
  put("temperature coefficient twice the card's", Demand::none, twenty, {.tempco_factor = 2});
  put("supply voltage off by three times its limit", Demand::none, twenty, {.supply_factor = 3});
  put("heavy tails (t of 2), N 5, board 0.4 %", Demand::none, plan(5, 4e-3, kRange2, kSleep1),
      {.heavy_tails = true});
  put("a step of 0.3 % in the meter's gain in mid-run", Demand::none, twenty, {.step = 3e-3});
}

/// Those in whose budget the most different terms weigh.
void mark_for_leaving_out(std::vector<Scenario>& all) {
  for (Scenario& scenario : all)
    for (const char* part : {"one window", "N 5, board 0.02 %, range 3", "total, N 5, board 0.4 %",
                             "board 0.02 %, range 1", "board 0.4 %, range 4", "idle shared",
                             "across two nights", "lost in each window"})
      scenario.leave_out = scenario.leave_out || scenario.name.find(part) != std::string::npos;
}

}  // namespace

std::vector<Scenario> scenarios() {
  std::vector<Scenario> all;
  add_sound(all);
  mark_for_leaving_out(all);
  add_cards(all);
  add_troubled(all);
  return all;
}

Answer answer(const Scenario& scenario, const Stand& stand, Dice& dice) {
  Answer a;
  a.run = measured(stand, scenario.plan, "night-1", dice);
  switch (scenario.quantity) {
    case Quantity::total:
      a.statement = mean_energy(a.run.model, a.run.groups, "total");
      a.truth = a.run.total_J;
      return a;
    case Quantity::net:
      a.statement = mean_net_energy(a.run.model, a.run.groups, "net");
      a.truth = a.run.net_J;
      return a;
    case Quantity::median:
      a.statement = summarise(a.run.model, a.run.groups).median;
      a.truth = a.run.total_J;
      return a;
    case Quantity::idle_power:
      a.statement = summarise(a.run.model, a.run.groups).idle_power;
      a.truth = a.run.idle_W;
      return a;
    case Quantity::ratio:
    case Quantity::difference:
      break;
  }
  Plan other = scenario.plan;
  other.scale = kOtherFirmware;
  const Run second = measured(stand, other, "night-2", dice);
  const Statement one = mean_energy(a.run.model, a.run.groups, "total");
  const Statement two = mean_energy(second.model, second.groups, "total");
  const bool ratio = scenario.quantity == Quantity::ratio;
  a.statement = ratio ? ratio_of(one, two) : difference_of(one, two);
  a.truth = ratio ? a.run.total_J / second.total_J : a.run.total_J - second.total_J;
  return a;
}

std::vector<Omission> omissions() {
  return {
      {"nothing: the product", {}, false, 0},
      {"the reference's own errors", {"reference:"}, false, 0},
      {"scatter and curvature of the fit", {"fit:", "misfit:"}, false, 0},
      {"voltage", {"voltage:"}, false, 0},
      {"lead resistance", {"lead:"}, false, 0},
      {"temperature",
       {"temperature:", "tempco:", "offset-temperature:", "offset-tempco:"},
       false,
       0},
      {"drift", {"drift:", "offset-drift:"}, false, 0},
      {"time base", {"clock:"}, false, 0},
      {"edges", {"lines:", "grid:", "debounce:"}, false, 0},
      {"lost samples", {"gaps:"}, false, 0},
      {"repeatability", {"repeatability:"}, false, 0},
      {"everything but repeatability, s over root N", {"repeatability:"}, true, 0},
      {"nothing, but k = 2 always", {}, false, 2},
  };
}

double half_width_without(const Omission& omission, const std::vector<Source>& sources) {
  std::vector<Source> left;
  double variance = 0;
  for (const Source& source : sources) {
    bool named = false;
    for (const std::string& prefix : omission.prefixes)
      named = named || source.key.starts_with(prefix);
    if (named != omission.keep_only) continue;
    left.push_back(source);
    variance += source.u_J * source.u_J;
  }
  return omission.fixed_k > 0 ? omission.fixed_k * std::sqrt(variance)
                              : coverage_interval(left, 0.95).U;
}

}  // namespace jr::coverage
