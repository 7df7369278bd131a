// P_avg, P_source and the energy out of the socket as formulas over named parameters.
// Follows use_stage.cpp step by step; openlca_check evaluates the result against its figures.
#include "rig/lca/export_parameters.hpp"

#include <algorithm>
#include <array>
#include <charconv>
#include <cmath>
#include <map>
#include <set>

#include "rig/core/words.hpp"

namespace jr::lca {
namespace {

/// A name that formula languages take: letters and digits, everything else an underscore.
std::string identifier(const std::string& text) {
  std::string name;
  for (const char c : text) {
    const bool plain = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9');
    if (plain || (!name.empty() && name.back() != '_')) name += plain ? c : '_';
  }
  while (!name.empty() && name.back() == '_') name.pop_back();
  return name.empty() ? "x" : name;
}

std::vector<const Input*> measured_inputs(const UseStage& use) {
  std::vector<const Input*> inputs;
  const auto take = [&](const Input& input) {
    if (input.spread == Spread::measured) inputs.push_back(&input);
  };
  if (use.average_power) take(*use.average_power);
  if (use.sleep_power) take(*use.sleep_power);
  for (const Event& event : use.events) {
    take(event.energy.joules());
    take(event.duration);
  }
  return inputs;
}

/// Keys that more than one of the inputs names: only those need a parameter of their own.
std::set<std::string> shared_keys(const std::vector<const Input*>& inputs) {
  std::map<std::string, std::set<const Input*>> named;
  for (const Input* input : inputs)
    for (const Source& source : input->sources)
      if (!source.key.empty()) named[source.key].insert(input);
  std::set<std::string> shared;
  for (const auto& [key, by] : named)
    if (by.size() > 1) shared.insert(key);
  return shared;
}

class Writing {
 public:
  Writing(const Scenario& scenario, const Figures& figures)
      : s_(scenario), figures_(figures), shared_(shared_keys(measured_inputs(scenario.use))) {}

  UseParameters done() {
    const std::string plane = s_.use.average_power ? input("P_avg", *s_.use.average_power) : mean_power();
    const std::string source = source_power(plane);
    const std::string life = lifetime_power(source);
    const std::string T = input("T_life", s_.lifetime);
    const std::string power = grid_power(life);
    if (!power.empty()) {
      out_.electricity_formula = "(" + power + ") * " + T + " / 1000000";
      out_.electricity_MJ = figures_.grid_J / 1e6;
    }
    return std::move(out_);
  }

 private:
  std::string unique(const std::string& wanted) {
    std::string name = wanted;
    for (int n = 2; !taken_.insert(lowered(name)).second; ++n) name = wanted + "_" + std::to_string(n);
    return name;
  }

  std::string fixed_value(const std::string& name, double value, const std::string& description) {
    StatedSpread spread;
    spread.center = value;
    out_.parameters.push_back({unique(name), description, value, spread, ""});
    return out_.parameters.back().name;
  }

  std::string computed(const std::string& name, double value, const std::string& formula, const std::string& description) {
    out_.parameters.push_back({unique(name), description, value, {}, formula});
    return out_.parameters.back().name;
  }

  static std::string described(const Input& input) {
    return input.name + " [" + input.unit + "]; source: " + (input.citation.text.empty() ? input.citation.id : input.citation.text);
  }

  std::string shared(const std::string& key) {
    if (const auto known = names_of_keys_.find(key); known != names_of_keys_.end()) return known->second;
    StatedSpread standard_normal;
    standard_normal.spread = Spread::normal;
    standard_normal.sd = 1;
    const std::string name = unique("s_" + identifier(key));
    out_.parameters.push_back({name, "error of " + key + ", in its standard deviations [1]; shared by every figure that names it", 0, standard_normal, ""});
    return names_of_keys_[key] = name;
  }

  std::string input(const std::string& name, const Input& input) {
    const bool shares = std::any_of(input.sources.begin(), input.sources.end(), [&](const Source& s) { return shared_.contains(s.key); });
    if (input.spread != Spread::measured || !shares) {
      out_.parameters.push_back({unique(name), described(input), input.value, stated(input), ""});
      return out_.parameters.back().name;
    }
    Energy own;
    std::map<std::string, double> common;
    for (const Source& source : input.sources) {
      if (shared_.contains(source.key)) common[source.key] += source.u_J;
      else own.sources.push_back(source);
    }
    std::string terms;
    for (const auto& [key, u] : common)
      if (u != 0) terms += (u < 0 ? " - " : " + ") + plain_digits(std::abs(u)) + " * " + shared(key);
    const std::string own_name = unique(name + "_own");
    out_.parameters.push_back({own_name, described(input) + "; with the doubt that it has to itself", input.value,
                               stated(input.value, own.standard_uncertainty().value), ""});
    return computed(name, input.value, own_name + terms, described(input) + "; with all its doubts");
  }

  struct State { std::string name, energy, duration, rate; double power_W{}, share{}; const std::optional<Passage>* passage{}; };

