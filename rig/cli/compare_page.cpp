// Rows of words and numbers; no number here that comparison.hpp has not made.
#include "rig/cli/compare_page.hpp"

#include <algorithm>
#include <cmath>
#include <nlohmann/json.hpp>

#include "rig/cli/printing.hpp"
#include "rig/core/words.hpp"
#include "rig/run/json_number.hpp"

namespace jr::cli {
namespace {

constexpr std::size_t kSourcesShown = 4;

std::string shown(const Statement& s, const std::string& unit) {
  return s.stated ? with_unit(s.value, s.interval.U, unit) : with_unit(s.value, unit);
}

std::string with_sign(const Statement& s) { return (s.value > 0 ? "+" : "") + shown(s, "J"); }

std::string relative(const Statement& ratio) {
  const double change = ratio.value - 1;
  if (!ratio.stated) return number_text("%+.3g %%", 100 * change);
  return (change > 0 ? "+" : "") + with_uncertainty(change, ratio.interval.U, 100) + " %";
}

/// A share with its part of the whole, where the whole is more than noise.
std::string share_of(const Statement& share, const Difference& whole) {
  return with_sign(share) +
         (whole.is_noise() ? "" : number_text("  (%.0f %%)", 100 * share.value / whole.difference.value));
}

std::string words_of(std::string key) {
  std::replace(key.begin(), key.end(), '_', ' ');
  return key;
}

/// A list of many words, whose differences are worth more than its whole.
bool is_long(const std::string& key) { return key == "flags" || key == "plan"; }

/// Of long lists only what the other has not; hashes by their beginning.
std::string short_value(const std::string& key, const std::string& value, const std::string& other) {
  if (value.empty()) return "not recorded";
  if (key == "firmware_sha256") return value.substr(0, 12);
  if (!is_long(key)) return value;
  const std::string only = words_only_in(value, other, key == "plan" ? ';' : ' ');
  return only.empty() ? "-" : only;
}

using Rows = std::vector<std::vector<std::string>>;

void add_split(Rows& rows, const ComparedRun& first, const Against& other) {
  const Explanation& e = *other.explanation;
  rows.push_back({"mean power", shown(e.split.power_before, "W"), shown(e.split.power_after, "W"),
                  share_of(e.split.by_power, other.difference)});
  if (e.by_idle)
    rows.push_back({"  of it idle", shown(*first.idle_power, "W"), shown(*other.run.idle_power, "W"),
                    share_of(*e.by_idle, other.difference)});
  rows.push_back({"time", shown(first.latency, "s"), shown(other.run.latency, "s"),
                  share_of(e.split.by_time, other.difference)});
}

void add_changes(Rows& rows, const Against& other) {
  const Explanation& e = *other.explanation;
  for (const PhaseChange& phase : e.phases)
    rows.push_back({std::string("phase ") + name_of(phase.before.label),
                    shown(phase.before.energy, "J") + ", " + with_unit(phase.before.duration_s, "s"),
                    shown(phase.after.energy, "J") + ", " + with_unit(phase.after.duration_s, "s"),
                    share_of(phase.difference, other.difference)});
  for (const RangeChange& range : e.ranges)
    rows.push_back({"samples in range " + std::to_string(range.range), number_text("%.2f %%", 100 * range.before),
                    number_text("%.2f %%", 100 * range.after), ""});
  for (const FactChange& fact : e.differs)
    rows.push_back({words_of(fact.key), short_value(fact.key, fact.before, fact.after),
                    short_value(fact.key, fact.after, fact.before),
                    fact.share ? share_of(*fact.share, other.difference) : ""});
}

nlohmann::ordered_json U_of(const Statement& s) {
  return s.stated ? finite(s.interval.U) : nlohmann::ordered_json();
}

nlohmann::ordered_json with_U(const Statement& s, const std::string& value_key, const std::string& U_key) {
  return {{value_key, s.value}, {U_key, U_of(s)}};
}

nlohmann::ordered_json before_and_after(const Statement& before, const Statement& after, const std::string& unit) {
  return {{"before_" + unit, before.value}, {"U_before_" + unit, U_of(before)},
          {"after_" + unit, after.value}, {"U_after_" + unit, U_of(after)}};
}

nlohmann::ordered_json with_share(nlohmann::ordered_json change, const std::optional<Statement>& share) {
  change["share_J"] = share ? nlohmann::ordered_json(share->value) : nlohmann::ordered_json();
  change["U_share_J"] = share ? U_of(*share) : nlohmann::ordered_json();
  return change;
}

nlohmann::ordered_json explanation_json(const ComparedRun& first, const Against& other, const Explanation& e) {
  nlohmann::ordered_json json;
  json["mean_power"] = with_share(before_and_after(e.split.power_before, e.split.power_after, "W"), e.split.by_power);
  json["time"] = with_share(before_and_after(first.latency, other.run.latency, "s"), e.split.by_time);
  json["idle_power"] = e.by_idle ? with_share(before_and_after(*first.idle_power, *other.run.idle_power, "W"), e.by_idle)
                                 : nlohmann::ordered_json();
  auto phases = nlohmann::ordered_json::array(), ranges = phases, differs = phases;
  for (const PhaseChange& phase : e.phases) {
    nlohmann::ordered_json change{{"phase", name_of(phase.before.label)}};
    change.update(before_and_after(phase.before.energy, phase.after.energy, "J"));
    change["before_s"] = phase.before.duration_s;
    change["after_s"] = phase.after.duration_s;
    phases.push_back(with_share(std::move(change), phase.difference));
  }
  for (const RangeChange& range : e.ranges)
    ranges.push_back({{"range", range.range}, {"before", range.before}, {"after", range.after}});
  for (const FactChange& fact : e.differs)
    differs.push_back(with_share({{"what", fact.key}, {"before", fact.before}, {"after", fact.after}}, fact.share));
  auto same = nlohmann::ordered_json::object();
  for (const Fact& fact : e.same) same[fact.key] = fact.value;
  json["phases"] = std::move(phases);
  json["ranges"] = std::move(ranges);
  json["differs"] = std::move(differs);
  json["same"] = std::move(same);
  return json;
}

}  // namespace

std::string comparison_table(const ComparedRun& first, const std::vector<Against>& others) {
  Rows rows{{"run", "energy/inference", "difference", "relative", ""}};
  rows.push_back({first.run, shown(first.energy, "J"), "", "", ""});
  for (const Against& other : others)
    rows.push_back({other.run.run, shown(other.run.energy, "J"), shown(other.difference.difference, "J"),
                    relative(other.difference.ratio), other.difference.verdict()});
  return table(rows) +
         "Differences and ratios are at 95 %; what two runs share (instrument, calibration, voltage) cancels.\n";
}

std::string explanation_page(const ComparedRun& first, const Against& other) {
  const Difference& d = other.difference;
  Rows rows{{"what", first.run, other.run.run, "share of the difference"}};
  add_split(rows, first, other);
  add_changes(rows, other);
  std::string page = "\n" + other.run.run + " against " + first.run + ": " + with_sign(d.difference) +
                     " per inference (" + relative(d.ratio) + "), " + d.verdict() + "\n\n" + table(rows) + "  the same: ";
  std::string same;
  for (const Fact& fact : other.explanation->same)
    same += (same.empty() ? "" : "; ") + words_of(fact.key) +
            (is_long(fact.key) ? "" : " " + short_value(fact.key, fact.value, ""));
  return page + (same.empty() ? "nothing that is recorded" : same) +
         ".\n  Mean power and time add up to the difference; idle, supply and calibration are parts of the mean "
         "power's share, and the phases cut the whole another way.\n";
}

RunSum sum_of_runs(const ComparedRun& first, const std::vector<Against>& others) {
  std::vector<Statement> energies{first.energy}, latencies{first.latency};
  for (const Against& other : others) {
    energies.push_back(other.run.energy);
    latencies.push_back(other.run.latency);
  }
  return {sum_of(energies), sum_of(latencies)};
}

std::string sum_page(const ComparedRun& first, const std::vector<Against>& others, const RunSum& sum) {
  Rows rows{{"run", "energy/inference", "time/inference"}};
  rows.push_back({first.run, shown(first.energy, "J"), shown(first.latency, "s")});
  for (const Against& other : others)
    rows.push_back({other.run.run, shown(other.run.energy, "J"), shown(other.run.latency, "s")});
  rows.push_back({"sum", shown(sum.energy, "J"), shown(sum.latency, "s")});
  std::string page = table(rows) + "One inference of each, at 95 %: what the runs share (instrument, calibration, "
                                   "voltage) adds up in full, what each has to itself by its square.\n";
  if (!sum.energy.stated) return page;
  std::vector<Source> sources = sum.energy.energy.sources;
  std::stable_sort(sources.begin(), sources.end(),
                   [](const Source& a, const Source& b) { return std::abs(a.u_J) > std::abs(b.u_J); });
  Rows largest{{"largest doubts of the sum", "standard u"}};
  for (std::size_t i = 0; i < std::min(kSourcesShown, sources.size()); ++i)
    largest.push_back({sources[i].key, with_unit(std::abs(sources[i].u_J), "J")});
  return page + "\n" + table(largest);
}

nlohmann::ordered_json energy_json(const Statement& energy) { return with_U(energy, "mean_J", "U_J"); }

nlohmann::ordered_json against_json(const ComparedRun& first, const std::vector<Against>& others) {
  auto list = nlohmann::ordered_json::array();
  for (const Against& other : others) {
    nlohmann::ordered_json one{{"run", other.run.run},
                               {"energy_per_inference", energy_json(other.run.energy)},
                               {"latency_per_inference", with_U(other.run.latency, "value_s", "U_s")},
                               {"difference", with_U(other.difference.difference, "value_J", "U_J")},
                               {"ratio", with_U(other.difference.ratio, "value", "U")},
                               {"is_noise", other.difference.is_noise()},
                               {"verdict", other.difference.verdict()}};
    if (other.explanation) one["explanation"] = explanation_json(first, other, *other.explanation);
    list.push_back(std::move(one));
  }
  return list;
}

nlohmann::ordered_json sum_json(const RunSum& sum) {
  auto sources = nlohmann::ordered_json::array();
  for (const Source& source : sum.energy.energy.sources)
    sources.push_back({{"key", source.key}, {"u_J", source.u_J}, {"distribution", name_of(source.distribution)},
                       {"degrees_of_freedom", finite(source.degrees_of_freedom)}});
  auto json = with_U(sum.energy, "value_J", "U_J");
  const bool stated = sum.energy.stated;
  json["k"] = stated ? finite(sum.energy.interval.k) : nlohmann::ordered_json();
  json["coverage"] = stated ? finite(sum.energy.interval.coverage) : nlohmann::ordered_json();
  json["degrees_of_freedom"] = stated ? finite(sum.energy.interval.degrees_of_freedom) : nlohmann::ordered_json();
  json["sources"] = std::move(sources);
  json["latency_s"] = sum.latency.value;
  json["U_latency_s"] = U_of(sum.latency);
  return json;
}

}  // namespace jr::cli
