// Each quantity's published figures are looked at together, per range where they are stated per
// range. Knows the cards' words for quantities; everything else in the list is there to be read.
#include "calibration/spec_card_rule.hpp"

#include <algorithm>
#include <cmath>
#include <optional>
#include <vector>

namespace jr {
namespace {

struct Applied {
  const char* quantity;
  std::optional<std::size_t> range;
  Limit limit;
};

/// The figures of a card that enter a budget. General ones are left out where each range has its
/// own.
std::vector<Applied> applied_by(const SpecCard& card) {
  std::vector<Applied> applied{
      {"voltage", {}, card.voltage_V},
      {"time_base", {}, card.time_base},
      {"line_latency", {}, card.line_latency_s},
      {"gain", {}, card.gain},
      {"offset", {}, {card.offset_limit_A(0), card.offset.distribution, card.offset.source}}};
  if (card.measured_voltage_V)
    applied.push_back({"measured_voltage", {}, *card.measured_voltage_V});
  for (std::size_t r = 0; r < card.ranges.size(); ++r) {
    if (card.ranges[r].gain) applied.push_back({"gain", r, *card.ranges[r].gain});
    if (card.ranges[r].offset_A) applied.push_back({"offset", r, *card.ranges[r].offset_A});
    if (card.ranges[r].misfit_A) applied.push_back({"misfit", r, *card.ranges[r].misfit_A});
  }
  return applied;
}

std::string where(const std::string& quantity, std::optional<std::size_t> range) {
  return quantity + (range ? " of range " + std::to_string(*range) : "");
}

bool same(double a, double b) {
  return std::fabs(a - b) <= 1e-9 * std::max(std::fabs(a), std::fabs(b));
}

std::string against(const SpecCard& card, const PublishedFigure& used, bool hearsay_counts) {
  const std::string what = "the used " + where(used.quantity, used.range);
  if (!used.confirmed && !hearsay_counts)
    return what + " is not confirmed, and the rule uses none of these";
  for (const PublishedFigure& other : card.published)
    if (other.quantity == used.quantity && other.range == used.range && other.limit > used.limit &&
        (other.confirmed || hearsay_counts))
      return what + " is not the widest that the rule admits ('" + other.statement + "' is wider)";
  return {};
}

}  // namespace

std::string against_rule(const SpecCard& card, const std::string& choose) {
  const bool hearsay_counts = choose == "widest";
  if (!hearsay_counts && choose != "widest confirmed")
    return "choose = '" + choose + "' is unknown (widest, widest confirmed)";
  for (const PublishedFigure& figure : card.published)
    if (figure.used)
      if (auto trouble = against(card, figure, hearsay_counts); !trouble.empty()) return trouble;
  for (const Applied& a : applied_by(card)) {
    if (std::isinf(a.limit.half_width)) continue;
    bool rests = false, could = false;
    for (const PublishedFigure& f : card.published) {
      if (f.quantity != a.quantity || f.range != a.range) continue;
      rests |= f.used && same(f.limit, a.limit.half_width);
      could |= f.confirmed || hearsay_counts;
    }
    if (could && !rests)
      return "the " + where(a.quantity, a.range) +
             " is not the published figure that the rule chooses";
    if (!could && !a.limit.source.starts_with("assumed"))
      return "the " + where(a.quantity, a.range) +
             " rests on no published figure and is not called assumed";
  }
  return {};
}

}  // namespace jr
