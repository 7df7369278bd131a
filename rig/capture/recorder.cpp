// One thread between the reader and the disk: a bounded queue in front, a commit at least each second behind.
#include "rig/capture/recorder.hpp"

#include <algorithm>
#include <cmath>
#include <utility>

#include "rig/core/value_runs.hpp"

namespace jr {
namespace {

using Clock = std::chrono::steady_clock;

constexpr std::size_t kChunkSamples = 65'536;
constexpr std::size_t kCommitSamples = 8 * kChunkSamples;  ///< at most so many in one transaction, and a block
constexpr auto kCommitEvery = std::chrono::milliseconds(700);
/// So many wake the recorder's thread, fewer wait for the next commit.
constexpr std::size_t kWakeSamples = kChunkSamples / 4;
/// 20 s of a PPK2: a disk that is slower than that for so long has failed.
constexpr std::size_t kQueueSamples = 2'000'000;

void append(Stretch& into, const SampleBlock& block) {
  if (into.codes.empty()) into.first_ordinal = block.first_ordinal;
  into.codes.insert(into.codes.end(), block.codes.begin(), block.codes.end());
  into.ranges.insert(into.ranges.end(), block.ranges.begin(), block.ranges.end());
  into.lines.insert(into.lines.end(), block.lines.begin(), block.lines.end());
}

/// Moves all behind the first `n` samples to `rest`, whose memory is used again.
void cut_off(Stretch& from, std::size_t n, Stretch& rest) {
  const auto tail = [n](auto& samples, auto& into) {
    into.assign(samples.begin() + static_cast<std::ptrdiff_t>(n), samples.end());
    samples.resize(n);
  };
  rest.first_ordinal = from.first_ordinal + n;
  tail(from.codes, rest.codes), tail(from.ranges, rest.ranges), tail(from.lines, rest.lines);
}

}  // namespace

Recorder::Recorder(Store& store, std::string run, int stream, StreamClock clock,
                   std::uint8_t watched, Acknowledge acknowledge)
    : store_(store), run_(std::move(run)), stream_(stream), watched_(watched),
      acknowledge_(std::move(acknowledge)), loss_(clock),
      second_(static_cast<std::uint64_t>(std::llround(1 / clock.period_s))), thread_([this] { work(); }) {}

Recorder::~Recorder() {
  {
    const std::lock_guard guard(lock_);
    stopping_ = true;
  }
  work_.notify_one();
  if (thread_.joinable()) thread_.join();
}

/// A thread that wakes only to look and to sleep again costs more than all that is done with a block.
bool Recorder::has_news() const { return state_.ended.has_value() || (awaited_ && (*awaited_)(state_)); }

void Recorder::take(SampleBlock block) {
  bool is_work = false, is_news = false;
  {
    const std::lock_guard guard(lock_);
    if (state_.ended || stopped_) return;
    if (queued_samples_ + block.size() > kQueueSamples) {
      state_.ended = Error{Trouble::storage,
                           "The disk of " + store_.file().string() +
                               " was too slow for 20 s of samples: use a faster one with --db."};
    } else {
      queued_samples_ += block.size();
      absorb(block);
      queue_.push_back(std::move(block));
      if (!waiting_since_) waiting_since_ = Clock::now();
    }
    is_work = queued_samples_ >= kWakeSamples;
    is_news = has_news();
  }
  if (is_news) changed_.notify_all();
  if (is_work) work_.notify_one();
}

void Recorder::ended(Error why) {
  {
    const std::lock_guard guard(lock_);
    if (!state_.ended) state_.ended = std::move(why);
  }
  changed_.notify_all();
}

void Recorder::absorb(const SampleBlock& block) {
  note_edges(block);
  loss_.add(block);
  state_.received = block.first_ordinal + block.size();
  state_.last_arrival_ns = block.host_arrival_ns;
  state_.lost = loss_.lost();
}

void Recorder::note_edges(const SampleBlock& block) {
  if (block.lines.empty()) return;
  const auto& lines = block.lines;
  std::uint8_t before = state_.received == 0 ? lines.front() : state_.lines;
  for (std::size_t at = 0; at < lines.size(); at = run_end(lines, at)) {
    const auto toggled = static_cast<std::uint8_t>((lines[at] ^ before) & watched_);
    for (std::uint8_t line = 0; toggled >> line; ++line)
      if (toggled >> line & 1) edges_.push_back({block.first_ordinal + at, line, (lines[at] >> line & 1) != 0});
    before = lines[at];
  }
  while (edges_.size() > kEdgesKept) edges_.pop_front();
  state_.lines = lines.back();
}

CaptureState Recorder::state() const {
  const std::lock_guard guard(lock_);
  return state_;
}

bool Recorder::wait(const std::function<bool(const CaptureState&)>& done,
                    std::chrono::milliseconds limit) const {
  std::unique_lock guard(lock_);
  awaited_ = &done;
  changed_.wait_for(guard, limit, [this] { return has_news(); });
  awaited_ = nullptr;
  return done(state_);
}

std::vector<Edge> Recorder::edges(std::uint8_t line, std::uint64_t from) const {
  const std::lock_guard guard(lock_);
  std::vector<Edge> found;
  for (const Edge& edge : edges_)
    if (edge.line == line && edge.ordinal >= from) found.push_back(edge);
  return found;
}

const LossAccounting& Recorder::view(std::uint64_t staleness) const {
  const std::lock_guard guard(lock_);
  if (!view_ || loss_.received() > view_->received() + staleness) view_ = loss_;
  return *view_;
}

std::vector<Gap> Recorder::gaps() const {
  const std::lock_guard guard(view_lock_);
  return view(0).resolve();
}

std::vector<Gap> Recorder::gaps_between(std::uint64_t start, std::uint64_t end) const {
  std::vector<Gap> inside;
  for (const Gap& gap : gaps())
    if (gap.ordinal + gap.place_limit > start && gap.ordinal < end + gap.place_limit)
      inside.push_back(gap);
  return inside;
}

std::uint64_t Recorder::ordinal_at(std::int64_t host_ns) const {
  if (state().received == 0) return 0;
  const std::lock_guard guard(view_lock_);
  return view(second_).ordinal_at(host_ns);
}

ClockFit Recorder::clock_fit() const {
  const std::lock_guard guard(view_lock_);
  return view(0).fit();
}

Result<void> Recorder::flush() {
  std::unique_lock guard(lock_);
  const std::uint64_t target = state_.received;
  flush_asked_ = true;
  work_.notify_one();
  changed_.wait(guard, [&] {
    return state_.committed >= target || stopped_ ||
           (state_.ended && state_.ended->trouble == Trouble::storage);
  });
  if (state_.committed >= target) return {};
  return Failure(state_.ended.value_or(Error{Trouble::storage, "The recorder has stopped."}));
}

Result<void> Recorder::finish() {
  auto flushed = flush();
  {
    const std::lock_guard guard(lock_);
    stopping_ = true;
  }
  work_.notify_one();
  if (thread_.joinable()) thread_.join();
  if (!flushed) return flushed;
  (void)store_.end_stream(run_, stream_);  // a pyramid is a cache: what is missing of it is computed when asked for
  return store_.set_gaps(run_, stream_, gaps());
}

bool Recorder::is_commit_due() const {
  const std::lock_guard guard(lock_);
  return !pending_.codes.empty() && waiting_since_ && Clock::now() - *waiting_since_ >= kCommitEvery;
}

void Recorder::work() {
  std::unique_lock guard(lock_);
  while (true) {
    if (pending_.codes.empty() && queue_.empty()) waiting_since_.reset();
    work_.wait_until(guard, waiting_since_.value_or(Clock::now()) + kCommitEvery,
                     [this] { return queued_samples_ >= kWakeSamples || flush_asked_ || stopping_; });
    std::deque<SampleBlock> blocks;
    blocks.swap(queue_);
    queued_samples_ = 0;
    const bool must_flush = flush_asked_ || stopping_ || state_.ended.has_value();
    const bool stop = stopping_ && blocks.empty();
    flush_asked_ = false;
    guard.unlock();
    const bool healthy = keep(std::move(blocks)) && (!(must_flush || is_commit_due()) || commit(pending_.codes.size()));
    guard.lock();
    if (!healthy || stop) break;
  }
  stopped_ = true;
  guard.unlock();
  changed_.notify_all();
}

/// Whole chunks are committed as they fill, several at once when the disk has fallen behind.
bool Recorder::keep(std::deque<SampleBlock> blocks) {
  const auto whole = [this] { return pending_.codes.size() / kChunkSamples * kChunkSamples; };
  for (; !blocks.empty(); blocks.pop_front()) {
    const SampleBlock& block = blocks.front();
    append(pending_, block);
    pending_anchors_.push_back({block.first_ordinal + block.size(), block.host_arrival_ns});
    if (whole() >= kCommitSamples && !commit(whole())) return false;
  }
  return whole() == 0 || commit(whole());
}

/// The first `n` pending samples; what is behind them stays pending.
bool Recorder::commit(std::size_t n) {
  if (n == 0) return true;
  cut_off(pending_, n, next_);
  const std::uint64_t end = pending_.first_ordinal + n;
  const auto later = std::find_if(pending_anchors_.begin(), pending_anchors_.end(),
                                  [end](const HostAnchor& anchor) { return anchor.ordinal > end; });
  std::vector<HostAnchor> rest_anchors(later, pending_anchors_.end());
  pending_anchors_.erase(later, pending_anchors_.end());
  const auto stored = store_.append(run_, stream_, pending_, pending_anchors_);
  std::swap(pending_, next_);
  pending_anchors_ = std::move(rest_anchors);
  {
    const std::lock_guard guard(lock_);
    waiting_since_ = Clock::now();
    if (stored)
      state_.committed = end;
    else
      state_.ended = stored.error();
  }
  changed_.notify_all();
  if (stored && acknowledge_) acknowledge_(end);
  return stored.has_value();
}

}  // namespace jr
