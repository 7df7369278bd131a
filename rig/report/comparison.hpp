// Two runs taken apart: how they differ, what of it is power and what is time, what is the same about them.
// Pure functions of statements and facts; never opens a record.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "rig/energy/protocols.hpp"
#include "rig/energy/statement.hpp"

namespace jr {

/// Something about a run that is no number of its own: key "firmware_commit", value "d716e16".
struct Fact {
  std::string key, value;  ///< value empty: not recorded
};

/// A run as far as a comparison looks at it.
struct ComparedRun {
  std::string run;
  Statement energy, latency;                    ///< J and s per inference
  std::optional<Statement> idle_power;          ///< W
  std::vector<PhaseStatement> phases;           ///< often empty
  std::vector<std::uint64_t> samples_in_range;  ///< of its inference windows, by range
  double supply_V{};
  std::vector<Fact> facts;
};

/// One run minus another, and over it: what they share cancels by its key.
struct Difference {
  Statement difference, ratio;  ///< J per inference, 1
  bool is_noise() const;        ///< it holds 0 at 95 %, or its U is not stated
  /// "costs more", "costs less", "only noise" or "U not stated".
  const char* verdict() const;
};

/// `other` against `first`. Requires an energy of `first` that is not 0.
Difference difference_between(const ComparedRun& first, const ComparedRun& other);

/// With E = P t: E2 - E1 = (P2 - P1) (t1 + t2)/2 + (t2 - t1) (P1 + P2)/2, with nothing left over.
struct PowerTimeSplit {
  Statement power_before, power_after;  ///< W, mean over an inference
  Statement by_power, by_time;          ///< J per inference
};

/// Energies in J and times in s per inference; requires both times above 0. What scatters in a run's energy and in
/// its time is taken as independent: where slow windows also cost more, U is rather too wide.
PowerTimeSplit split_of(const Statement& energy_1, const Statement& time_1, const Statement& energy_2, const Statement& time_2);

/// With P = (P - P_idle) + P_idle: what the idle power's change makes of the difference, (P_idle2 - P_idle1)
/// (t1 + t2)/2. A part of what the mean power makes.
Statement share_of_idle(const Statement& idle_1, const Statement& time_1, const Statement& idle_2,
                        const Statement& time_2);

/// With E = V Q: what the voltage makes of it if it leaves the charge as it is, (V2 - V1) (Q1 + Q2)/2. A part of
/// what the mean power makes. Requires energies and voltages that are not 0.
Statement share_of_voltage(const Statement& energy_1, double supply_1_V, const Statement& energy_2, double supply_2_V);

struct PhaseChange {
  PhaseStatement before, after;
  Statement difference;  ///< J per event
};

/// Shares of the samples of all inference windows, 0 to 1.
struct RangeChange {
  std::size_t range{};
  double before{}, after{};
};

struct FactChange {
  std::string key, before, after;
  std::optional<Statement> share;  ///< J per inference of the difference, where that can be told
};

/// Where a difference comes from, as far as the two records tell.
struct Explanation {
  PowerTimeSplit split;
  std::optional<Statement> by_idle;
  std::vector<PhaseChange> phases;  ///< that both have
  std::vector<RangeChange> ranges;  ///< that one of them used
  std::vector<Fact> same;
  std::vector<FactChange> differs;

  /// Gives a fact that differs its share; nothing when the fact is the same in both.
  void set_share(const std::string& key, Statement share);
};

/// The share of a differing fact "supply" is worked out here; others are the caller's.
Explanation explain(const ComparedRun& first, const ComparedRun& other);

/// Words of `text` that are not among those of `other`, in their order; `text` is cut at `separator`.
std::string words_only_in(const std::string& text, const std::string& other, char separator);

}  // namespace jr
