// The recorder between a reader and a real (temporary) store: order, edges, waiting, loss, and a
// disk that gives up.
#include <doctest/doctest.h>

#include <algorithm>
#include <atomic>
#include <cmath>
#include <cstdlib>
#include <filesystem>
#include <thread>

#include "rig/capture/recorder.hpp"

using namespace jr;
using namespace std::chrono_literals;

namespace {

namespace fs = std::filesystem;

constexpr StreamClock kClock{1e-5, 50};
constexpr auto kPatience = 120s;  ///< for what has to happen; only a broken recorder waits so long

std::uint16_t code_of(std::uint64_t ordinal) {
  return static_cast<std::uint16_t>(ordinal * 2654435761u >> 9 & 0x3FFF);
}
std::uint8_t range_of(std::uint64_t ordinal) {
  return static_cast<std::uint8_t>(ordinal / 1000 % 5);
}

/// Samples that carry their number; D0 is high in odd thousands; arrived when the last one had been
/// taken.
SampleBlock block_at(std::uint64_t first, std::size_t n) {
  SampleBlock block;
  block.first_ordinal = first;
  block.host_arrival_ns = 1'000'000'000 + static_cast<std::int64_t>((first + n) * 10'000);
  for (std::uint64_t i = first; i < first + n; ++i) {
    block.codes.push_back(code_of(i));
    block.ranges.push_back(range_of(i));
    block.lines.push_back(static_cast<std::uint8_t>(i / 1000 % 2));
  }
  return block;
}

SampleBlock block_with_lines(std::uint64_t first, std::vector<std::uint8_t> lines) {
  SampleBlock block = block_at(first, lines.size());
  block.lines = std::move(lines);
  return block;
}

/// A store in a folder of its own with one open run and its stream.
struct Disk {
  fs::path path;
  std::unique_ptr<Store> store;
  std::string run;
  Disk() {
    std::string name = (fs::temp_directory_path() / "joulerig-recorder-XXXXXX").string();
    path = mkdtemp(name.data());
    store = Store::open(path / "test.db").value();
    run = store->begin_run({"unit", "record", true, 1, "", "", "{}", "{}"}).value();
    REQUIRE(
        store->add_stream(run, {"ppk2", "S", "", "", "", kClock.period_s, kClock.limit_ppm, "[]"}));
  }
  ~Disk() {
    store.reset();
    fs::remove_all(path);
  }
};

struct Recording : Disk {
  std::vector<std::uint64_t>
      acknowledged;  ///< written on the recorder's thread; read after finish()
  Recorder recorder;
  explicit Recording(std::uint8_t watched = 1)
      : recorder(*store, run, 0, kClock, watched,
                 [this](std::uint64_t n) { acknowledged.push_back(n); }) {}
};

bool stored_as_sent(const Store& store, const std::string& run, std::uint64_t start,
                    std::uint64_t end) {
  const auto got = store.samples_between(run, 0, start, end);
  if (!got || got->codes.size() != end - start) return false;
  for (std::uint64_t i = start; i < end; ++i)
    if (got->codes[i - start] != code_of(i) || got->ranges[i - start] != range_of(i)) return false;
  return true;
}

using Seen = std::vector<std::pair<std::uint64_t, bool>>;
Seen seen(const std::vector<Edge>& edges) {
  Seen list;
  for (const Edge& edge : edges) list.emplace_back(edge.ordinal, edge.level);
  return list;
}

}  // namespace

