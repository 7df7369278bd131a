// The benches that the study simulates, and how often the stated intervals held the truth on them.
// Never tuned to an outcome: limits are three standard errors of a count.
#pragma once

#include <array>
#include <cstdint>
#include <functional>
#include <string>
#include <vector>

#include "tests/coverage/runs.hpp"

namespace jr::coverage {

inline constexpr std::array kCoverages{0.68, 0.95, 0.99};

/// What a scenario must reach.
enum class Demand {
  nominal,      ///< 68, 95 and 99 %, each within three standard errors
  at_least_92,  ///< the 95 % interval
  none          ///< published as it is
};

enum class Quantity { total, net, median, idle_power, ratio, difference };

struct Scenario {
  std::string name;
  Quantity quantity{Quantity::total};
  Plan plan;
  bool card_only{};
  Demand demand{Demand::nominal};
  bool leave_out{};  ///< terms of its budget are left out in turn
};

std::vector<Scenario> scenarios();

/// One bench's answer, and what it should have been.
struct Answer {
  Statement statement;
  double truth{};
  Run run;  ///< of the first night
};
Answer answer(const Scenario& scenario, const Stand& stand, Dice& dice);

/// Sources left out of a budget, by the beginnings of their keys; or a way of stating it that
/// others use.
struct Omission {
  std::string name;
  std::vector<std::string> prefixes;
  bool keep_only{};  ///< only these are kept
  double
      fixed_k{};  ///< U = this times u, whatever the degrees of freedom; 0: the product's interval
};
std::vector<Omission> omissions();
/// U at 95 % of what is left.
double half_width_without(const Omission& omission, const std::vector<Source>& sources);

struct Tally {
  std::uint64_t benches{}, refused{};
  std::array<std::uint64_t, 3> inside{};
  double errors{}, squares{}, widths{};       ///< sums: of errors, their squares, and U at 95 %
  std::vector<std::uint64_t> inside_without;  ///< by omission, at 95 %
  std::uint64_t cautioned{};                  ///< runs whose page asks for more windows
  std::uint64_t held_or_cautioned{};          ///< those, and where the 95 % interval held the truth
  double worst_monte_carlo{};                 ///< largest |u / u of JCGM 101 - 1|

  double part(std::uint64_t count) const { return static_cast<double>(count) / static_cast<double>(benches); }
  double share(std::size_t coverage) const { return part(inside[coverage]); }
  double standard() const;  ///< of the errors
  double bias() const { return errors / static_cast<double>(benches); }
  double mean_width() const { return widths / static_cast<double>(benches); }
};

struct Study {
  std::uint64_t benches{10000}, seed{20261123}, monte_carlo_benches{2}, trials{10000};
};

/// Runs every scenario on `benches` benches; `progress` is told after each hundredth.
std::vector<Tally> run_study(const Study& study, const std::vector<Scenario>& all,
                             const std::function<void(double)>& progress);

/// Three standard errors of a share at this number of benches.
double tolerance(double coverage, std::uint64_t benches);
/// Sentences about what a scenario missed; empty when it kept its demand.
std::vector<std::string> missed(const Scenario& scenario, const Tally& tally);

std::string markdown(const Study& study, const std::vector<Scenario>& all,
                     const std::vector<Tally>& tallies);
std::string json(const Study& study, const std::vector<Scenario>& all,
                 const std::vector<Tally>& tallies);

}  // namespace jr::coverage
