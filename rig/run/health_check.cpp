// Judging reference-load checks, and their account for the energy model.
#include "rig/run/health_check.hpp"

#include <algorithm>
#include <cmath>
#include <cstdio>
#include <nlohmann/json.hpp>

#include "calibration/drift.hpp"
#include "calibration/points.hpp"
#include "rig/core/extremes.hpp"

namespace jr {
namespace {

using nlohmann::json;

constexpr double kExpanded = 2, kSignificant = 3;

std::string percent(double relative) {
  char text[32];
  std::snprintf(text, sizeof text, "%+.3g %%", 100 * relative);
  return text;
}

std::string percent_of(double relative) {
  char text[32];
  std::snprintf(text, sizeof text, "%.2g %%", 100 * relative);
  return text;
}

double change(const HealthCheck& check) {
  return check.complete() ? deviation(*check.after) - deviation(*check.before) : 0;
}

std::string failed_look(const HealthCheck& check, const std::optional<LoadSight>& look,
                        const char* when) {
  if (!look) return "";
  const double allowed = kExpanded * std::hypot(check.u_monitor, check.u_check);
  const double d = deviation(*look);
  if (std::abs(d) <= allowed) return "";
  if (!std::isfinite(d) || !std::isfinite(allowed))
    return "the reference load of " + name_of(check) + " was not measured " + when + " the run: its reading is no number";
  return "the monitor is off by " + percent(d) + " at the reference load of " + name_of(check) +
         " " + when + " the run, where " +
         (check.calibrated ? "its calibration" : "the spec card") + " and the check allow " +
         percent_of(allowed);
}

/// The reference's own value is 1: it was read anew at each look. What the fit left in each range
/// on its own is no drift, and makes two loads differ.
LoadCheck as_load(const HealthCheck& check) {
  return {name_of(check), 1.0, 1 + deviation(*check.before), 1 + deviation(*check.after),
          std::hypot(check.u_check, check.u_own)};
}

DriftAccount by_card(const std::vector<HealthCheck>& checks, DriftAccount account) {
  double worst = 0, shift = 0;
  for (const HealthCheck& check : checks) {
    worst = max_or_nan(worst, std::abs(change(check)));
    if (std::abs(deviation(check)) > std::abs(shift)) shift = deviation(check);
  }
  account.u = worst / std::sqrt(12.0);
  account.note += ", " + percent(shift) + " against the reference (the spec card covers it)";
  return account;
}

DriftAccount by_calibration(const std::vector<HealthCheck>& checks, DriftAccount account) {
  std::vector<LoadCheck> loads;
  double worst_u = 0, worst_change = 0, weights = 0;
  for (const HealthCheck& check : checks) {
    loads.push_back(as_load(check));
    const auto drift = drift_of(loads.back());
    if (!drift) continue;
    // Uncorrected, the range's own doubt is in the budget already: only shift, change and check are
    // paid here.
    worst_u =
        max_or_nan(worst_u, std::hypot(drift->shift, drift->change / std::sqrt(12.0), check.u_check));
    worst_change = max_or_nan(worst_change, std::abs(drift->change));
    weights += 1 / std::pow(loads.back().u_check, 2);
  }
  account.u = worst_u;
  const auto cause = diagnose(loads);
  if (!cause) {
    account.note += ", " + cause.error().message;
    return account;
  }
  switch (cause->what) {
    case Drifted::nothing:
      account.note += ", no drift";
      break;
    case Drifted::meter:
      account.correct_by = -cause->shift / (1 + cause->shift);
      account.u = std::hypot(worst_change / std::sqrt(12.0), 1 / std::sqrt(weights));
      account.note += ", the monitor is off by " + percent(cause->shift) + " and corrected for it";
      break;
    case Drifted::load:
      account.note += ", the load or the range of " + cause->load + " is off by " +
                      percent(cause->shift) + ", paid for";
      break;
    case Drifted::unclear:
      account.note += ", off by " + percent(cause->shift) + ", paid for";
      break;
  }
  return account;
}

json sight_json(const std::optional<LoadSight>& sight) {
  return sight ? json{{"reference_A", sight->reference_A}, {"monitor_A", sight->monitor_A}}
               : json();
}

std::optional<LoadSight> sight_from(const json& j) {
  if (j.is_null()) return std::nullopt;
  return LoadSight{j.at("reference_A"), j.at("monitor_A")};
}

}  // namespace

double deviation(const LoadSight& sight) { return sight.monitor_A / sight.reference_A - 1; }

double deviation(const HealthCheck& check) {
  if (check.complete()) return 0.5 * (deviation(*check.before) + deviation(*check.after));
  if (check.before) return deviation(*check.before);
  return check.after ? deviation(*check.after) : 0;
}

std::string name_of(const HealthCheck& check) {
  return printed_current(check.asked_A) + (check.range < 0
                                               ? std::string(" (between ranges)")
                                               : " (range " + std::to_string(check.range) + ")");
}

std::string failure_of(const HealthCheck& check, bool finished) {
  if (check.range < 0)
    return "the reference load of " + name_of(check) +
           " lies where the monitor changes its range: choose another check_A";
  if (finished && !check.complete())
    return "the reference load of " + name_of(check) + " was not seen before and after the run";
  for (const auto& why :
       {failed_look(check, check.before, "before"), failed_look(check, check.after, "after")})
    if (!why.empty()) return why;
  const double allowed = check.change_limit + kSignificant * std::sqrt(2.0) * check.u_repeat;
  if (!(std::abs(change(check)) <= allowed))
    return "the monitor changed by " + percent(change(check)) + " at the reference load of " +
           name_of(check) + " during the run, and may by " + percent_of(allowed);
  return "";
}

DriftAccount drift_account(const std::vector<HealthCheck>& checks) {
  DriftAccount account;
  if (checks.empty()) {
    account.note = "drift not checked";
    return account;
  }
  account.note = "drift checked before and after, " + std::to_string(checks.size()) +
                 (checks.size() == 1 ? " load" : " loads");
  for (const HealthCheck& check : checks) {
    const std::string why = failure_of(check, true);
    if (why.empty()) continue;
    account.passed = false;
    account.note = "drift check failed: " + why;
  }
  const auto seen_twice = [](const HealthCheck& check) { return check.complete(); };
  account.known = std::all_of(checks.begin(), checks.end(), seen_twice);
  if (!account.known) return account;
  const bool calibrated =
      std::all_of(checks.begin(), checks.end(), [](const HealthCheck& c) { return c.calibrated; });
  return calibrated ? by_calibration(checks, account) : by_card(checks, account);
}

std::string to_json(const std::vector<HealthCheck>& checks) {
  json list = json::array();
  for (const HealthCheck& c : checks)
    list.push_back({{"asked_A", c.asked_A},
                    {"range", c.range},
                    {"before", sight_json(c.before)},
                    {"after", sight_json(c.after)},
                    {"u_repeat", c.u_repeat},
                    {"u_check", c.u_check},
                    {"u_own", c.u_own},
                    {"u_monitor", c.u_monitor},
                    {"calibrated", c.calibrated},
                    {"change_limit", c.change_limit},
                    {"basis", c.basis}});
  return list.dump();
}

Result<std::vector<HealthCheck>> health_checks_from(const std::string& text) {
  try {
    std::vector<HealthCheck> checks;
    for (const json& j : json::parse(text)) {
      HealthCheck check;
      j.at("asked_A").get_to(check.asked_A);
      j.at("range").get_to(check.range);
      check.before = sight_from(j.at("before"));
      check.after = sight_from(j.at("after"));
      j.at("u_repeat").get_to(check.u_repeat);
      j.at("u_check").get_to(check.u_check);
      j.at("u_monitor").get_to(check.u_monitor);
      check.u_own = j.value("u_own", check.u_monitor);
      j.at("calibrated").get_to(check.calibrated);
      j.at("change_limit").get_to(check.change_limit);
      j.at("basis").get_to(check.basis);
      checks.push_back(std::move(check));
    }
    return checks;
  } catch (const json::exception& error) {
    return fail(Trouble::malformed,
                std::string("The record's health checks cannot be read: ") + error.what());
  }
}

}  // namespace jr
