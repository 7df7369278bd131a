// Leases of devices and notes of supplies left on, in a folder of the test's own.
// Never touches the locks of a real bench.
#include <doctest/doctest.h>
#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

#include <atomic>
#include <filesystem>
#include <fstream>
#include <string>
#include <thread>
#include <vector>

#include "rig/run/lease.hpp"
#include "rig/run/lease_file.hpp"
#include "tests/scratch_folder.hpp"

namespace {

// Runs `work` in another process that then waits to be killed; returns its pid once work is done.
template <class Work>
pid_t lease_process(Work work) {
  int ends[2];
  REQUIRE(::pipe(ends) == 0);
  const pid_t pid = ::fork();
  if (pid == 0) {
    const char told = work() ? 'y' : 'n';
    if (::write(ends[1], &told, 1) != 1) ::_exit(1);
    for (;;) ::pause();
  }
  ::close(ends[1]);
  char told = 0;
  REQUIRE(::read(ends[0], &told, 1) == 1);
  ::close(ends[0]);
  CHECK(told == 'y');
  return pid;
}

void lease_kill(pid_t pid) {
  ::kill(pid, SIGKILL);
  ::waitpid(pid, nullptr, 0);
}

bool lease_says(const std::string& text, const std::string& part) {
  return text.find(part) != std::string::npos;
}

}  // namespace

TEST_CASE(
    "a device held by another process is busy, and the error names pid, bench and since when") {
  const jr::test::ScratchFolder folder;
  const pid_t holder = lease_process([&] {
    static auto held = jr::Lease::take({"ppk2/C0FFEE"}, "nucleo", folder.path);
    return held.has_value();
  });
  const auto refused = jr::Lease::take({"ppk2/C0FFEE"}, "other", folder.path);
  REQUIRE_FALSE(refused.has_value());
  CHECK(refused.error().trouble == jr::Trouble::busy);
  for (const std::string& part : {std::to_string(holder), std::string("nucleo"),
                                  std::string("ppk2/C0FFEE"), std::string("since 20")})
    CHECK_MESSAGE(lease_says(refused.error().message, part), refused.error().message);
  lease_kill(holder);
  const auto taken = jr::Lease::take({"ppk2/C0FFEE"}, "other", folder.path);
  CHECK_MESSAGE(taken.has_value(), "the lease of a killed process was not taken over");
}

TEST_CASE("of several devices all are taken or none") {
  const jr::test::ScratchFolder folder;
  const auto held = jr::Lease::take({"m"}, "first", folder.path);
  REQUIRE(held.has_value());
  const auto refused = jr::Lease::take({"z", "m", "a"}, "second", folder.path);
  REQUIRE_FALSE(refused.has_value());
  CHECK(lease_says(refused.error().message, "this very process"));
  CHECK(jr::Lease::take({"a", "z"}, "third", folder.path).has_value());
}

TEST_CASE("a key named twice is one lease, and keys come back sorted") {
  const jr::test::ScratchFolder folder;
  const auto lease = jr::Lease::take({"b", "a", "b"}, "bench", folder.path);
  REQUIRE(lease.has_value());
  CHECK(lease->keys() == std::vector<std::string>{"a", "b"});
}

TEST_CASE("a lease moves with its owner and is given back at its end") {
  const jr::test::ScratchFolder folder;
  {
    auto first = jr::Lease::take({"x"}, "bench", folder.path);
    REQUIRE(first.has_value());
    const jr::Lease moved = std::move(*first);
    CHECK_FALSE(jr::Lease::take({"x"}, "bench", folder.path).has_value());
  }
  CHECK(jr::Lease::take({"x"}, "bench", folder.path).has_value());
}

TEST_CASE("a lease that is given back leaves no file behind") {
  jr::test::ScratchFolder folder;
  { const auto lease = jr::Lease::take({"a", "b"}, "bench", folder.path); }
  CHECK(std::filesystem::is_empty(folder.path));
}