TEST_CASE("what has piled up goes to the disk in whole chunks, and the rest of it with the flush") {
  Recording r;
  r.recorder.take(block_at(0, 400'000));
  REQUIRE(r.recorder.finish());
  CHECK(r.acknowledged == std::vector<std::uint64_t>{6 * 65'536, 400'000});
  CHECK(stored_as_sent(*r.store, r.run, 0, 400'000));
}

TEST_CASE("edges are found inside blocks, on their borders and across them") {
  Recording r(1);
  r.recorder.take(block_with_lines(0, {0, 0, 1, 1}));
  r.recorder.take(block_with_lines(4, {0, 0, 0, 0}));  // falls on the border
  r.recorder.take(block_with_lines(8, {0, 1}));
  r.recorder.take(block_with_lines(10, {1, 1, 1, 0}));
  r.recorder.take(block_with_lines(14, {1}));
  CHECK(seen(r.recorder.edges(0, 0)) ==
        Seen{{2, true}, {4, false}, {9, true}, {13, false}, {14, true}});
  CHECK(seen(r.recorder.edges(0, 9)) == Seen{{9, true}, {13, false}, {14, true}});
  CHECK(r.recorder.state().lines == 1);
}

TEST_CASE("a line that is high when the stream begins has no edge there") {
  Recording r(1);
  r.recorder.take(block_with_lines(0, {1, 1, 1}));
  r.recorder.take(block_with_lines(3, {1, 0}));
  CHECK(seen(r.recorder.edges(0, 0)) == Seen{{4, false}});
}

TEST_CASE("two lines that change in one sample are two edges, and a line nobody watches is none") {
  Recording r(0b11);
  r.recorder.take(block_with_lines(0, {0b000, 0b111, 0b110, 0b100}));
  CHECK(seen(r.recorder.edges(0, 0)) == Seen{{1, true}, {2, false}});
  CHECK(seen(r.recorder.edges(1, 0)) == Seen{{1, true}, {3, false}});
  CHECK(r.recorder.edges(2, 0).empty());
}

TEST_CASE("of a line that toggles for ever only the newest edges are kept") {
  Recording r(1);
  const std::size_t n = Recorder::kEdgesKept + 5'000;
  std::vector<std::uint8_t> lines(n);
  for (std::size_t i = 0; i < n; ++i) lines[i] = i % 2;
  r.recorder.take(block_with_lines(0, lines));
  const auto edges = r.recorder.edges(0, 0);
  REQUIRE(edges.size() == Recorder::kEdgesKept);
  CHECK(edges.back().ordinal == n - 1);
}

TEST_CASE("flush makes every sample that was taken readable, and finish keeps them so") {
  Recording r;
  r.recorder.take(block_at(0, 1'234));
  REQUIRE(r.recorder.flush());
  CHECK(r.recorder.state().committed == 1'234);
  CHECK(stored_as_sent(*r.store, r.run, 0, 1'234));
  r.recorder.take(block_at(1'234, 100'000));
  REQUIRE(r.recorder.flush());
  CHECK(stored_as_sent(*r.store, r.run, 0, 101'234));
  REQUIRE(r.recorder.finish());
  CHECK(r.store->samples(r.run, 0).value() == 101'234);
}

TEST_CASE("ten thousand blocks of odd sizes come out of the store in their order") {
  Recording r;
  std::uint64_t at = 0;
  for (std::size_t i = 0; i < 10'000; ++i) {
    const std::size_t n = 1 + i * 7919 % 41;
    r.recorder.take(block_at(at, n));
    at += n;
  }
  REQUIRE(r.recorder.finish());
  CHECK(r.store->samples(r.run, 0).value() == at);
  CHECK(stored_as_sent(*r.store, r.run, 0, at));
  REQUIRE_FALSE(r.acknowledged.empty());
  CHECK(std::is_sorted(r.acknowledged.begin(), r.acknowledged.end()));
  CHECK(r.acknowledged.back() == at);
}

TEST_CASE("samples reach the disk without being asked for, few as well as many") {
  Recording r;
  r.recorder.take(block_at(0, 10));
  CHECK(r.recorder.wait([](const CaptureState& s) { return s.committed >= 10; }, kPatience));
  r.recorder.take(block_at(10, 200'000));
  CHECK(r.recorder.wait([](const CaptureState& s) { return s.committed >= 200'010; }, kPatience));
  CHECK(stored_as_sent(*r.store, r.run, 0, 200'010));
}

TEST_CASE("a flush while another thread keeps taking loses nothing and mixes nothing up") {
  Recording r;
  std::thread reader([&] {
    for (std::uint64_t at = 0; at < 300'000; at += 500) r.recorder.take(block_at(at, 500));
  });
  for (int i = 0; i < 5; ++i) {
    const std::uint64_t taken = r.recorder.state().received;
    CHECK(r.recorder.flush());
    CHECK(r.recorder.state().committed >= taken);
  }
  reader.join();
  REQUIRE(r.recorder.finish());
  CHECK(stored_as_sent(*r.store, r.run, 0, 300'000));
}

TEST_CASE("a wait ends when its condition holds and fails when its time is over") {
  Recording r;
  CHECK_FALSE(r.recorder.wait([](const CaptureState& s) { return s.received > 0; }, 1ms));
  std::thread reader([&] { r.recorder.take(block_at(0, 100)); });
  CHECK(r.recorder.wait([](const CaptureState& s) { return s.received >= 100; }, kPatience));
  reader.join();
  CHECK(r.recorder.state().last_arrival_ns > 0);
}

TEST_CASE("the end of the stream wakes whoever waits and keeps the first reason") {
  Recording r;
  std::atomic<bool> waiting{false};
  bool held = true;
  std::thread waiter([&] {
    held = r.recorder.wait(
        [&](const CaptureState& s) {
          waiting = true;  // asked under the recorder's lock, before it begins to wait
          return s.received > 1'000'000;
        },
        std::chrono::hours(1));
  });
  while (!waiting) std::this_thread::yield();
  r.recorder.ended({Trouble::hang_up, "The PPK2 was unplugged."});
  r.recorder.ended({Trouble::malformed, "What came of it."});
  waiter.join();
  CHECK_FALSE(held);
  REQUIRE(r.recorder.state().ended);
  CHECK(r.recorder.state().ended->message == "The PPK2 was unplugged.");
}

TEST_CASE("what had been taken before a hang-up is stored, what comes after it is not taken") {
  Recording r;
  r.recorder.take(block_at(0, 5'000));
  r.recorder.ended({Trouble::hang_up, "gone"});
  r.recorder.take(block_at(5'000, 100));
  CHECK(r.recorder.state().received == 5'000);
  REQUIRE(r.recorder.finish());
  CHECK(stored_as_sent(*r.store, r.run, 0, 5'000));
  CHECK(r.recorder.state().ended->trouble == Trouble::hang_up);
}

TEST_CASE(
    "a disk that is full ends the capture, is reported by flush and finish, and keeps what it "
    "has") {
  Recording r;
  r.recorder.take(block_at(0, 60'000));
  REQUIRE(r.recorder.flush());
  r.store->limit_pages(1);
  for (std::uint64_t at = 60'000; at < 1'600'000 && !r.recorder.state().ended; at += 50'000)
    r.recorder.take(block_at(at, 50'000));
  r.recorder.wait([](const CaptureState&) { return false; },
                  kPatience);  // until the capture has ended
  const CaptureState state = r.recorder.state();
  REQUIRE(state.ended);
  CHECK(state.ended->trouble == Trouble::storage);
  CHECK(state.ended->message.find("full") != std::string::npos);
  CHECK(state.committed < state.received);
  const auto flushed = r.recorder.flush();
  REQUIRE_FALSE(flushed);
  CHECK(flushed.error().trouble == Trouble::storage);
  const auto finished = r.recorder.finish();
  REQUIRE_FALSE(finished);
  CHECK(finished.error().message == state.ended->message);
  CHECK(r.acknowledged.back() == state.committed);
  CHECK(stored_as_sent(*r.store, r.run, 0, state.committed));
}

TEST_CASE("gaps are counted while they come, found by place, and stored by finish") {
  Recording r;
  for (std::uint64_t at = 0; at < 1'000'000; at += 1'000) {
    SampleBlock block = block_at(at, 1'000);
    if (at == 500'000) block.breaks = {{500'200, 70 % 64, 64, 0, 0}};
    if (at >= 500'000)
      block.host_arrival_ns += 70 * 10'000;  // 70 were lost: what follows comes later
    block.host_arrival_ns += static_cast<std::int64_t>(at / 1'000 % 7) * 30'000;
    r.recorder.take(std::move(block));
  }
  CHECK(r.recorder.state().lost >= 70 % 64);
  CHECK(r.recorder.gaps_between(0, 500'200).empty());
  CHECK(r.recorder.gaps_between(500'201, 1'000'000).empty());
  REQUIRE(r.recorder.gaps_between(500'000, 500'300).size() == 1);
  const Gap gap = r.recorder.gaps_between(500'000, 500'300).front();
  CHECK(gap.ordinal == 500'200);
  CHECK(gap.length == 70);
  CHECK(gap.length_limit == 0);
  REQUIRE(r.recorder.finish());
  const auto stored = r.store->gaps(r.run, 0).value();
  REQUIRE(stored.size() == 1);
  CHECK(stored[0].ordinal == 500'200);
  CHECK(stored[0].length == 70);
  CHECK(stored[0].cause == GapCause::counter);
}

TEST_CASE(
    "a host time becomes the sample that was taken then, and nothing before the first block") {
  Recording r;
  CHECK(r.recorder.ordinal_at(1'000'000'000) == 0);
  for (std::uint64_t at = 0; at < 500'000; at += 1'000) r.recorder.take(block_at(at, 1'000));
  const auto ordinal = r.recorder.ordinal_at(1'000'000'000 + 250'000 * std::int64_t{10'000});
  CHECK(ordinal >= 249'900);
  CHECK(ordinal <= 250'100);
  CHECK(std::fabs(r.recorder.clock_fit().skew_ppm) < 1);
}

TEST_CASE("a recorder that nobody finished still commits what it took when it goes") {
  Disk disk;
  {
    Recorder recorder(*disk.store, disk.run, 0, kClock, 1, nullptr);
    recorder.take(block_at(0, 4'321));
  }
  CHECK(stored_as_sent(*disk.store, disk.run, 0, 4'321));
}
