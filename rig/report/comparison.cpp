// Differences by source keys, and the two ways in which they are taken apart.
#include "rig/report/comparison.hpp"

#include <algorithm>
#include <cmath>
#include <sstream>

namespace jr {
namespace {

const Fact* fact_named(const std::vector<Fact>& facts, const std::string& key) {
  const auto found = std::find_if(facts.begin(), facts.end(), [&](const Fact& fact) { return fact.key == key; });
  return found == facts.end() ? nullptr : &*found;
}

void sort_facts(const ComparedRun& first, const ComparedRun& other, Explanation& explanation) {
  for (const Fact& before : first.facts) {
    const Fact* after = fact_named(other.facts, before.key);
    const std::string value = after ? after->value : "";
    if (value != before.value)
      explanation.differs.push_back({before.key, before.value, value, {}});
    else if (!value.empty())
      explanation.same.push_back(before);
  }
  for (const Fact& after : other.facts)
    if (!fact_named(first.facts, after.key) && !after.value.empty())
      explanation.differs.push_back({after.key, "", after.value, {}});
}

std::vector<RangeChange> range_changes(const ComparedRun& first, const ComparedRun& other) {
  const auto total = [](const std::vector<std::uint64_t>& samples) {
    std::uint64_t sum = 0;
    for (const std::uint64_t n : samples) sum += n;
    return static_cast<double>(sum);
  };
  const double n1 = total(first.samples_in_range), n2 = total(other.samples_in_range);
  if (n1 == 0 || n2 == 0) return {};
  const auto share = [](const std::vector<std::uint64_t>& samples, std::size_t range, double n) {
    return range < samples.size() ? static_cast<double>(samples[range]) / n : 0.0;
  };
  std::vector<RangeChange> changes;
  for (std::size_t r = 0; r < std::max(first.samples_in_range.size(), other.samples_in_range.size()); ++r) {
    const RangeChange change{r, share(first.samples_in_range, r, n1), share(other.samples_in_range, r, n2)};
    if (change.before > 0 || change.after > 0) changes.push_back(change);
  }
  return changes;
}

std::vector<PhaseChange> phase_changes(const ComparedRun& first, const ComparedRun& other) {
  std::vector<PhaseChange> changes;
  for (const PhaseStatement& before : first.phases)
    for (const PhaseStatement& after : other.phases)
      if (after.label == before.label)
        changes.push_back({before, after, difference_of(after.energy, before.energy)});
  return changes;
}

/// The same value with only those of its doubts that `wanted` chooses.
template <class Wanted>
Statement doubts_of(const Statement& statement, Wanted wanted) {
  Statement part = statement;
  std::erase_if(part.energy.sources, [&](const Source& source) { return !wanted(source); });
  return part;
}

bool is_of_voltage(const Source& source) { return source.key.starts_with("voltage:"); }

}  // namespace

bool Difference::is_noise() const {
  return !difference.stated || std::abs(difference.value) <= difference.interval.U;
}

const char* Difference::verdict() const {
  if (!difference.stated) return "U not stated";
  if (is_noise()) return "only noise";
  return difference.value > 0 ? "costs more" : "costs less";
}

Difference difference_between(const ComparedRun& first, const ComparedRun& other) {
  return {difference_of(other.energy, first.energy), ratio_of(other.energy, first.energy)};
}

PowerTimeSplit split_of(const Statement& e1, const Statement& t1, const Statement& e2, const Statement& t2) {
  PowerTimeSplit split{ratio_of(e1, t1), ratio_of(e2, t2), {}, {}};
  const double p1 = split.power_before.value, p2 = split.power_after.value;
  const double dP = p2 - p1, P = (p1 + p2) / 2, dt = t2.value - t1.value, t = (t1.value + t2.value) / 2;
  split.by_power = propagated(dP * t, {{e2, t / t2.value}, {e1, -t / t1.value},
                                       {t2, dP / 2 - p2 * t / t2.value}, {t1, dP / 2 + p1 * t / t1.value}});
  split.by_time = propagated(P * dt, {{e2, dt / (2 * t2.value)}, {e1, dt / (2 * t1.value)},
                                      {t2, P - p2 * dt / (2 * t2.value)}, {t1, -P - p1 * dt / (2 * t1.value)}});
  return split;
}

Statement share_of_idle(const Statement& idle_1, const Statement& t1, const Statement& idle_2, const Statement& t2) {
  const double dP = idle_2.value - idle_1.value, t = (t1.value + t2.value) / 2;
  return propagated(dP * t, {{idle_2, t}, {idle_1, -t}, {t1, dP / 2}, {t2, dP / 2}});
}

Statement share_of_voltage(const Statement& e1, double V1, const Statement& e2, double V2) {
  const double Q1 = e1.value / V1, Q2 = e2.value / V2, Q = (Q1 + Q2) / 2, dV = V2 - V1;
  // A doubt of the voltage moves the step dV; every other doubt of an energy is one of its charge.
  const auto of_charge = [](const Source& source) { return !is_of_voltage(source); };
  const Statement voltage_1 = doubts_of(e1, is_of_voltage), voltage_2 = doubts_of(e2, is_of_voltage);
  const Statement charge_1 = doubts_of(e1, of_charge), charge_2 = doubts_of(e2, of_charge);
  return propagated(dV * Q, {{voltage_2, Q / Q2}, {voltage_1, -Q / Q1},
                             {charge_2, dV / (2 * V2)}, {charge_1, dV / (2 * V1)}});
}

void Explanation::set_share(const std::string& key, Statement share) {
  for (FactChange& change : differs)
    if (change.key == key) change.share = std::move(share);
}

Explanation explain(const ComparedRun& first, const ComparedRun& other) {
  Explanation explanation;
  explanation.split = split_of(first.energy, first.latency, other.energy, other.latency);
  if (first.idle_power && other.idle_power)
    explanation.by_idle = share_of_idle(*first.idle_power, first.latency, *other.idle_power, other.latency);
  explanation.phases = phase_changes(first, other);
  explanation.ranges = range_changes(first, other);
  sort_facts(first, other, explanation);
  const bool has_charge = first.supply_V > 0 && other.supply_V > 0 && first.energy.value != 0 && other.energy.value != 0;
  if (has_charge && first.supply_V != other.supply_V)
    explanation.set_share("supply", share_of_voltage(first.energy, first.supply_V, other.energy, other.supply_V));
  return explanation;
}

std::string words_only_in(const std::string& text, const std::string& other, char separator) {
  const auto words_of = [separator](const std::string& whole) {
    std::vector<std::string> words;
    std::istringstream stream(whole);
    for (std::string word; std::getline(stream, word, separator);) {
      const auto begin = word.find_first_not_of(' ');
      if (begin != std::string::npos) words.push_back(word.substr(begin, word.find_last_not_of(' ') + 1 - begin));
    }
    return words;
  };
  const std::vector<std::string> others = words_of(other);
  std::string only;
  for (const std::string& word : words_of(text))
    if (std::find(others.begin(), others.end(), word) == others.end())
      only += (only.empty() ? "" : std::string(1, separator) + (separator == ' ' ? "" : " ")) + word;
  return only;
}

}  // namespace jr
