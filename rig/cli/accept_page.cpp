// Text only: every number comes from a claim.
#include "rig/cli/accept_page.hpp"

#include <algorithm>
#include <array>
#include <cmath>
#include <cstdio>

#include "rig/cli/printing.hpp"

namespace jr::cli {
namespace {

bool takes_prefix(const std::string& unit) {
  constexpr std::array kUnits{"V", "A", "W", "J", "s", "ohm"};
  return std::find(kUnits.begin(), kUnits.end(), unit) != kUnits.end();
}

std::string number(double value) {
  char text[48];
  std::snprintf(text, sizeof text, "%.*g", std::abs(value) == std::round(std::abs(value)) ? 12 : 4,
                value);
  return text;
}

std::string amount(double value, const std::string& unit) {
  if (!std::isfinite(value)) return "none";
  if (takes_prefix(unit)) return with_unit(value, unit == "ohm" ? "\u03a9" : unit);
  return unit == "1" ? number(value) : number(value) + " " + unit;
}

/// A limit repeats its unit only where the prefix may differ.
std::string limit(double value, const std::string& unit) {
  return takes_prefix(unit) ? amount(value, unit) : number(value);
}

std::string spaced(std::string name) {
  std::replace(name.begin(), name.end(), '_', ' ');
  return name;
}

std::string figures_text(const Claim& claim) {
  std::string all;
  for (const Figure& figure : claim.figures) all += (all.empty() ? "" : ", ") + figure_text(figure);
  return all;
}

std::string verdict_of(const Claim& claim) {
  return claim.verdict == ClaimVerdict::not_ok ? "NOT OK" : name_of(claim.verdict);
}

std::string head(const AcceptReport& r) {
  std::string text = "Bench " + r.bench.name + ": " + r.bench.board + " on " +
                     r.bench.monitor.kind + (r.bench.is_virtual ? " (simulated)" : "") + "\n";
  text += "  joulerig " + r.tool_version +
          (r.tool_commit.empty() ? "" : " (" + r.tool_commit + ")") + ", " + r.kernel + "\n";
  if (!r.board.name.empty())
    text += "  the board says " + r.board.name + ", model " + r.board.model + "\n";
  if (!r.firmware.name.empty())
    text += "  firmware " + r.firmware.name + ", sha256 " + r.firmware.sha256.substr(0, 12) + "\n";
  return text + "\n";
}

std::string to_do(const AcceptReport& r) {
  std::string text;
  for (const Claim& claim : r.claims)
    if (claim.verdict == ClaimVerdict::not_ok)
      text += "  " + claim.id + ": " + (claim.seen.empty() ? "" : claim.seen + ". ") +
              claim.advice + "\n";
  return text.empty() ? "" : "\nWhat to do:\n" + text;
}

}  // namespace

std::string figure_text(const Figure& figure) {
  std::string text = spaced(figure.name) + " " + amount(figure.value, figure.unit);
  if (figure.lowest && figure.highest)
    text += " (" + limit(*figure.lowest, figure.unit) + " to " +
            limit(*figure.highest, figure.unit) + ")";
  else if (figure.lowest)
    text += " (at least " + limit(*figure.lowest, figure.unit) + ")";
  else if (figure.highest)
    text += " (at most " + limit(*figure.highest, figure.unit) + ")";
  return text;
}

std::string claim_line(const Claim& claim) {
  const std::string figures = figures_text(claim);
  std::string answer = claim.seen + (claim.seen.empty() || figures.empty() ? "" : "; ") + figures;
  if (!claim.advice.empty()) answer += (answer.empty() ? "" : ". ") + claim.advice;
  char verdict[16];
  std::snprintf(verdict, sizeof verdict, "  %-10s  ", verdict_of(claim).c_str());
  return verdict + claim.question + (answer.empty() ? "" : " " + answer);
}

std::string accept_page(const AcceptReport& r) {
  std::vector<std::vector<std::string>> rows{{"verdict", "claim", "measured"}};
  std::array<int, 3> counts{};
  for (const Claim& claim : r.claims) {
    ++counts[static_cast<std::size_t>(claim.verdict)];
    const std::string figures = figures_text(claim);
    rows.push_back({verdict_of(claim), claim.id, figures.empty() ? claim.seen : figures});
  }
  std::string text = head(r) + table(rows) + to_do(r) + "\n";
  if (r.interrupted) text += "Interrupted before the end.\n";
  return text + std::to_string(counts[0]) + " ok, " + std::to_string(counts[1]) + " not ok, " +
         std::to_string(counts[2]) + " not tested.\n";
}

}  // namespace jr::cli
