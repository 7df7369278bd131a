// Mean power of a device from what was measured: sleep, and how often each event takes how much.
// Never takes an energy above idle for a total one: the types do not allow it.
#pragma once

#include <array>
#include <optional>
#include <string>
#include <vector>

#include "rig/core/energy.hpp"
#include "rig/core/result.hpp"
#include "rig/lca/grid.hpp"
#include "rig/lca/input.hpp"
#include "rig/lca/supply.hpp"

namespace jr::lca {

/// Everything that flowed during an event, base power included. J.
class TotalEnergy {
 public:
  explicit TotalEnergy(Input joules) : joules_(std::move(joules)) {}
  const Input& joules() const { return joules_; }
  Input& joules() { return joules_; }

 private:
  Input joules_;
};

/// What an event took above idle. It has no place in a mean power: the base would be missing.
class MarginalEnergy {
 public:
  explicit MarginalEnergy(Input joules) : joules_(std::move(joules)) {}
  const Input& joules() const { return joules_; }

 private:
  Input joules_;
};
/// The one way from one to the other: E + P_idle t, with the idle power that was subtracted.
Result<TotalEnergy> total_of(const MarginalEnergy& marginal, const Input& idle_power, const Input& duration);

/// How often something happens: a mean over the day, and its course over the hours (UTC).
struct Rate {
  Input per_s;                      ///< mean, 1/s
  std::optional<DayProfile> hours;  ///< relative, mean 1; absent: even
  double in_hour(std::size_t hour) const { return per_s.value * (hours ? (*hours)[hour] : 1.0); }
};

struct Event {
  std::string name;   ///< "inference", "transmit"
  TotalEnergy energy;
  Input duration;     ///< s
  Rate rate;
  std::string from_run;             ///< label of the windows it is taken from ("infer", "transmit"); empty: by hand
  std::optional<Passage> passage;   ///< its trace through the converter; absent: at its mean current
};

struct UseStage {
  std::optional<Input> average_power;  ///< W: instead of sleep and events
  std::optional<Input> sleep_power;    ///< W, between the events
  std::string sleep_is;                ///< "sleep", "idle" or "by hand": what was measured for it
  std::optional<Passage> sleep_passage;
  std::vector<Event> events;
  std::optional<Input> on_share;       ///< of the lifetime, 1; absent: always on
  std::optional<Input> off_power;      ///< W while it is off; absent: none
  SupplyChain supply;

  const Event* event(const std::string& name) const;
  const Event* functional() const;     ///< the one counted "per inference": named "inference", else the first
};

/// Figures of one evaluation: plain numbers.
struct UsePower {
  double average_W{};   ///< at the measurement plane, while it is on: P_sleep (1 - sum f t) + sum f E
  double source_W{};    ///< the same at the source, behind a converter
  double lifetime_W{};  ///< at the source, over the whole life: on and off
  double busy{};        ///< sum f t
  bool too_busy{};      ///< more than 1, taken as 1: only in draws, `check` refuses it
};
UsePower use_power(const UseStage& use);

/// How the converter was applied, in words: "sample by sample", "at the mean current of each state", or which of them where.
std::string converter_applied(const UseStage& use);
/// Mean power at the source in each hour of the day while it is on; any scale will do for `load_weighted`.
DayProfile hourly_power_W(const UseStage& use);

/// Energy out of the socket over a life, J. `self_discharge_W` is the battery's. 0 for primary cells and harvesters.
double grid_energy_J(const SupplyChain& chain, double source_W, double self_discharge_W, double lifetime_s);

/// Mean power with every doubt by its key (J' Sigma J): value in watt, u_J in watt. A spread that is not `measured` becomes
/// a source of its own, named after the input. At the measurement plane, while it is on.
Energy average_power(const UseStage& use);

/// Errors (usage): no power and no events; sum f t above 1 in any hour, with the figures; a rate, duration or lifetime that
/// is not positive; an event that takes less than the sleep power would (a marginal energy in disguise).
Result<void> check(const UseStage& use);

/// On-device inference against sending what it would have looked at.
struct SendingInstead {
  Input send_energy;                     ///< J to send one event's raw data, total
  Input send_duration;                   ///< s
  std::optional<Input> reported_share;   ///< of events whose result is sent after all, 1; absent: none
  std::optional<Input> report_energy;    ///< J for one such result, total
  std::optional<Input> remote_per_event; ///< kg for network and cloud, each event sent; absent: excluded, and said so
};

}  // namespace jr::lca
