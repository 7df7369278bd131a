// The record as a whole: words to committed chunks and pyramid, against a raw file of the same words; and views of 10^9 samples.
// Writes under $TMPDIR, and leaves nothing there.
#include <fcntl.h>
#include <unistd.h>

#include <algorithm>
#include <chrono>
#include <cmath>
#include <cstdint>
#include <filesystem>
#include <random>
#include <span>
#include <string>
#include <vector>

#include "drivers/monitors/ppk2_decoder.hpp"
#include "rig/capture/recorder.hpp"
#include "rig/store/store.hpp"
#include "rig/store/zoom.hpp"
#include "tests/benchmarks/stopwatch.hpp"
#include "tests/reference_trace.hpp"

namespace jr::bench {
namespace {

constexpr std::size_t kSamples = 1 << 24;
constexpr std::size_t kPiece = 16'000;  ///< bytes: 40 ms of a PPK2
constexpr std::size_t kSyncEvery = 8 * 65'536;  ///< samples between two commits of a recorder that is behind
constexpr StreamClock kClock{1e-5, 50};

struct Folder {
  std::filesystem::path path =
      std::filesystem::temp_directory_path() / ("joulerig-bench-store-" + std::to_string(getpid()));
  Folder() { std::filesystem::create_directories(path); }
  ~Folder() { std::filesystem::remove_all(path); }
};

/// Of the order of a PPK2's own.
Coefficients coefficients() {
  Coefficients of{{}, 3.3};
  double gain_A = 4.3e-9;
  for (int r = 0; r < 5; ++r, gain_A *= 10)
    of.ranges.push_back({-300 * gain_A, gain_A, 1e-7 * gain_A, 5 * gain_A, 0});
  return of;
}

std::string begin(Store& store) {
  RunFacts facts;
  facts.bench = "bench", facts.kind = "record", facts.started_ms = 1;
  const auto run = store.begin_run(facts);
  StreamFacts stream;
  stream.kind = "ppk2", stream.period_s = kClock.period_s, stream.limit_ppm = kClock.limit_ppm;
  stream.coefficients = coefficients();
  if (!run || !store.add_stream(*run, stream)) return {};
  return *run;
}

void write_raw(const std::filesystem::path& file, std::span<const std::byte> wire, std::size_t sync_bytes) {
  const int fd = open(file.c_str(), O_CREAT | O_TRUNC | O_WRONLY, 0600);
  for (std::size_t at = 0; at < wire.size(); at += sync_bytes) {
    const auto piece = wire.subspan(at, std::min(sync_bytes, wire.size() - at));
    if (write(fd, piece.data(), piece.size()) != static_cast<ssize_t>(piece.size())) std::perror("raw file");
    fdatasync(fd);
  }
  close(fd);
}

/// Decoder, loss accounting, recorder, store: as a monitor's reader thread would, without waiting for the time of day.
bool capture(Store& store, const std::string& run, std::span<const std::byte> wire) {
  Recorder recorder(store, run, 0, kClock, 1, {});
  Ppk2Decoder decoder;
  for (std::size_t at = 0; at < wire.size(); at += kPiece) {
    SampleBlock block;
    decoder.decode(wire.subspan(at, std::min(kPiece, wire.size() - at)), block);
    block.host_arrival_ns = static_cast<std::int64_t>((block.first_ordinal + block.size()) * 10'000);
    recorder.take(std::move(block));
    const auto keeps_up = [](const CaptureState& state) { return state.received - state.committed < 3 * kSyncEvery; };
    if (!keeps_up(recorder.state()) && !recorder.wait(keeps_up, std::chrono::seconds(30))) return false;
  }
  return recorder.finish().has_value();
}

void chain_rows(const Folder& folder) {
  const std::vector<std::byte> wire = test::wire_words(test::reference_trace(kSamples));
  std::vector<double> wall, cpu, raw, raw_often;
  double bytes = 0;
  bool is_whole = true;
  for (int k = 0; k < 3; ++k) {
    raw.push_back(median_seconds(1, [&] { write_raw(folder.path / "once", wire, wire.size()); }));
    raw_often.push_back(median_seconds(1, [&] { write_raw(folder.path / "often", wire, 4 * kSyncEvery); }));
    const auto file = folder.path / ("chain" + std::to_string(k) + ".db");
    auto store = Store::open(file);
    const std::string run = store ? begin(**store) : "";
    const double before = own_cpu_s();
    wall.push_back(median_seconds(1, [&] { is_whole = is_whole && !run.empty() && capture(**store, run, wire); }));
    cpu.push_back(own_cpu_s() - before);
    is_whole = is_whole && (*store)->close_run(run, "pass", "", false, 2);
    store->reset();
    bytes = static_cast<double>(std::filesystem::file_size(file));
    for (const char* end : {"", "-wal", "-shm"}) std::filesystem::remove(file.string() + end);
  }
  const auto middle = [](std::vector<double> of) { return std::sort(of.begin(), of.end()), of[of.size() / 2]; };
  row("bytes to committed chunks, moments, pyramid: CPU", kSamples / middle(cpu) / 1e6, "MS/s", is_whole ? "of one core (floor 100, aim 200)" : "FAILED");
  row("  wall, against a raw file synced as often as it commits", middle(raw_often) / middle(wall), "x", "(floor 0.5, aim 1.0)");
  row("  wall, against a raw file synced once at its end", middle(raw) / middle(wall), "x", "");
  row("  its speed", kSamples / middle(wall) / 1e6, "MS/s", "wall");
  row("  the file: codes, runs, moments, anchors, pyramid", bytes / kSamples, "B/sample", "(floor 0.82, aim 0.64)");
}

/// 10^9 samples: the reference trace over and over.
std::uint64_t fill(Store& store, const std::string& run) {
  constexpr std::uint64_t kAll = 1'000'000'000;
  const test::ReferenceTrace trace = test::reference_trace(16 * kSyncEvery);
  std::uint64_t done = 0;
  while (done < kAll) {
    const auto from = static_cast<std::ptrdiff_t>(done % trace.codes.size()), to = from + static_cast<std::ptrdiff_t>(kSyncEvery);
    const Stretch stretch{done, {trace.codes.begin() + from, trace.codes.begin() + to},
                          {trace.ranges.begin() + from, trace.ranges.begin() + to},
                          {trace.lines.begin() + from, trace.lines.begin() + to}};
    if (!store.append(run, 0, stretch, {})) return done;
    done += kSyncEvery;
  }
  return done;
}

void forget_pages(const std::filesystem::path& file) {
  const int fd = open(file.c_str(), O_RDONLY);
  fdatasync(fd);
  posix_fadvise(fd, 0, 0, POSIX_FADV_DONTNEED);
  close(fd);
}

struct ViewTimes { double wall_ms{}, cpu_ms{}; };

/// 95th percentiles over random windows, their lengths spread evenly over the decades between the two limits.
ViewTimes slow_view(const std::filesystem::path& file, const std::string& run, std::uint64_t all, double shortest,
                    double longest, bool is_cold, const Coefficients& by = {}) {
  std::mt19937_64 random(7);
  const auto uniform = [&] { return static_cast<double>(random() >> 11) * 0x1p-53; };
  auto store = Store::open(file);
  std::vector<double> wall, cpu;
  for (int k = 0; k < (is_cold ? 60 : 300); ++k) {
    const auto n = static_cast<std::uint64_t>(shortest * std::pow(longest / shortest, uniform()));
    const auto start = static_cast<std::uint64_t>(uniform() * static_cast<double>(all - n));
    if (is_cold) {
      store = Store::open(file);
      forget_pages(file);
    }
    const double before = thread_cpu_s();
    wall.push_back(median_seconds(1, [&] { keep(zoom(**store, run, 0, start, start + n, 1000, 0, by)); }));
    cpu.push_back(thread_cpu_s() - before);
  }
  const auto late_ms = [](std::vector<double>& of) { return std::sort(of.begin(), of.end()), 1e3 * of[of.size() * 95 / 100]; };
  return {late_ms(wall), late_ms(cpu)};
}

void view_row(const char* what, const ViewTimes& times, const char* against) {
  row(what, times.wall_ms, "ms", against);
  row("    its CPU", times.cpu_ms, "ms", "p95");
}

void view_rows(const Folder& folder) {
  const auto file = folder.path / "large.db";
  std::string run;
  std::uint64_t all = 0;
  {
    auto store = Store::open(file);
    run = store ? begin(**store) : "";
    const double seconds = median_seconds(1, [&] { all = run.empty() ? 0 : fill(**store, run); });
    if (!run.empty()) (void)(*store)->close_run(run, "pass", "", false, 2);
    row("10^9 samples to the disk", static_cast<double>(all) / seconds / 1e6, "MS/s", "wall");
  }
  row("  the file", static_cast<double>(std::filesystem::file_size(file)) / static_cast<double>(all), "B/sample", "(floor 0.82, aim 0.64)");
  const double n = static_cast<double>(all), base = 256'000;
  // Warm ones first: the cold ones leave no page of the file in memory.
  view_row("1,000 pixels of it, window above 256k samples, warm, p95", slow_view(file, run, all, base + 1, n, false), "(floor 1, aim 0.3)");
  view_row("  window of 2k to 256k samples, warm, p95", slow_view(file, run, all, 2000, base, false), "(floor 5, aim 2)");
  Coefficients calibrated = coefficients();
  for (RangePolynomial& range : calibrated.ranges) range.b_A_per_code *= 1.3;
  view_row("  window above 256k samples, warm, under a calibration, p95", slow_view(file, run, all, base + 1, n, false, calibrated), "(floor 1, aim 0.3)");
  view_row("  window above 256k samples, cold, p95", slow_view(file, run, all, base + 1, n, true), "(floor 10, aim 3)");
  view_row("  window of 2k to 256k samples, cold, p95", slow_view(file, run, all, 2000, base, true), "");
}

}  // namespace

void store_figures(bool is_large) {
  const Folder folder;
  chain_rows(folder);
  if (is_large) view_rows(folder);
}

}  // namespace jr::bench
