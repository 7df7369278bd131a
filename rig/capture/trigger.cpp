// A trigger is an edge: the condition must have been false one sample before.
#include "rig/capture/trigger.hpp"

#include <algorithm>
#include <cstdlib>
#include <regex>

namespace jr {
namespace {

double prefix_factor(const std::string& prefix) {
  if (prefix == "m") return 1e-3;
  if (prefix == "u") return 1e-6;
  if (prefix == "n") return 1e-9;
  return 1;
}

/// Drops the first `n` samples of a block.
void drop_front(SampleBlock& block, std::size_t n) {
  const auto cut = [n](auto& values) { values.erase(values.begin(), values.begin() + static_cast<std::ptrdiff_t>(n)); };
  cut(block.codes);
  cut(block.ranges);
  cut(block.lines);
  block.first_ordinal += n;
  std::erase_if(block.breaks, [&](const CounterBreak& b) { return b.ordinal < block.first_ordinal; });
}

}  // namespace

Result<TriggerRule> parse_trigger(const std::string& text) {
  static const std::regex kLine("D([0-7])( rising| falling)?");
  static const std::regex kCurrent("current *([<>]) *([0-9]+(?:\\.[0-9]+)?) *([mun]?)A");
  std::smatch match;
  TriggerRule rule;
  if (std::regex_match(text, match, kLine)) {
    rule.kind = match[2] == " falling" ? TriggerRule::Kind::line_falls : TriggerRule::Kind::line_rises;
    rule.line = match[1].str()[0] - '0';
    return rule;
  }
  if (std::regex_match(text, match, kCurrent)) {
    rule.kind = match[1] == ">" ? TriggerRule::Kind::current_above : TriggerRule::Kind::current_below;
    rule.level_A = std::atof(match[2].str().c_str()) * prefix_factor(match[3]);
    return rule;
  }
  return fail(Trouble::usage, "'" + text + "' is no trigger: write \"D0\", \"D3 falling\", \"current > 5mA\" or \"current < 10uA\".");
}

TriggerGate::TriggerGate(SampleSink& next, std::optional<TriggerRule> rule, std::uint64_t pre_samples,
                         std::vector<RangePolynomial> polynomials, Volt supply)
    : next_(next), rule_(rule), pre_samples_(pre_samples), polynomials_(std::move(polynomials)),
      supply_(supply), open_(!rule) {}

bool TriggerGate::holds(const SampleBlock& block, std::size_t i) const {
  using Kind = TriggerRule::Kind;
  const bool high = block.lines[i] >> rule_->line & 1;
  if (rule_->kind == Kind::line_rises) return high;
  if (rule_->kind == Kind::line_falls) return !high;
  if (block.ranges[i] >= polynomials_.size()) return false;
  const double i_A = polynomials_[block.ranges[i]].current(block.codes[i], supply_).value;
  return rule_->kind == Kind::current_above ? i_A > rule_->level_A : i_A < rule_->level_A;
}

std::optional<std::size_t> TriggerGate::trigger_in(const SampleBlock& block) {
  for (std::size_t i = 0; i < block.size(); ++i) {
    const bool now = holds(block, i);
    const bool edge = now && before_ && !*before_;
    before_ = now;
    if (edge) return i;
  }
  return std::nullopt;
}

void TriggerGate::pass(SampleBlock block) {
  block.first_ordinal -= first_passed_;
  for (CounterBreak& jump : block.breaks) jump.ordinal -= first_passed_;
  next_.take(std::move(block));
}

void TriggerGate::take(SampleBlock block) {
  if (block.size() == 0) return;
  if (open_ && held_.empty()) return pass(std::move(block));
  const std::uint64_t block_start = block.first_ordinal;
  const auto hit = trigger_in(block);
  held_.push_back(std::move(block));
  const std::uint64_t end = hit ? block_start + *hit : held_.back().first_ordinal + held_.back().size();
  const std::uint64_t keep_from = end - std::min(end, pre_samples_);
  while (!held_.empty() && held_.front().first_ordinal + held_.front().size() <= keep_from) held_.pop_front();
  if (!hit) return;
  if (!held_.empty() && held_.front().first_ordinal < keep_from)
    drop_front(held_.front(), keep_from - held_.front().first_ordinal);
  open_ = true;
  first_passed_ = held_.empty() ? end : held_.front().first_ordinal;
  for (SampleBlock& kept : held_) pass(std::move(kept));
  held_.clear();
}

}  // namespace jr
