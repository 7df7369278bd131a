// Blocks of any size in, chunks of one size out; gaps and windows at the end, when all of them are known.
// Never trusts a reader's block: its shape is checked against the facts.
#include "rig/exchange/store_sink.hpp"

#include <algorithm>
#include <cmath>

#include "rig/core/host_clock.hpp"
#include "rig/core/verdict.hpp"

namespace jr {
namespace {

constexpr double kShortestPeriod_s = 1e-12, kLongestPeriod_s = 1e6;

Result<void> check_facts(const ForeignFacts& facts) {
  if (!(facts.period_s >= kShortestPeriod_s && facts.period_s <= kLongestPeriod_s))
    return fail(Trouble::malformed, "The recording's sampling rate is none (one sample every " + std::to_string(facts.period_s) +
                                        " s): give --rate, or look into the file.");
  if (facts.channels.empty() || facts.channels.size() > 2)
    return fail(Trouble::malformed, "The recording has " + std::to_string(facts.channels.size()) +
                                        " channels, and a stream holds one or two: choose with --column.");
  if (facts.supply_V && !(*facts.supply_V > 0 && *facts.supply_V < 1e3))
    return fail(Trouble::usage, "A supply of " + std::to_string(*facts.supply_V) + " V is none of a board's: give --volts.");
  return {};
}

/// JSON has no infinity and an energy neither: what is not finite is missing in its place.
void keep_finite(std::vector<double>& values) {
  for (double& value : values)
    if (!std::isfinite(value)) value = NAN;
}

template <class T>
void take_front(std::vector<T>& from, std::size_t n, std::vector<T>& into) {
  const auto end = from.begin() + static_cast<std::ptrdiff_t>(std::min(n, from.size()));
  into.assign(from.begin(), end);
  from.erase(from.begin(), end);
}

}  // namespace

StoreSink::StoreSink(Store& store, Describe describe, const std::atomic<bool>* interrupted)
    : store_(store), describe_(std::move(describe)), interrupted_(interrupted) {}

StoreSink::~StoreSink() { abandon("The import ended before the recording was whole."); }

Result<void> StoreSink::begin(const ForeignFacts& facts) {
  if (!run_.empty()) return fail(Trouble::malformed, "The recording begins twice.");
  if (auto good = check_facts(facts); !good) return good;
  const auto rows = describe_(facts);
  if (!rows) return Failure(rows.error());
  auto run = store_.begin_run(*rows);
  if (!run) return Failure(run.error());
  run_ = std::move(*run);
  open_ = true;
  channels_ = facts.channels.size();
  has_lines_ = facts.has_lines;
  pending_.channels.resize(channels_);
  StreamFacts stream;
  stream.kind = facts.instrument;
  stream.serial = facts.serial;
  stream.metadata = facts.metadata;
  stream.period_s = facts.period_s;
  stream.polynomials = "[]";
  stream.channels = facts.channels;
  if (auto added = store_.add_stream(run_, stream); !added) return Failure(added.error());
  return {};
}

Result<void> StoreSink::check(const ForeignBlock& block) const {
  if (run_.empty()) return fail(Trouble::malformed, "The recording has samples before it says what they are.");
  bool fits = block.channels.size() == channels_;
  const std::size_t n = fits ? block.channels.front().size() : 0;
  for (const auto& channel : block.channels) fits = fits && channel.size() == n;
  fits = fits && (block.lines.empty() ? !has_lines_ || n == 0 : block.lines.size() == n);
  return fits ? Result<void>{} : fail(Trouble::malformed, "The recording's channels are not of equal length.");
}

Result<void> StoreSink::samples(const ForeignBlock& block) {
  if (auto good = check(block); !good) return good;
  if (interrupted_ && *interrupted_) return fail(Trouble::interrupted, "Interrupted.");
  // In pieces, so that a reader's large block does not double what is held.
  const std::size_t n = block.channels.front().size();
  for (std::size_t at = 0; at < n;) {
    const std::size_t take = std::min(n - at, kForeignBlock - pending_.channels.front().size());
    const auto piece = [&](const auto& from, auto& into) {
      const auto first = from.begin() + static_cast<std::ptrdiff_t>(at);
      into.insert(into.end(), first, first + static_cast<std::ptrdiff_t>(take));
    };
    for (std::size_t c = 0; c < channels_; ++c) piece(block.channels[c], pending_.channels[c]);
    if (!block.lines.empty()) piece(block.lines, pending_.lines);
    at += take;
    received_ += take;
    if (pending_.channels.front().size() < kForeignBlock) continue;
    if (auto written = write(kForeignBlock); !written) return written;
  }
  return {};
}

Result<void> StoreSink::gap(std::uint64_t length) {
  if (run_.empty()) return fail(Trouble::malformed, "The recording has a gap before it says what it is.");
  if (length == 0) return {};
  if (!gaps_.empty() && gaps_.back().ordinal == received_) {
    gaps_.back().length += length;
    return {};
  }
  if (gaps_.size() >= kMostForeignGaps)
    return fail(Trouble::malformed, "The recording has more than " + std::to_string(kMostForeignGaps) +
                                        " gaps: look at its time column, its rate may be another than it says.");
  gaps_.push_back({received_, length, 0, 0, GapCause::recording});
  return {};
}

Result<void> StoreSink::window(const ForeignWindow& window) {
  if (run_.empty()) return fail(Trouble::malformed, "The recording has a window before it says what it is.");
  if (windows_.size() >= kMostForeignWindows)
    return fail(Trouble::malformed, "The recording has more than " + std::to_string(kMostForeignWindows) +
                                        " windows: the line that marks them may bounce, or be another one.");
  windows_.push_back(window);
  return {};
}

Result<void> StoreSink::write(std::size_t n) {
  ValueStretch chunk;
  chunk.first_ordinal = written_;
  chunk.channels.resize(channels_);
  for (std::size_t c = 0; c < channels_; ++c) {
    take_front(pending_.channels[c], n, chunk.channels[c]);
    keep_finite(chunk.channels[c]);
  }
  take_front(pending_.lines, n, chunk.lines);
  written_ += chunk.channels.front().size();
  return store_.append_values(run_, 0, chunk);
}

Result<void> StoreSink::finish(const std::vector<std::string>& left_out) {
  if (run_.empty()) return fail(Trouble::malformed, "There is no recording in it.");
  if (received_ == 0) return fail(Trouble::malformed, "The recording holds no samples.");
  if (!pending_.channels.front().empty())
    if (auto written = write(pending_.channels.front().size()); !written) return written;
  if (auto kept = store_.set_gaps(run_, 0, gaps_); !kept) return kept;
  return write_windows(left_out);
}

Result<void> StoreSink::write_windows(const std::vector<std::string>& left_out) {
  int group = 0;
  for (const ForeignWindow& window : windows_) {
    WindowRow row;
    row.group = ++group;
    row.attempt = 1;
    row.window = {window.label, FoundBy::edges, window.start, window.end, window.inferences, 0};
    row.valid = window.start < window.end && window.end <= received_ && window.inferences > 0;
    if (!row.valid)
      row.reason = window.inferences == 0 ? "It holds no inference." : "It does not lie within the recording's samples.";
    if (auto added = store_.add_window(run_, 0, row); !added) return added;
    if (row.valid) continue;
    if (auto noted = store_.note_attempt(run_, {group, 1, 0, wall_now_ms(), false, row.reason, ""}); !noted) return noted;
  }
  for (const std::string& reason : left_out)
    if (auto noted = store_.note_attempt(run_, {++group, 1, 0, wall_now_ms(), false, reason, ""}); !noted) return noted;
  return {};
}

void StoreSink::abandon(const std::string& reason) {
  if (!open_) return;
  open_ = false;
  // What cannot even be marked is marked by the next start: its process is gone by then.
  (void)store_.close_run(run_, name_of(Verdict::rig_error), reason, false, wall_now_ms(), "interrupted");
}

}  // namespace jr
