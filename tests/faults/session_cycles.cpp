// Benches taken and given back again and again, some of them in the middle of a fault: nothing may stay.
// Never counts while anything runs: descriptors, threads, processes, locks and folders, before and after.
#include <doctest/doctest.h>
#include <signal.h>
#include <unistd.h>

#include <atomic>
#include <chrono>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <functional>
#include <iterator>
#include <sstream>
#include <string>
#include <thread>
#include <vector>

#include "rig/run/session.hpp"

using namespace jr;
using namespace std::chrono_literals;

namespace {

namespace fs = std::filesystem;

struct Counter : SampleSink {
  void take(SampleBlock block) override { samples += block.size(); }
  void ended(Error) override { has_ended = true; }
  std::atomic<std::uint64_t> samples{0};
  std::atomic<bool> has_ended{false};
};

std::size_t entries_of(const fs::path& folder) {
  return static_cast<std::size_t>(std::distance(fs::directory_iterator(folder), fs::directory_iterator()));
}

/// Processes whose parent we are, dead ones that nobody has asked for included.
std::vector<pid_t> children() {
  std::vector<pid_t> found;
  for (const auto& entry : fs::directory_iterator("/proc")) {
    const pid_t pid = std::atoi(entry.path().filename().c_str());
    if (pid <= 0) continue;
    std::ifstream file(entry.path() / "stat");
    const std::string text{std::istreambuf_iterator<char>(file), {}};
    const auto name_end = text.rfind(')');
    if (name_end == std::string::npos) continue;
    std::istringstream fields(text.substr(name_end + 1));
    std::string state;
    pid_t parent = 0;
    fields >> state >> parent;
    if (parent == ::getpid()) found.push_back(pid);
  }
  return found;
}

/// Lock files that name this process; others measure beside us.
std::size_t own_leases() {
  const std::string own = "\"pid\":" + std::to_string(::getpid()) + ",";
  std::size_t count = 0;
  for (const auto& entry : fs::directory_iterator(lease_folder().value())) {
    std::ifstream file(entry.path());
    const std::string text{std::istreambuf_iterator<char>(file), {}};
    if (text.find(own) != std::string::npos) ++count;
  }
  return count;
}

struct Count {
  std::size_t descriptors{}, threads{}, processes{}, folders{}, leases{};
  bool operator==(const Count&) const = default;
};

Count count_in(const fs::path& scratch) {
  return {entries_of("/proc/self/fd"), entries_of("/proc/self/task"), children().size(), entries_of(scratch),
          own_leases()};
}

void wait_until(const std::function<bool()>& holds, const char* what) {
  const auto deadline = std::chrono::steady_clock::now() + 60s;
  while (!holds()) {
    REQUIRE_MESSAGE(std::chrono::steady_clock::now() < deadline, what);
    std::this_thread::sleep_for(2ms);
  }
}

/// The n-th way in which a bench may be used and left.
void cycle(const Bench& bench, int n) {
  auto opened = Session::open(bench, {}, "cycle");
  REQUIRE_MESSAGE(opened.has_value(), opened.error().message);
  Session& session = **opened;
  if (n % 5 == 4) return;  // taken, and given back unused
  Counter sink;
  REQUIRE(session.start_stream(sink).has_value());
  REQUIRE(session.power_on().has_value());
  wait_until([&] { return sink.samples > 2000; }, "the stream does not begin");
  if (n % 5 == 1) {
    const auto back = session.reopen_monitor(10, nullptr);
    REQUIRE_MESSAGE(back.has_value(), back.error().message);
    REQUIRE(session.start_stream(sink).has_value());
  }
  if (n % 5 == 2) {
    auto dut = session.dut([](const DutLine&) {});
    REQUIRE(dut.has_value());
    REQUIRE((*dut)->handshake(10s).has_value());
  }
  if (n % 5 == 3) {  // the world dies in mid-stream, as if every cable had been pulled
    for (const pid_t child : children()) ::kill(child, SIGTERM);
    wait_until([&] { return sink.has_ended.load(); }, "the end of the stream is not noticed");
    CHECK_FALSE(session.reopen_monitor(0.3, nullptr).has_value());
  }
}

int cycles_wanted() {
  const char* wanted = std::getenv("JOULERIG_CYCLES");
  return wanted ? std::atoi(wanted) : 15;
}

}  // namespace

TEST_CASE("benches that were taken, used, broken and given back leave no descriptor, thread, process or folder") {
  char scratch[] = "/tmp/jr-cycles-XXXXXX";
  REQUIRE(::mkdtemp(scratch) != nullptr);
  ::setenv("TMPDIR", scratch, 1);
  auto bench = load_bench(std::string(JOULERIG_SOURCE_DIR) + "/fixtures/benches/scripted.toml");
  REQUIRE_MESSAGE(bench.has_value(), bench.error().message);
  for (int n = 0; n < 5; ++n) cycle(*bench, n);  // whatever is made once is made now
  const Count before = count_in(scratch);
  for (int n = 0; n < cycles_wanted(); ++n) {
    cycle(*bench, n);
    const Count after = count_in(scratch);
    INFO("cycle " << n << ": " << after.descriptors << " descriptors, " << after.threads << " threads, "
                  << after.processes << " processes, " << after.folders << " folders, " << after.leases
                  << " leases");
    REQUIRE(after == before);
    REQUIRE(left_on_by_the_dead().empty());
  }
  ::unsetenv("TMPDIR");
  CHECK(before.processes == 0);
  CHECK(before.folders == 0);
  fs::remove_all(scratch);
}
