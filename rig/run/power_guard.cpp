// A pipe whose end of file is the death of the other side.
// Never trusts a signal to arrive: the kernel closes the pipe whatever happened.
#include "rig/run/power_guard.hpp"

#include <fcntl.h>
#include <signal.h>
#include <spawn.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <chrono>
#include <cstring>
#include <iostream>
#include <string>
#include <thread>
#include <utility>

#include "rig/run/config.hpp"
#include "rig/run/lease.hpp"
#include "rig/run/session.hpp"

extern char** environ;

namespace jr {
namespace {

using namespace std::chrono_literals;

constexpr char kDismissed = 'q';

/// Runs `argv` with `input` as its standard input, in a session of its own. 0 or an errno.
int spawn_apart(const std::array<std::string, 3>& words, int input, pid_t& pid) {
  posix_spawn_file_actions_t files;
  posix_spawnattr_t attributes;
  posix_spawn_file_actions_init(&files);
  posix_spawnattr_init(&attributes);
  posix_spawn_file_actions_adddup2(&files, input, STDIN_FILENO);
  posix_spawn_file_actions_addopen(&files, STDOUT_FILENO, "/dev/null", O_WRONLY, 0);
  posix_spawnattr_setflags(&attributes, POSIX_SPAWN_SETSID);
  std::array<char*, 4> argv{};
  for (std::size_t i = 0; i < words.size(); ++i) argv[i] = const_cast<char*>(words[i].c_str());
  const int failed = posix_spawn(&pid, words[0].c_str(), &files, &attributes, argv.data(), environ);
  posix_spawnattr_destroy(&attributes);
  posix_spawn_file_actions_destroy(&files);
  return failed;
}

bool leaves_a_note(pid_t pid) {
  for (const LeftOn& note : left_on_by_the_dead())
    if (note.pid == pid) return true;
  return false;
}

}  // namespace

Result<PowerGuard> PowerGuard::start() {
  const std::string program = program_folder() / "joulerig";
  std::array<int, 2> ends{};
  if (::pipe2(ends.data(), O_CLOEXEC) != 0)
    return fail(Trouble::refused, std::string("cannot make a pipe to guard the supply: ") +
                                      std::strerror(errno) + "; raise `ulimit -n`.");
  PowerGuard guard;
  const int failed = spawn_apart({program, "power-guard", std::to_string(::getpid())}, ends[0], guard.pid_);
  ::close(ends[0]);
  guard.leash_ = ends[1];
  if (failed != 0) {
    guard.pid_ = -1;
    return fail(Trouble::not_found, "cannot start " + program + ", which switches the supply off if this "
                                    "process dies: " + std::strerror(failed) + ".");
  }
  return guard;
}

PowerGuard::PowerGuard(PowerGuard&& other) noexcept
    : pid_(std::exchange(other.pid_, -1)), leash_(std::exchange(other.leash_, -1)) {}

PowerGuard& PowerGuard::operator=(PowerGuard&& other) noexcept {
  std::swap(pid_, other.pid_);
  std::swap(leash_, other.leash_);
  return *this;
}

PowerGuard::~PowerGuard() {
  if (leash_ >= 0) {
    [[maybe_unused]] const auto told = ::write(leash_, &kDismissed, 1);
    ::close(leash_);
  }
  if (pid_ > 0)
    while (::waitpid(pid_, nullptr, 0) < 0 && errno == EINTR) {
    }
}

int guard_power(pid_t charge, double patience_s) {
  for (const int number : {SIGINT, SIGTERM, SIGHUP}) ::signal(number, SIG_IGN);
  char last = 0, byte = 0;
  ssize_t n = 0;
  while ((n = ::read(STDIN_FILENO, &byte, 1)) != 0) {
    if (n > 0) last = byte;
    if (n < 0 && errno != EINTR) break;
  }
  if (last == kDismissed) return 0;
  // Its files are closed a moment before the kernel calls it dead and gives its locks back.
  const auto deadline = std::chrono::steady_clock::now() + std::chrono::duration<double>(patience_s);
  bool told = false;
  while (std::chrono::steady_clock::now() < deadline) {
    if (leaves_a_note(charge)) {
      for (const std::string& sentence : switch_off_what_the_dead_left_on()) std::cerr << sentence << "\n";
      told = true;
    } else if (told || ::kill(charge, 0) != 0) {
      return 0;
    }
    std::this_thread::sleep_for(50ms);
  }
  return 3;
}

}  // namespace jr