TEST_CASE("of many who take and give back one device at once, never two hold it") {
  jr::test::ScratchFolder folder;
  std::atomic<int> holders{0}, taken{0};
  std::atomic<bool> two_at_once{false};
  std::vector<std::thread> threads;
  for (int thread = 0; thread < 8; ++thread)
    threads.emplace_back([&] {
      for (int round = 0; round < 300; ++round) {
        const auto lease = jr::Lease::take({"device"}, "bench", folder.path);
        if (!lease) continue;
        if (++holders > 1) two_at_once = true;
        ++taken;
        std::this_thread::yield();
        --holders;
      }
    });
  for (auto& thread : threads) thread.join();
  CHECK_FALSE(two_at_once);
  CHECK(taken > 0);
  CHECK(std::filesystem::is_empty(folder.path));
}

TEST_CASE("different keys never share a lock, however odd they look") {
  const jr::test::ScratchFolder folder;
  const auto lease =
      jr::Lease::take({"/dev/ttyACM0", "_dev_ttyACM0", "%2Fdev", "..", "é"}, "b", folder.path);
  REQUIRE_MESSAGE(lease.has_value(), lease.error().message);
  std::size_t files = 0;
  for ([[maybe_unused]] const auto& entry : std::filesystem::directory_iterator(folder.path))
    ++files;
  CHECK(files == 5);
  CHECK(jr::Lease::take({""}, "b", folder.path).error().trouble == jr::Trouble::usage);
  CHECK(jr::Lease::take({std::string(500, 'k')}, "b", folder.path).error().trouble ==
        jr::Trouble::usage);
}

TEST_CASE("the default folder of leases exists and can be written") {
  const auto folder = jr::lease_folder();
  REQUIRE_MESSAGE(folder.has_value(), folder.error().message);
  CHECK(::access(folder->c_str(), W_OK) == 0);
}

TEST_CASE("a supply switched on by a process that was killed is found by the next start, once") {
  const jr::test::ScratchFolder folder;
  const jr::LeftOn note{"ppk2@/dev/ttyACM0", "/dev/ttyACM0", "ppk2", "run-7", 0, "", false, "C0FFEE"};
  const pid_t dying =
      lease_process([&] { return jr::note_left_on(note, folder.path).has_value(); });
  CHECK_MESSAGE(jr::left_on_by_the_dead(folder.path).empty(), "its process still lives");
  lease_kill(dying);
  const auto notes = jr::left_on_by_the_dead(folder.path);
  REQUIRE(notes.size() == 1);
  CHECK(notes[0].device == "ppk2@/dev/ttyACM0");
  CHECK(notes[0].port == "/dev/ttyACM0");
  CHECK(notes[0].kind == "ppk2");
  CHECK(notes[0].run == "run-7");
  CHECK(notes[0].serial == "C0FFEE");
  CHECK_FALSE(notes[0].source_mode);
  CHECK(notes[0].pid == dying);
  CHECK(notes[0].since.starts_with("20"));
  REQUIRE(jr::forget_left_on(note.device, folder.path).has_value());
  CHECK(jr::left_on_by_the_dead(folder.path).empty());
  CHECK(jr::forget_left_on(note.device, folder.path).has_value());
}

TEST_CASE("a note whose process number now belongs to a later process counts as one of the dead") {
  const jr::test::ScratchFolder folder;
  const auto file = jr::lease_file(folder.path, "left-on-", "d").value();
  std::ofstream(file) << R"({"device":"d","port":"p","kind":"k","run":"r","pid":)" << ::getpid()
                      << R"(,"since":"2026-01-01T00:00:00Z","start":1,"boot":"another"})";
  CHECK(jr::left_on_by_the_dead(folder.path).size() == 1);
}

TEST_CASE("a file that is no note, and a folder that is not there, are no notes") {
  const jr::test::ScratchFolder folder;
  std::ofstream(folder.path / "left-on-x.json") << "{\"device\":";
  std::ofstream(folder.path / "left-on-y.json") << "{\"device\":7}";
  std::ofstream(folder.path / "other.json") << "{}";
  CHECK(jr::left_on_by_the_dead(folder.path).empty());
  CHECK(jr::left_on_by_the_dead(folder.path / "absent").empty());
  CHECK(jr::note_left_on({"d", "p", "k", "r", 0, ""}, folder.path / "absent").error().trouble ==
        jr::Trouble::storage);
}
