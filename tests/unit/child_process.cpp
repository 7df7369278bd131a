// Child processes with time limits: what they printed, how they ended, and that nothing is left
// over. Never depends on how fast a child is: limits that must not strike are half a minute long.
#include <doctest/doctest.h>
#include <fcntl.h>
#include <signal.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <filesystem>
#include <fstream>
#include <iterator>
#include <string>
#include <thread>

#include "drivers/transport/child.hpp"
#include "tests/scratch_folder.hpp"

namespace {

using std::chrono::milliseconds;
using std::chrono::seconds;
constexpr milliseconds kAmple{30'000};

jr::Result<jr::ChildOutcome> child_shell(const std::string& script, milliseconds limit = kAmple) {
  return jr::run_child({"/bin/sh", "-c", script}, limit);
}

// Gone, or dead and waiting for its new parent to notice.
bool child_is_dead(pid_t pid) {
  std::ifstream stat("/proc/" + std::to_string(pid) + "/stat");
  std::string text((std::istreambuf_iterator<char>(stat)), {});
  const auto name_end = text.rfind(')');
  return name_end == std::string::npos || text.substr(name_end).starts_with(") Z");
}

bool child_dies(pid_t pid) {
  const auto deadline = std::chrono::steady_clock::now() + kAmple;
  while (!child_is_dead(pid) && std::chrono::steady_clock::now() < deadline)
    std::this_thread::yield();
  return child_is_dead(pid);
}

}  // namespace

TEST_CASE("a child's exit code and both of its outputs come back in order") {
  const auto ran = child_shell("echo one; echo two >&2; echo three; exit 7");
  REQUIRE(ran.has_value());
  CHECK(ran->exit_code == 7);
  CHECK(ran->output == "one\ntwo\nthree\n");
  CHECK_FALSE(ran->timed_out);
  CHECK(ran->duration_s > 0);
}

TEST_CASE("a child ended by a signal has the exit code a shell would give it") {
  CHECK(child_shell("kill -9 $$")->exit_code == 137);
  CHECK(child_shell("kill -TERM $$")->exit_code == 143);
}

TEST_CASE("a program that is not there, or may not be run, is told apart from one that fails") {
  const auto absent = jr::run_child({"joulerig-no-such-program"}, kAmple);
  REQUIRE_FALSE(absent.has_value());
  CHECK(absent.error().trouble == jr::Trouble::not_found);
  CHECK(absent.error().message.find("joulerig-no-such-program") != std::string::npos);
  const jr::test::ScratchFolder folder;
  const std::string plain = folder.path / "plain";
  std::ofstream(plain) << "text";
  const auto forbidden = jr::run_child({plain}, kAmple);
  REQUIRE_FALSE(forbidden.has_value());
  CHECK(forbidden.error().trouble == jr::Trouble::permission);
  CHECK(child_shell("exit 127")->exit_code == 127);
  CHECK(jr::run_child({}, kAmple).error().trouble == jr::Trouble::usage);
}

TEST_CASE("a child that takes too long is ended together with everything it started") {
  const auto ran = child_shell("sleep 1000 & echo $!; echo $$; wait", milliseconds(1000));
  REQUIRE(ran.has_value());
  CHECK(ran->timed_out);
  CHECK(ran->exit_code == 143);
  const auto line_end = ran->output.find('\n');
  REQUIRE(line_end != std::string::npos);
  CHECK(child_dies(std::stoi(ran->output)));
  CHECK(child_dies(std::stoi(ran->output.substr(line_end + 1))));
}

TEST_CASE("a child that ignores SIGTERM is killed") {
  const auto ran =
      child_shell("trap '' TERM; echo up; while :; do sleep 1; done", milliseconds(300));
  REQUIRE(ran.has_value());
  CHECK(ran->timed_out);
  // On a host so busy that the trap was not set yet, SIGTERM had already done it.
  const bool ended = ran->exit_code == 137 || ran->exit_code == 143;
  CHECK(ended);
}

TEST_CASE("a daemon that a child left behind neither delays the end nor survives it") {
  const auto ran = child_shell("sleep 1000 & echo $!");
  REQUIRE(ran.has_value());
  CHECK_FALSE(ran->timed_out);
  CHECK(ran->exit_code == 0);
  CHECK(child_dies(std::stoi(ran->output)));
}

TEST_CASE("of a very long output the last 64 KiB are kept") {
  const auto ran = child_shell("head -c 1000000 /dev/zero | tr '\\000' x; echo END");
  REQUIRE(ran.has_value());
  CHECK(ran->output.size() == 64 * 1024);
  CHECK(ran->output.ends_with("xxEND\n"));
}

TEST_CASE("a child that writes without end still meets its limit") {
  const auto ran = child_shell("exec cat /dev/zero", milliseconds(300));
  REQUIRE(ran.has_value());
  CHECK(ran->timed_out);
  CHECK(ran->output.size() <= 64 * 1024);
}

TEST_CASE("a child inherits no descriptor of ours and reads end of file") {
  const int leaked =
      ::fcntl(::open("/dev/null", O_RDONLY | O_CLOEXEC), F_DUPFD, 200);  // not close-on-exec
  REQUIRE(leaked >= 200);
  const auto ran = child_shell("test -e /proc/self/fd/" + std::to_string(leaked) +
                               " && echo leaked; cat; echo done");
  ::close(leaked);
  REQUIRE(ran.has_value());
  CHECK(ran->output == "done\n");
}

TEST_CASE("a reaped child is no zombie") {
  const auto ran = child_shell("echo $$");
  REQUIRE(ran.has_value());
  CHECK(::kill(std::stoi(ran->output), 0) == -1);
}

TEST_CASE("a talking child answers line by line, and half a line is waited for") {
  auto child = jr::TalkingChild::start(
      {"/bin/sh", "-c", "while read -r l; do printf 'got '; printf '%s\\nmore\\n' \"$l\"; done"});
  REQUIRE(child.has_value());
  REQUIRE(child->write_line("hello").has_value());
  CHECK(child->read_line(kAmple).value() == "got hello");
  CHECK(child->read_line(kAmple).value() == "more");
  const auto silent = child->read_line(milliseconds(20));
  REQUIRE_FALSE(silent.has_value());
  CHECK(silent.error().trouble == jr::Trouble::timeout);
  CHECK(child->alive());
  jr::TalkingChild moved = std::move(*child);
  REQUIRE(moved.write_line("again").has_value());
  CHECK(moved.read_line(kAmple).value() == "got again");
}

TEST_CASE("a talking child that ended is a hang-up for reader and writer, not a signal") {
  auto child = jr::TalkingChild::start({"/bin/sh", "-c", "echo last; printf half"});
  REQUIRE(child.has_value());
  CHECK(child->read_line(kAmple).value() == "last");
  const auto ended = child->read_line(kAmple);
  REQUIRE_FALSE(ended.has_value());
  CHECK(ended.error().trouble == jr::Trouble::hang_up);
  CHECK(ended.error().message.find("'half'") != std::string::npos);
  CHECK(child_dies(child->pid()));
  CHECK_FALSE(child->alive());
  CHECK(child->write_line("anyone?").error().trouble == jr::Trouble::hang_up);
}

TEST_CASE("a talking child that ended by itself has an exit code, one that lives has none") {
  const auto code_of = [](const char* script, milliseconds limit) {
    auto child = jr::TalkingChild::start({"/bin/sh", "-c", script});
    REQUIRE(child.has_value());
    return child->exit_code(limit);
  };
  CHECK(code_of("exit 64", seconds(10)) == 64);
  CHECK(code_of("kill -TERM $$", seconds(10)) == 143);
  CHECK_FALSE(code_of("exec sleep 60", milliseconds(50)).has_value());
}

TEST_CASE("a talking child ends with its owner, at end of file or by force") {
  for (const char* script : {"cat", "trap '' TERM; echo up; while :; do sleep 1; done"}) {
    pid_t pid;
    {
      auto child = jr::TalkingChild::start({"/bin/sh", "-c", script});
      REQUIRE(child.has_value());
      pid = child->pid();
      CHECK(child->alive());
    }
    CHECK(::kill(pid, 0) == -1);
  }
}

TEST_CASE("a talking child's standard error goes to its log file") {
  const jr::test::ScratchFolder folder;
  const std::string log = folder.path / "log";
  auto child = jr::TalkingChild::start({"/bin/sh", "-c", "echo trouble >&2; echo up"}, log);
  REQUIRE(child.has_value());
  CHECK(child->read_line(kAmple).value() == "up");
  std::ifstream file(log);
  std::string line;
  std::getline(file, line);
  CHECK(line == "trouble");
  CHECK(jr::TalkingChild::start({"cat"}, "/no/such/folder/log").error().trouble ==
        jr::Trouble::storage);
}

TEST_CASE("a talking child dies with its parent even when that is killed without warning") {
  int ends[2];
  REQUIRE(::pipe2(ends, O_CLOEXEC) == 0);
  const pid_t parent = ::fork();
  if (parent == 0) {
    auto child = jr::TalkingChild::start({"sleep", "1000"});
    const pid_t pid = child ? child->pid() : -1;
    if (::write(ends[1], &pid, sizeof pid) != sizeof pid) ::_exit(1);
    ::kill(::getpid(), SIGKILL);
  }
  pid_t grandchild = -1;
  REQUIRE(::read(ends[0], &grandchild, sizeof grandchild) == sizeof grandchild);
  ::waitpid(parent, nullptr, 0);
  ::close(ends[0]);
  ::close(ends[1]);
  REQUIRE(grandchild > 0);
  CHECK(child_dies(grandchild));
}
