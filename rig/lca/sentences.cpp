// The honest sentences of a result: shares, what would be equal, what halving saves. Words around figures.
// Never rounds a small share to nothing and never says more than the figures.
#include <cmath>
#include <cstdio>

#include "rig/core/words.hpp"
#include "rig/lca/assessment.hpp"
#include "rig/lca/unit.hpp"

namespace jr::lca {
namespace {

std::string rounded(double value) { return digits(value, 3); }

std::string kg(double value) {
  const double size = std::abs(value);
  if (size == 0 || size >= 0.1) return rounded(value) + " kg";
  if (size >= 1e-4) return rounded(1e3 * value) + " g";
  return size >= 1e-7 ? rounded(1e6 * value) + " mg" : rounded(1e9 * value) + " \u00b5g";
}

std::string watt(double value) {
  const double size = std::abs(value);
  if (size >= 1 || size == 0) return rounded(value) + " W";
  if (size >= 1e-3) return rounded(1e3 * value) + " mW";
  return size >= 1e-6 ? rounded(1e6 * value) + " \u00b5W" : rounded(1e9 * value) + " nW";
}

std::string span(double seconds) {
  if (!std::isfinite(seconds)) return "for ever";
  if (seconds >= kSecondsPerYear) return rounded(seconds / kSecondsPerYear) + " years";
  if (seconds >= 86400) return rounded(seconds / 86400) + " days";
  return seconds >= 3600 ? rounded(seconds / 3600) + " h" : rounded(seconds) + " s";
}

std::string percent(double share) { return digits(100 * share, 2) + " %"; }

std::string about_use(const Assessment& a) {
  const Figures& figures = a.life_cycle.figures;
  const Feeding feeding = a.scenario.use.supply.feeding;
  if (feeding == Feeding::primary) return "Nothing is drawn from the grid: what the device uses comes in its primary cells, and is in their row.";
  if (feeding == Feeding::harvested) return "Nothing is drawn from the grid: the device lives on what it harvests.";
  return "Use is " + percent(a.insight.use_share) + " of the total: " + kg(figures[Row::use]) + " of " + kg(figures.total_kg) + ".";
}

std::string about_equal(const Assessment& a) {
  return "Use would equal everything else at a mean power of " + watt(*a.insight.equal_power_W) + "; the device takes " +
         watt(a.life_cycle.figures.power.lifetime_W) + ".";
}

std::string about_halving(const Assessment& a) {
  const Insight& in = a.insight;
  std::string text = std::string("Halving the ") + (in.halved_is_energy ? "energy of an inference" : "mean power") + " would save " +
                     kg(in.halved_total_kg) + " of " + kg(a.life_cycle.figures.total_kg) + " (" +
                     percent(a.life_cycle.figures.total_kg > 0 ? in.halved_total_kg / a.life_cycle.figures.total_kg : 0) + ")";
  if (a.scenario.battery) {
    const double count = a.life_cycle.figures.battery.count;
    text += in.halved_batteries > 0 ? ", and " + rounded(in.halved_batteries) + " of " + rounded(count) + " batteries"
                                    : ", and no battery of " + rounded(count);
  }
  return text + ".";
}

std::string about_battery(const Assessment& a) {
  const Battery& battery = *a.scenario.battery;
  const BatteryLife& life = a.life_cycle.figures.battery;
  std::string text = "The battery lasts " + span(life.charge_s) + (battery.chemistry.rechargeable ? " per charge" : "");
  if (battery.chemistry.rechargeable) text += std::isfinite(life.life_s) ? " and " + span(life.life_s) + " in all" : "";
  if (life.limited_by != BatteryLife::Limit::none) text += " (limited by its " + std::string(name_of(life.limited_by)) + ")";
  return text + "; over " + span(a.scenario.lifetime.value) + " the device takes " + rounded(life.count) + (life.count == 1 ? " battery" : " batteries") +
         (battery.counting == Counting::fractional ? ", as the mean of a fleet" : "") + ".";
}

std::string about_spread(const Assessment& a) {
  const Simulation& s = a.simulation;
  std::string text = "With every input drawn (" + std::to_string(s.draws) + " draws, seed " + std::to_string(s.seed) + ") the total lies between " +
                     kg(s.total_kg.quantiles.p2_5) + " and " + kg(s.total_kg.quantiles.p97_5) + " in 95 %";
  if (!s.contributions.empty())
    text += "; most of that is " + s.contributions.front().factor + " (" + digits(s.contributions.front().percent, 2) + " % of the variance)";
  return text + ".";
}

void add_rest(std::vector<std::string>& list, const Assessment& a) {
  const LifeCycle& life = a.life_cycle;
  if (life.per_inference_kg)
    list.push_back("One inference stands for " + kg(*life.per_inference_kg) + ", " + kg(*life.per_inference_use_kg) + " of it for the energy it takes.");
  if (life.offset && life.offset->break_even_s)
    list.push_back("What it avoids elsewhere pays for it after " + span(*life.offset->break_even_s) + ".");
  if (life.offset && !life.offset->break_even_s)
    list.push_back("What it avoids elsewhere never pays for it: its use alone costs as much.");
  if (life.sending)
    list.push_back("Inference on the device takes " + rounded(life.sending->on_device_J) + " J, sending instead " + rounded(life.sending->sending_J) +
                   " J for each event (network and cloud " + (life.sending->remote_counted ? "counted" : "not counted") + ").");
  if (life.harvested)
    list.push_back("The harvest allows " + rounded(life.harvested->a_day) + " inferences a day; a full capacitor alone holds " +
                   rounded(life.harvested->per_charge) + (life.harvested->one_fits ? "." : ", which is not enough for one."));
  if (const Event* event = a.scenario.use.functional(); event && life.harvested && event->rate.per_s.value * 86400 > life.harvested->a_day)
    list.push_back("The scenario asks for " + rounded(event->rate.per_s.value * 86400) +
                   " a day: more than that, so what it says of each inference and of the use is out of reach.");
  if (a.as_in_scenario)
    list.push_back("The scenario's own use stage is " + kg((*a.as_in_scenario)[Row::use]) + " (" + watt(a.as_in_scenario->power.average_W) +
                   "); measured it is " + kg(life.figures[Row::use]) + " (" + watt(life.figures.power.average_W) + ").");
}

}  // namespace

std::vector<std::string> sentences_of(const Assessment& a) {
  std::vector<std::string> list;
  if (a.simulated()) list.push_back("SIMULATED: run " + a.run->run + " is of a virtual bench; no board took this energy.");
  if (a.suspect()) list.push_back("SUSPECT: run " + a.run->run + (a.run->suspect_reason.empty() ? "." : ": " + a.run->suspect_reason + "."));
  list.push_back(about_use(a));
  if (a.insight.equal_power_W) list.push_back(about_equal(a));
  list.push_back(about_halving(a));
  list.push_back("10 % more energy would change the total by " + percent(a.insight.ten_percent_total) + ".");
  if (a.scenario.battery) list.push_back(about_battery(a));
  list.push_back(about_spread(a));
  add_rest(list, a);
  return list;
}

}  // namespace jr::lca
