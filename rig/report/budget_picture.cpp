// Bars are as long as a term's standard uncertainty is large: shares of the variance would hide the small ones.
#include "rig/report/budget_picture.hpp"

#include <algorithm>
#include <cmath>
#include <cstdio>

#include "rig/report/svg.hpp"

namespace jr {
namespace {

constexpr int kBarColumns = 24;
constexpr double kBudgetWidth = 860, kRow = 22, kLabel = 300, kBars = 300, kTop = 40;

std::string formatted(const char* format, double value) {
  char text[48];
  std::snprintf(text, sizeof text, format, value);
  return text;
}

/// So many that more would not change the factor are no longer counted.
std::string freedom(double degrees) { return degrees < 1e5 ? formatted("%.0f", degrees) : "inf"; }

double largest_of(const std::vector<BudgetTerm>& budget) {
  double largest = 0;
  for (const BudgetTerm& term : budget) largest = std::max(largest, term.u_J);
  return largest;
}

double combined(const std::vector<BudgetTerm>& budget) {
  double variance = 0;
  for (const BudgetTerm& term : budget) variance += term.u_J * term.u_J;
  return std::sqrt(variance);
}

}  // namespace

std::string budget_text(const Statement& statement, const std::vector<BudgetTerm>& budget) {
  const double largest = largest_of(budget), of_value = 100 / std::max(std::abs(statement.value), 1e-300);
  std::string text;
  char line[256];
  std::snprintf(line, sizeof line, "%-34s %-13s %5s %9s %7s\n", "term", "distribution", "dof", "u", "share");
  text += line;
  for (const BudgetTerm& term : budget) {
    const int length = largest > 0 ? static_cast<int>(std::lround(kBarColumns * term.u_J / largest)) : 0;
    std::snprintf(line, sizeof line, "%-34.34s %-13s %5s %7.3g %% %5.1f %%  %s\n", term.term.c_str(),
                  (term.kind + ", " + term.distribution).c_str(), freedom(term.degrees_of_freedom).c_str(),
                  term.u_J * of_value, term.contribution_percent, std::string(static_cast<std::size_t>(length), '#').c_str());
    text += line;
  }
  std::snprintf(line, sizeof line, "%-34s %-13s %5s %7.3g %%\n", "combined", "",
                freedom(statement.interval.degrees_of_freedom).c_str(), combined(budget) * of_value);
  return text + line;
}

std::string budget_svg(const std::string& title, const Statement& statement, const std::vector<BudgetTerm>& budget) {
  const double of_value = 100 / std::max(std::abs(statement.value), 1e-300), u = combined(budget);
  Svg picture(kBudgetWidth, kTop + kRow * (static_cast<double>(budget.size()) + 2), title);
  picture.words(8, 20, title);
  const Scale scale{0, u > 0 ? u : 1, kLabel, kLabel + kBars};
  double y = kTop;
  const auto row = [&](const std::string& label, double value, const std::string& note, Ink ink) {
    picture.words(kLabel - 8, y + 14, label, Anchor::end);
    picture.bar(kLabel, y + 3, scale.at(value) - kLabel, kRow - 8, ink);
    picture.words(scale.at(value) + 6, y + 14, note);
    y += kRow;
  };
  for (const BudgetTerm& term : budget)
    row(term.term, term.u_J,
        formatted("%.3g %%", term.u_J * of_value) + formatted(" (%.1f %% of the variance)", term.contribution_percent),
        term.kind == "A" ? Ink::second : Ink::first);
  picture.line(kLabel, y, kLabel + kBars, y, Ink::faint);
  row("combined standard uncertainty", u, formatted("%.3g %%", u * of_value), Ink::text);
  return picture.text();
}

}  // namespace jr
