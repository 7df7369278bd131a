// Ordinals become time indices by adding the gaps before them; pieces end where a gap is.
// Never asks the store for more than one piece.
#include "rig/exchange/stored_trace.hpp"

#include <algorithm>
#include <cmath>
#include <limits>

namespace jr {
namespace {

constexpr std::uint64_t kPiece = 65'536;

/// Gaps in the order of their places, each ordinal once.
std::vector<Gap> in_order(std::vector<Gap> gaps) {
  std::stable_sort(gaps.begin(), gaps.end(), [](const Gap& a, const Gap& b) { return a.ordinal < b.ordinal; });
  return gaps;
}

/// Time index of the sample with this ordinal.
std::uint64_t index_of(const std::vector<Gap>& gaps, std::uint64_t ordinal) {
  std::uint64_t index = ordinal;
  for (const Gap& gap : gaps)
    if (gap.ordinal <= ordinal) index += gap.length;
  return index;
}

/// First ordinal whose time index is not below `index`.
std::uint64_t ordinal_at(const std::vector<Gap>& gaps, std::uint64_t index) {
  std::uint64_t missing = 0;
  for (const Gap& gap : gaps) {
    if (gap.ordinal + missing >= index) break;
    if (gap.ordinal + missing + gap.length >= index) return gap.ordinal;
    missing += gap.length;
  }
  return index - missing;
}

/// A time as an index, rounded up; beyond everything: the largest.
std::uint64_t index_at(double time_s, double period_s) {
  const double index = std::ceil(time_s / period_s - 1e-6);  // 0.3 s of 10 us is 30,000, whatever the rounding
  return index <= 0 ? 0 : index >= 9e18 ? std::numeric_limits<std::int64_t>::max() : static_cast<std::uint64_t>(index);
}

std::vector<ViewedWindow> windows_inside(const std::vector<WindowRow>& windows, const std::vector<Gap>& gaps, const ViewFacts& facts) {
  std::vector<ViewedWindow> inside;
  for (const WindowRow& row : windows) {
    const std::uint64_t start = std::max(row.window.start, facts.first), end = std::min(row.window.end, facts.end);
    if (start >= end) continue;
    inside.push_back({row, start - facts.first, end - facts.first, facts.time_s(index_of(gaps, start)), facts.time_s(index_of(gaps, end - 1) + 1)});
  }
  return inside;
}

}  // namespace

double ViewFacts::time_s(std::uint64_t index) const {
  const double rate = 1 / period_s, whole = std::round(rate);
  // A whole rate divides: three samples of 10 us are then 3e-05 s, and no digits that nobody measured.
  if (whole >= 1 && std::abs(rate - whole) < 1e-9 * rate) return static_cast<double>(index) / whole;
  return static_cast<double>(index) * period_s;
}

Result<StoredTrace> StoredTrace::open(const Store& store, const ViewRequest& request) {
  StoredTrace view(store);
  if (auto loaded = view.load(request); !loaded) return Failure(loaded.error());
  return view;
}

Result<void> StoredTrace::load(const ViewRequest& request) {
  facts_.request = request;
  auto run = store_->run(request.run);
  if (!run) return Failure(run.error());
  facts_.run = std::move(*run);
  auto stream = store_->stream(request.run, request.stream);
  if (!stream) return Failure(stream.error());
  facts_.stream = std::move(*stream);
  facts_.period_s = facts_.stream.period_s;
  facts_.channels = facts_.stream.channels.empty() ? std::vector{Quantity::current_A} : facts_.stream.channels;
  if (facts_.stream.channels.empty() && request.ranges.empty())
    return fail(Trouble::usage, "Run " + request.run + " holds codes and no coefficients to make amperes of them.");
  auto stored_gaps = store_->gaps(request.run, request.stream);
  if (!stored_gaps) return Failure(stored_gaps.error());
  const std::vector<Gap> gaps = in_order(std::move(*stored_gaps));
  const auto samples = store_->samples(request.run, request.stream);
  if (!samples) return Failure(samples.error());
  if (request.from_s && request.to_s && *request.from_s >= *request.to_s)
    return fail(Trouble::usage, "The export would end before it begins: --from must be less than --to.");
  facts_.first = request.from_s ? ordinal_at(gaps, index_at(*request.from_s, facts_.period_s)) : 0;
  facts_.end = std::min(*samples, request.to_s ? ordinal_at(gaps, index_at(*request.to_s, facts_.period_s)) : *samples);
  if (facts_.first >= facts_.end)
    return fail(Trouble::not_found, "Run " + request.run + " holds no sample of stream " + std::to_string(request.stream) + " there: it has " +
                                        std::to_string(*samples) + " samples.");
  facts_.first_index = index_of(gaps, facts_.first);
  for (const Gap& gap : gaps)
    if (gap.ordinal > facts_.first && gap.ordinal < facts_.end) facts_.gaps.push_back({gap, gap.ordinal - facts_.first});
  const auto windows = store_->windows(request.run, request.stream);
  if (!windows) return Failure(windows.error());
  facts_.windows = windows_inside(*windows, gaps, facts_);
  at_ = facts_.first, index_ = facts_.first_index;
  return {};
}

Result<void> StoredTrace::fill(ViewPiece& piece, std::uint64_t to) const {
  const ViewRequest& request = facts_.request;
  if (!facts_.stream.channels.empty()) {
    auto values = store_->values_between(request.run, request.stream, at_, to);
    if (!values) return Failure(values.error());
    piece.channels = std::move(values->channels);
    piece.lines = std::move(values->lines);
    if (!piece.channels.empty() && piece.lines.empty()) piece.lines.assign(piece.channels.front().size(), 0);
    return {};
  }
  auto stretch = store_->samples_between(request.run, request.stream, at_, to);
  if (!stretch) return Failure(stretch.error());
  std::vector<double> current(stretch->codes.size());
  for (std::size_t i = 0; i < current.size(); ++i) {
    const std::size_t range = stretch->ranges[i];
    current[i] = range < request.ranges.size() ? request.ranges[range].current(stretch->codes[i], request.supply).value
                                               : std::numeric_limits<double>::quiet_NaN();
  }
  piece.channels = {std::move(current)};
  piece.lines = std::move(stretch->lines);
  return {};
}

Result<std::optional<ViewPiece>> StoredTrace::next() {
  if (at_ >= facts_.end) return std::nullopt;
  ViewPiece piece;
  for (; gap_ < facts_.gaps.size() && facts_.gaps[gap_].stored.ordinal == at_; ++gap_) piece.missing_before += facts_.gaps[gap_].stored.length;
  index_ += piece.missing_before;
  piece.row = at_ - facts_.first;
  piece.index = index_;
  const std::uint64_t to = std::min({facts_.end, at_ + kPiece, gap_ < facts_.gaps.size() ? facts_.gaps[gap_].stored.ordinal : facts_.end});
  if (auto filled = fill(piece, to); !filled) return Failure(filled.error());
  if (piece.size() != to - at_)
    return fail(Trouble::storage, "Samples " + std::to_string(at_) + " to " + std::to_string(to) + " of run " + facts_.run.id +
                                      " are not stored any more: its trace was dropped or is damaged (joulerig store check tells).");
  at_ = to, index_ += piece.size();
  return piece;
}

}  // namespace jr
