// A ring of the newest blocks, looked through when asked: some ms for a minute of stream.
#include "rig/run/stream_watch.hpp"

#include <algorithm>
#include <chrono>
#include <cmath>

#include "rig/core/host_clock.hpp"

namespace jr {
namespace {

using Clock = std::chrono::steady_clock;
using std::chrono::milliseconds;

constexpr double kFreeLimit_ppm = 2000;
constexpr milliseconds kLook{50};         ///< between two looks at the user's Ctrl-C
constexpr double kPausePatience_s = 15;  ///< as a run has with a monitor that pauses

Clock::time_point after(double seconds) {
  return Clock::now() + std::chrono::ceil<milliseconds>(std::chrono::duration<double>(seconds));
}

}  // namespace

StreamWatch::StreamWatch(const Monitor& monitor, Volt supply, double kept_s,
                         const std::atomic<bool>* interrupted)
    : ranges_(monitor.polynomials()),
      supply_(supply),
      clock_(monitor.clock()),
      kept_samples_(static_cast<std::uint64_t>(kept_s / clock_.period_s)),
      interrupted_(interrupted),
      loss_(clock_),
      free_({clock_.period_s, kFreeLimit_ppm}) {}

void StreamWatch::take(SampleBlock block) {
  {
    const std::lock_guard guard(lock_);
    loss_.add(block);
    free_.add(block);
    state_.received = block.first_ordinal + block.size();
    state_.breaks += block.breaks.size();
    state_.last_arrival_ns = block.host_arrival_ns;
    blocks_.push_back(std::move(block));
    while (blocks_.front().first_ordinal + blocks_.front().size() + kept_samples_ < state_.received)
      blocks_.pop_front();
  }
  changed_.notify_all();
}

void StreamWatch::ended(Error why) {
  {
    const std::lock_guard guard(lock_);
    state_.ended = std::move(why);
    state_.ended_ns = host_now_ns();
  }
  changed_.notify_all();
}

StreamWatch::State StreamWatch::state() const {
  const std::lock_guard guard(lock_);
  return state_;
}

Result<void> StreamWatch::wait_for(std::uint64_t ordinal, double patience_s) const {
  const auto deadline = after(patience_s);
  std::unique_lock guard(lock_);
  while (state_.received < ordinal) {
    if (state_.ended) return Failure(*state_.ended);
    if (interrupted_ && *interrupted_) return fail(Trouble::interrupted, "Interrupted.");
    if (Clock::now() >= deadline)
      return fail(Trouble::timeout,
                  "The monitor sends fewer samples than its rate promises: unplug it, plug it in "
                  "again, avoid hubs.");
    changed_.wait_for(guard, kLook);
  }
  return {};
}

Result<void> StreamWatch::wait_fresh(double seconds) const {
  return wait_for(state().received + samples(seconds), seconds + kPausePatience_s);
}

bool StreamWatch::wait_for_end(double patience_s) const {
  const auto deadline = after(patience_s);
  std::unique_lock guard(lock_);
  while (!state_.ended) {
    if ((interrupted_ && *interrupted_) || Clock::now() >= deadline) return false;
    changed_.wait_for(guard, kLook);
  }
  return true;
}

std::uint64_t StreamWatch::samples(double seconds) const {
  return static_cast<std::uint64_t>(std::ceil(seconds / clock_.period_s));
}

std::uint64_t StreamWatch::ordinal_at(std::int64_t host_ns) const {
  const std::lock_guard guard(lock_);
  return state_.received == 0 ? 0 : loss_.ordinal_at(host_ns);
}

/// Calls `visit(block, first, last)` for the part of each block that lies in [start, end).
template <class Visit>
void StreamWatch::each(std::uint64_t start, std::uint64_t end, Visit visit) const {
  auto block = std::upper_bound(
      blocks_.begin(), blocks_.end(), start,
      [](std::uint64_t s, const SampleBlock& b) { return s < b.first_ordinal + b.size(); });
  for (; block != blocks_.end() && block->first_ordinal < end; ++block) {
    const std::uint64_t from = std::max(start, block->first_ordinal);
    const std::uint64_t to = std::min(end, block->first_ordinal + block->size());
    if (from < to)
      visit(*block, static_cast<std::size_t>(from - block->first_ordinal),
            static_cast<std::size_t>(to - block->first_ordinal));
  }
}

double StreamWatch::current_A(const SampleBlock& block, std::size_t i) const {
  return block.ranges[i] < ranges_.size()
             ? ranges_[block.ranges[i]].current(block.codes[i], supply_).value
             : NAN;
}

std::vector<Edge> StreamWatch::edges(int line, std::uint64_t from) const {
  const std::lock_guard guard(lock_);
  std::vector<Edge> found;
  std::optional<bool> before;
  // The level before `from` decides whether its first sample is an edge.
  each(from - std::min<std::uint64_t>(from, 1), state_.received,
       [&](const SampleBlock& block, std::size_t first, std::size_t last) {
         for (std::size_t i = first; i < last; ++i) {
           const bool level = (block.lines[i] >> line & 1) != 0;
           if (before && level != *before)
             found.push_back({block.first_ordinal + i, static_cast<std::uint8_t>(line), level});
           before = level;
         }
       });
  return found;
}

std::array<int, 8> StreamWatch::edge_counts(std::uint64_t from) const {
  std::array<int, 8> counts{};
  for (int line = 0; line < 8; ++line)
    counts[static_cast<std::size_t>(line)] = static_cast<int>(edges(line, from).size());
  return counts;
}

double StreamWatch::share_high(int line, std::uint64_t start, std::uint64_t end) const {
  const std::lock_guard guard(lock_);
  std::uint64_t n = 0, high = 0;
  each(start, end, [&](const SampleBlock& block, std::size_t first, std::size_t last) {
    for (std::size_t i = first; i < last; ++i) high += block.lines[i] >> line & 1U;
    n += last - first;
  });
  return n ? static_cast<double>(high) / static_cast<double>(n) : NAN;
}

CurrentSight StreamWatch::current(std::uint64_t start, std::uint64_t end) const {
  const std::lock_guard guard(lock_);
  CurrentSight sight{NAN, NAN, NAN, 0};
  std::array<std::uint64_t, kMaxRanges> of_range{};
  double n = 0, mean = 0, squares = 0;  // Welford's recurrence: nothing cancels
  each(start, end, [&](const SampleBlock& block, std::size_t first, std::size_t last) {
    for (std::size_t i = first; i < last; ++i) {
      const double i_A = current_A(block, i);
      if (std::isnan(i_A)) continue;
      ++of_range[block.ranges[i]];
      sight.highest_A = n > 0 ? std::max(sight.highest_A, i_A) : i_A;
      n += 1;
      const double step = i_A - mean;
      mean += step / n;
      squares += step * (i_A - mean);
    }
  });
  if (n > 0) sight.mean_A = mean;
  if (n > 1) sight.deviation_A = std::sqrt(squares / (n - 1));
  sight.commonest_range = static_cast<std::size_t>(
      std::max_element(of_range.begin(), of_range.end()) - of_range.begin());
  return sight;
}

std::vector<double> StreamWatch::means_A(std::uint64_t start, std::uint64_t end,
                                         std::uint64_t piece) const {
  std::vector<double> means;
  const std::lock_guard guard(lock_);
  double sum = 0;
  std::uint64_t n = 0;
  each(start, end, [&](const SampleBlock& block, std::size_t first, std::size_t last) {
    for (std::size_t i = first; i < last; ++i) {
      sum += current_A(block, i);
      if (++n < piece) continue;
      means.push_back(sum / static_cast<double>(n));
      sum = 0;
      n = 0;
    }
  });
  return means;
}

Result<Moments> StreamWatch::moments(std::uint64_t start, std::uint64_t end) const {
  const std::lock_guard guard(lock_);
  Moments total;
  std::uint64_t n = 0;
  each(start, end, [&](const SampleBlock& block, std::size_t first, std::size_t last) {
    total += moments_of(std::span(block.codes).subspan(first, last - first),
                        std::span(block.ranges).subspan(first, last - first));
    n += last - first;
  });
  if (n != end - start)
    return fail(Trouble::not_found, "The window is longer than what is kept of the stream.");
  return total;
}

std::vector<Gap> StreamWatch::gaps() const {
  const std::lock_guard guard(lock_);
  return loss_.resolve();
}

ClockFit StreamWatch::free_clock_fit() const {
  const std::lock_guard guard(lock_);
  return free_.fit();
}

}  // namespace jr
