// Counts, limits and tables. Every stand serves all scenarios; each scenario has dice of its own,
// so that one more scenario changes no number of the others.
#include <algorithm>
#include <cmath>
#include <sstream>

#include "rig/energy/monte_carlo.hpp"
#include "tests/coverage/scenarios.hpp"

namespace jr::coverage {
namespace {

constexpr double kMonteCarloLimit = 0.03;

/// What the page of that run would say of its windows.
bool asks_for_more(const Run& run) {
  std::vector<double> values_J;
  for (const WindowGroup& group : run.groups)
    values_J.push_back(integrate(run.model, group.infer.moments).energy_J / static_cast<double>(group.infer.window.events));
  return !spread_of_windows(values_J).caution.empty();
}

void count(Tally& tally, const Scenario& scenario, const Answer& a) {
  const double error = a.statement.value - a.truth;
  const auto& sources = a.statement.energy.sources;
  ++tally.benches;
  tally.errors += error;
  tally.squares += error * error;
  const bool cautioned = asks_for_more(a.run);
  tally.cautioned += cautioned;
  for (std::size_t c = 0; c < kCoverages.size(); ++c) {
    const double U = coverage_interval(sources, kCoverages[c]).U;
    tally.inside[c] += std::fabs(error) <= U;
    if (kCoverages[c] != 0.95) continue;
    tally.widths += U;
    tally.held_or_cautioned += cautioned || std::fabs(error) <= U;
  }
  if (!scenario.leave_out) return;
  const std::vector<Omission> left_out = omissions();
  tally.inside_without.resize(left_out.size());
  for (std::size_t k = 0; k < left_out.size(); ++k)
    tally.inside_without[k] += std::fabs(error) <= half_width_without(left_out[k], sources);
}

/// Total and net have a model to be moved; the others are drawn from their budgets.
MonteCarlo second_opinion(const Scenario& scenario, const Answer& a, std::uint64_t trials) {
  const bool net = scenario.quantity == Quantity::net;
  if (scenario.quantity == Quantity::total || net)
    return monte_carlo(a.run.model, a.run.groups, net, a.statement.energy, trials);
  return monte_carlo(a.statement.energy, trials);
}

std::string percent(double share, int digits = 1) {
  std::ostringstream text;
  text.setf(std::ios::fixed);
  text.precision(digits);
  text << 100 * share;
  return text.str();
}

std::string number(double x, int digits) {
  std::ostringstream text;
  text.setf(std::ios::fixed);
  text.precision(digits);
  text << x;
  return text.str();
}

const char* demand_of(const Scenario& scenario) {
  switch (scenario.demand) {
    case Demand::nominal:
      return "nominal";
    case Demand::at_least_92:
      return ">= 92 % at 95 %";
    case Demand::none:
      return "published";
  }
  return "";
}

}  // namespace

double Tally::standard() const {
  const auto n = static_cast<double>(benches);
  return std::sqrt(std::max(0.0, squares / n - bias() * bias()));
}

double tolerance(double coverage, std::uint64_t benches) {
  return 3 * std::sqrt(coverage * (1 - coverage) / static_cast<double>(benches));
}

std::vector<Tally> run_study(const Study& study, const std::vector<Scenario>& all,
                             const std::function<void(double)>& progress) {
  std::vector<Tally> tallies(all.size());
  for (std::uint64_t bench = 0; bench < study.benches; ++bench) {
    Dice stand_dice(study.seed, 2 * bench), card_dice(study.seed, 2 * bench + 1);
    std::optional<Stand> calibrated;
    std::uint64_t refused = 0;
    while (!(calibrated = draw_stand(stand_dice, false))) ++refused;
    const std::optional<Stand> card = draw_stand(card_dice, true);
    for (std::size_t s = 0; s < all.size(); ++s) {
      Dice dice(study.seed + 1 + s, bench);
      tallies[s].refused += all[s].card_only ? 0 : refused;
      const Answer a = answer(all[s], all[s].card_only ? *card : *calibrated, dice);
      count(tallies[s], all[s], a);
      if (bench >= study.monte_carlo_benches || all[s].demand != Demand::nominal) continue;
      const MonteCarlo opinion = second_opinion(all[s], a, study.trials);
      tallies[s].worst_monte_carlo =
          std::max(tallies[s].worst_monte_carlo, std::fabs(opinion.u / opinion.budget_u - 1));
    }
    if (bench % std::max<std::uint64_t>(1, study.benches / 100) == 0)
      progress(static_cast<double>(bench) / static_cast<double>(study.benches));
  }
  return tallies;
}

std::vector<std::string> missed(const Scenario& scenario, const Tally& tally) {
  std::vector<std::string> sentences;
  if (scenario.demand == Demand::at_least_92 &&
      tally.share(1) < 0.92 - tolerance(0.92, tally.benches) / 3)
    sentences.push_back(scenario.name + ": " + percent(tally.share(1)) +
                        " % instead of at least 92 %");
  if (scenario.demand != Demand::nominal) return sentences;
  for (std::size_t c = 0; c < kCoverages.size(); ++c)
    if (std::fabs(tally.share(c) - kCoverages[c]) > tolerance(kCoverages[c], tally.benches))
      sentences.push_back(scenario.name + ": " + percent(tally.share(c), 2) + " % instead of " +
                          percent(kCoverages[c], 0) + " +- " +
                          percent(tolerance(kCoverages[c], tally.benches), 2) + " %");
  if (tally.worst_monte_carlo > kMonteCarloLimit)
    sentences.push_back(scenario.name + ": u differs from Monte Carlo's by " +
                        percent(tally.worst_monte_carlo) + " %");
  return sentences;
}

std::string markdown(const Study& study, const std::vector<Scenario>& all,
                     const std::vector<Tally>& tallies) {
  std::ostringstream text;
  text << "Inside the interval, per cent of " << study.benches << " benches (seed " << study.seed
       << ").\n\n"
       << "| bench | 68 % | 95 % | 99 % | U(95 %) / sd of the errors | bias / sd | u against Monte "
          "Carlo | asks for more windows | that, or holds at 95 % | demand |\n"
       << "|---|---|---|---|---|---|---|---|---|---|\n";
  for (std::size_t s = 0; s < all.size(); ++s) {
    const Tally& t = tallies[s];
    text << "| " << all[s].name << " | " << percent(t.share(0)) << " | " << percent(t.share(1))
         << " | " << percent(t.share(2), 2) << " | " << number(t.mean_width() / t.standard(), 2)
         << " | " << number(t.bias() / t.standard(), 2) << " | " << percent(t.worst_monte_carlo)
         << " % | " << percent(t.part(t.cautioned)) << " | " << percent(t.part(t.held_or_cautioned)) << " | " << demand_of(all[s]) << (missed(all[s], t).empty() ? "" : " (missed)")
         << " |\n";
  }
  text << "\nWhat the 95 % interval covers when something is left out of the budget:\n\n| left out "
          "|";
  std::vector<std::size_t> shown;
  for (std::size_t s = 0; s < all.size(); ++s)
    if (!tallies[s].inside_without.empty()) shown.push_back(s);
  for (const std::size_t s : shown) text << " " << s + 1 << " |";
  text << "\n|---|";
  for (std::size_t i = 0; i < shown.size(); ++i) text << "---|";
  const std::vector<Omission> left_out = omissions();
  for (std::size_t k = 0; k < left_out.size(); ++k) {
    text << "\n| " << left_out[k].name << " |";
    for (const std::size_t s : shown)
      text << " "
           << percent(tallies[s].part(tallies[s].inside_without[k]))
           << " |";
  }
  text << "\n\nColumns are the rows of the first table. Refused calibrations, drawn again: "
       << tallies.front().refused << ".\n";
  return text.str();
}

std::string json(const Study& study, const std::vector<Scenario>& all,
                 const std::vector<Tally>& tallies) {
  std::ostringstream text;
  text.precision(17);
  text << "{\"benches\": " << study.benches << ", \"seed\": " << study.seed << ", \"scenarios\": [";
  const std::vector<Omission> left_out = omissions();
  for (std::size_t s = 0; s < all.size(); ++s) {
    const Tally& t = tallies[s];
    text << (s ? ",\n" : "\n") << "{\"name\": \"" << all[s].name << "\", \"demand\": \""
         << demand_of(all[s]) << "\", \"kept\": " << (missed(all[s], t).empty() ? "true" : "false")
         << ", \"inside_68\": " << t.share(0) << ", \"inside_95\": " << t.share(1)
         << ", \"inside_99\": " << t.share(2)
         << ", \"width_over_sd\": " << t.mean_width() / t.standard()
         << ", \"bias_over_sd\": " << t.bias() / t.standard()
         << ", \"monte_carlo_difference\": " << t.worst_monte_carlo
         << ", \"asks_for_more\": " << t.part(t.cautioned)
         << ", \"holds_or_asks\": " << t.part(t.held_or_cautioned) << ", \"without\": {";
    for (std::size_t k = 0; k < t.inside_without.size(); ++k)
      text << (k ? ", " : "") << "\"" << left_out[k].name
           << "\": " << t.part(t.inside_without[k]);
    text << "}}";
  }
  text << "\n]}\n";
  return text.str();
}

}  // namespace jr::coverage
