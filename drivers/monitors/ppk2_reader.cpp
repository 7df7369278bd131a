// Reads a streaming PPK2 in large pieces: poll, read until empty, decode, hand on one block a wake-up.
// Never sleeps longer than half of what a terminal's buffer holds.
#include "drivers/monitors/ppk2_reader.hpp"

#include <poll.h>
#include <sys/eventfd.h>
#include <unistd.h>

#include <cerrno>
#include <cstdint>

#include "rig/core/host_clock.hpp"

namespace jr {
namespace {

using std::chrono::milliseconds;

constexpr std::size_t kReadBytes = 64 * 1024;
/// USB delivers in packets of 64 bytes; waking up for each costs a hundred times what they are worth.
/// A wake-up that brought less than this is followed by a pause. 5 ms are 2000 bytes; the terminal
/// holds 4095 before it pushes back.
constexpr std::size_t kSmallPiece = 1'200;
constexpr milliseconds kPause{5};
constexpr milliseconds kPollSlice{250};
/// Bytes without one sample in them (2.6 s): this is no PPK2 stream, or not any more.
constexpr std::uint64_t kHopeless = 1 << 20;

}  // namespace

Result<void> Ppk2Reader::start(SampleSink& sink) {
  stop_event_ = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
  if (stop_event_ < 0)
    return fail(Trouble::refused, "no file descriptor is left to read " + port_.path() +
                                      " with; raise `ulimit -n`.");
  buffer_.resize(kReadBytes);
  thread_ = std::thread([this, &sink] { run(sink); });
  return {};
}

void Ppk2Reader::stop() {
  if (!thread_.joinable()) return;
  const std::uint64_t one = 1;
  while (::write(stop_event_, &one, sizeof one) < 0 && errno == EINTR) {
  }
  thread_.join();
  ::close(stop_event_);
  stop_event_ = -1;
}

bool Ppk2Reader::stop_asked_within(milliseconds time) const {
  pollfd entry{stop_event_, POLLIN, 0};
  return ::poll(&entry, 1, static_cast<int>(time.count())) > 0;
}

void Ppk2Reader::run(SampleSink& sink) {
  Ppk2Decoder decoder;
  milliseconds silent{0};
  for (;;) {
    pollfd entries[2] = {{port_.descriptor(), POLLIN, 0}, {stop_event_, POLLIN, 0}};
    const int n = ::poll(entries, 2, static_cast<int>(kPollSlice.count()));
    if (entries[1].revents && n > 0) return;
    if (n < 0 && errno == EINTR) continue;
    if (n == 0) {  // counted in slices that really passed idle: a stopped host is not a silent device
      silent += kPollSlice;
      if (silent < silence_) continue;
      sink.ended({Trouble::timeout, "the PPK2 at " + port_.path() + " sent nothing for " +
                                        std::to_string(silent.count()) +
                                        " ms while streaming; check its cable and power switch."});
      return;
    }
    silent = milliseconds{0};
    const Next next = empty_port(sink, decoder);
    if (next == Next::end) return;
    if (next == Next::pause && stop_asked_within(kPause)) return;
  }
}

/// Reads all there is, as one block. The block's time is taken after the last read: what a sample waited
/// before that is latency, and the loss accounting expects latency, never earliness.
Ppk2Reader::Next Ppk2Reader::empty_port(SampleSink& sink, Ppk2Decoder& decoder) {
  SampleBlock block;
  std::size_t total = 0;
  Result<std::size_t> n = 0;
  do {
    n = port_.read(buffer_, milliseconds{0});
    if (!n || *n == 0) break;
    block.host_arrival_ns = host_now_ns();
    decoder.decode(std::span(buffer_).first(*n), block);
    total += *n;
  } while (total < 4 * kReadBytes);
  if (!n) {
    // What the decoder still held back comes out now, and without a time it had arrived before all the rest.
    if (block.host_arrival_ns == 0) block.host_arrival_ns = host_now_ns();
    decoder.finish(block);
  }
  if (block.size() > 0) sink.take(std::move(block));
  if (!n) {
    sink.ended(n.error());
    return Next::end;
  }
  if (decoder.bytes_without_sample() > kHopeless) {
    sink.ended({Trouble::malformed, port_.path() + " streams bytes that are no PPK2 samples; unplug it, "
                                    "plug it in again, and choose the right port."});
    return Next::end;
  }
  return total < kSmallPiece ? Next::pause : Next::wait;
}

}  // namespace jr
