// A trigger is an edge: the condition must have been false one sample before. Of a current the level alone will do,
// from the moment on at which somebody believes it.
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

/// Keeps the first `n` samples of a block.
void keep_front(SampleBlock& block, std::size_t n) {
  block.codes.resize(n), block.ranges.resize(n), block.lines.resize(n);
  std::erase_if(block.breaks, [&](const CounterBreak& b) { return b.ordinal >= block.first_ordinal + n; });
}

bool is_of_a_current(const TriggerRule& rule) {
  return rule.kind == TriggerRule::Kind::current_above || rule.kind == TriggerRule::Kind::current_below;
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

TriggerGate::TriggerGate(std::optional<TriggerRule> rule, std::uint64_t pre_samples, std::uint64_t total,
                         std::vector<RangePolynomial> polynomials, Volt supply)
    : rule_(rule), pre_samples_(pre_samples), left_(total), polynomials_(std::move(polynomials)), supply_(supply) {
  state_.held_from_start = rule.has_value();
}

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
  if (!rule_) return 0;
  for (std::size_t i = 0; i < block.size(); ++i) {
    const bool now = holds(block, i);
    const bool edge = now && before_ && !*before_;
    const bool level = now && level_from_ && block.first_ordinal + i >= *level_from_ && is_of_a_current(*rule_);
    before_ = now;
    state_.held_from_start = state_.held_from_start && now;
    state_.opened_by_level = level && !edge;
    if (edge || level) return i;
  }
  return std::nullopt;
}

/// Samples beyond the total are nobody's.
void TriggerGate::pass(SampleBlock block) {
  if (left_ == 0) return;
  if (block.size() > left_) keep_front(block, left_);
  left_ -= block.size();
  block.first_ordinal -= first_passed_;
  for (CounterBreak& jump : block.breaks) jump.ordinal -= first_passed_;
  next_->take(std::move(block));
}

/// What is held begins with the pre-trigger from here on.
void TriggerGate::open_at(std::uint64_t ordinal) {
  const std::uint64_t keep_from = ordinal - std::min(ordinal, pre_samples_);
  if (!held_.empty() && held_.front().first_ordinal < keep_from)
    drop_front(held_.front(), keep_from - held_.front().first_ordinal);
  first_passed_ = held_.empty() ? ordinal : held_.front().first_ordinal;
  state_.open = true;
  state_.before = ordinal - first_passed_;
}

void TriggerGate::take(SampleBlock block) {
  if (block.size() == 0) return;
  const std::lock_guard guard(lock_);
  state_.seen = block.first_ordinal + block.size();
  if (state_.open) {
    if (next_) return pass(std::move(block));
    held_.push_back(std::move(block));
    return;
  }
  const std::uint64_t block_start = block.first_ordinal;
  const auto hit = trigger_in(block);
  held_.push_back(std::move(block));
  const std::uint64_t end = hit ? block_start + *hit : state_.seen;
  const std::uint64_t keep_from = end - std::min(end, pre_samples_);
  while (!held_.empty() && held_.front().first_ordinal + held_.front().size() <= keep_from) held_.pop_front();
  if (!hit) return;
  open_at(end);
  changed_.notify_all();
  if (!next_) return;
  for (SampleBlock& kept : held_) pass(std::move(kept));
  held_.clear();
}

void TriggerGate::ended(Error why) {
  const std::lock_guard guard(lock_);
  state_.ended = why;
  changed_.notify_all();
  if (next_) next_->ended(std::move(why));
}

void TriggerGate::believe_level(std::uint64_t later) {
  const std::lock_guard guard(lock_);
  level_from_ = state_.seen + later;
}

GateState TriggerGate::wait(std::chrono::milliseconds limit) const {
  std::unique_lock guard(lock_);
  changed_.wait_for(guard, limit, [this] { return state_.open || state_.ended; });
  return state_;
}

void TriggerGate::attach(SampleSink& next) {
  const std::lock_guard guard(lock_);
  next_ = &next;
  if (!state_.open) return;
  for (SampleBlock& kept : held_) pass(std::move(kept));
  held_.clear();
  if (state_.ended) next_->ended(*state_.ended);
}

}  // namespace jr