  std::string mean_power() {
    std::string busy, events;
    double busy_share = 0;
    for (const Event& event : s_.use.events) {
      const std::string called = identifier(event.name);
      const std::string f = input("f_" + called, event.rate.per_s), E = input("E_" + called, event.energy.joules()),
                        t = input("t_" + called, event.duration);
      busy += " - " + f + " * " + t;
      events += " + " + f + " * " + E;
      const double share = event.rate.per_s.value * event.duration.value;
      busy_share += share;
      states_.push_back({called, E, t, f, event.energy.joules().value / event.duration.value, share, &event.passage});
    }
    const std::string sleep = s_.use.sleep_power ? input("P_sleep", *s_.use.sleep_power) : fixed_value("P_sleep", 0, "no power between events is stated [W]");
    asleep_ = "(1" + busy + ")";
    states_.push_back({"sleep", sleep, "", "", s_.use.sleep_power ? s_.use.sleep_power->value : 0, std::max(0.0, 1 - busy_share), &s_.use.sleep_passage});
    return computed("P_avg", figures_.power.average_W, sleep + " * " + asleep_ + events, "mean power at the measurement plane, while it is on [W]");
  }

  /// Power that the source gives when `plane_W` goes through the converter in one state.
  double behind_converter_W(double plane_W, const std::optional<Passage>* passage) const {
    const Converter& converter = *s_.use.supply.converter;
    if (passage && *passage && (*passage)->output_J > 0) return plane_W * (*passage)->input_J / (*passage)->output_J;
    return converter.input_power_W(plane_W / converter.output_V());
  }

  /// The state's power as its share of P_source: through an efficiency, or as a power of its own when it takes nothing.
  std::string through_converter(const State& state) {
    const double source_W = behind_converter_W(state.power_W, state.passage);
    const std::string words = " of the converter in the state " + state.name + ", at the figures of this scenario ";
    if (!(state.power_W > 0)) return fixed_value("P_converter_" + state.name, source_W, "input power" + words + "[W]");
    return fixed_value("eta_converter_" + state.name, source_W > 0 ? state.power_W / source_W : 1, "efficiency" + words + "[1]");
  }

  std::string source_power(const std::string& plane) {
    const SupplyChain& supply = s_.use.supply;
    if (supply.fixed_efficiency) {
      eta_regulator_ = input("eta_regulator", *supply.fixed_efficiency);
      return computed("P_source", figures_.power.source_W, plane + " / " + eta_regulator_, "mean power at the source, while it is on [W]");
    }
    if (!supply.converter) return plane;
    std::string sum;
    if (states_.empty()) {
      const State whole{"mean", plane, "", "", s_.use.average_power->value, 1, nullptr};
      sum = plane + " / " + through_converter(whole);
    }
    for (const State& state : states_) {
      const std::string eta = through_converter(state);
      const bool takes = state.power_W > 0, is_sleep = state.rate.empty();
      const std::string share = is_sleep ? asleep_ : state.rate + (takes ? "" : " * " + state.duration);
      sum += (sum.empty() ? "" : " + ") + share + " * " + (takes ? state.energy + " / " + eta : eta);
    }
    return computed("P_source", figures_.power.source_W, sum, "mean power at the source, while it is on [W]");
  }

  std::string lifetime_power(const std::string& source) {
    if (!s_.use.on_share) return source;
    const std::string on = input("on_share", *s_.use.on_share);
    std::string off;
    if (s_.use.off_power) {
      const double plane_W = s_.use.off_power->value;
      const std::string P_off = input("P_off", *s_.use.off_power);
      off = " + (1 - " + on + ") * " + P_off;
      if (!eta_regulator_.empty()) off += " / " + eta_regulator_;
      if (s_.use.supply.converter) {
        const std::string part = through_converter({"off", P_off, "", "", plane_W, 1, nullptr});
        off = plane_W > 0 ? off + " / " + part : " + (1 - " + on + ") * " + part;
      }
    }
    return computed("P_life", figures_.power.lifetime_W, on + " * " + source + off, "mean power at the source over the life [W]");
  }

  /// Mean power out of the socket; empty where nothing comes out of one.
  std::string grid_power(const std::string& life) {
    const SupplyChain& c = s_.use.supply;
    const auto over = [&](const char* name, const std::optional<Input>& eta) { return eta ? " / " + input(name, *eta) : std::string(); };
    if (c.feeding == Feeding::mains) {
      const std::string drawn = life + over("eta_mains", c.mains_efficiency);
      return c.mains_no_load ? drawn + " + " + input("P_no_load", *c.mains_no_load) : drawn;
    }
    if (c.feeding != Feeding::rechargeable) return "";
    std::string stored = life + over("eta_discharge", c.discharge_efficiency);
    if (s_.battery)
      stored = "(" + stored + " + " + fixed_value("P_self_discharge", figures_.battery.self_discharge_W,
               "mean power lost inside the battery, at the figures of this scenario [W]") + ")";
    std::string drawn = stored + over("eta_charge", c.charge_efficiency) + over("eta_charger", c.charger_efficiency);
    if (c.charger_no_load) {
      drawn += " + " + input("P_charger_no_load", *c.charger_no_load);
      if (c.plugged_share) drawn += " * " + input("plugged_share", *c.plugged_share);
    }
    return drawn;
  }

  const Scenario& s_;
  const Figures& figures_;
  std::set<std::string> shared_, taken_;
  std::map<std::string, std::string> names_of_keys_;
  std::vector<State> states_;
  std::string asleep_, eta_regulator_;
  UseParameters out_;
};

}  // namespace

UseParameters use_parameters(const Scenario& scenario, const Figures& figures) { return Writing(scenario, figures).done(); }

std::string plain_digits(double value) {
  std::array<char, 400> text;  // the smallest double has 324 zeros behind the point
  const auto [end, trouble] = std::to_chars(text.data(), text.data() + text.size(), value, std::chars_format::fixed);
  return trouble == std::errc() ? std::string(text.data(), end) : std::string("0");
}

}  // namespace jr::lca
