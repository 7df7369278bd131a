// Child processes: fork, exec with a status pipe, and one loop that waits with a deadline.
// Never leaves a zombie, an open descriptor or a member of the child's process group behind.
#include "drivers/transport/child.hpp"

#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstring>
#include <fstream>
#include <utility>

namespace jr {
namespace {

using Clock = std::chrono::steady_clock;
using std::chrono::milliseconds;

constexpr std::size_t kOutputCap = 64 * 1024;
constexpr milliseconds kGrace{2000};       // between SIGTERM and SIGKILL
constexpr milliseconds kEofGrace{500};     // a talking child may end by itself at end of file
constexpr milliseconds kUnkillable{5000};  // a process stuck in the kernel is given up after this

class Descriptor {
 public:
  explicit Descriptor(int fd = -1) : fd_(fd) {}
  Descriptor(Descriptor&& other) noexcept : fd_(std::exchange(other.fd_, -1)) {}
  Descriptor& operator=(Descriptor&& other) noexcept {
    std::swap(fd_, other.fd_);
    return *this;
  }
  ~Descriptor() { close(); }
  int get() const { return fd_; }
  int release() { return std::exchange(fd_, -1); }
  void close() {
    if (fd_ >= 0) ::close(fd_);
    fd_ = -1;
  }

 private:
  int fd_;
};

// A process started with closed standard descriptors would get its pipes as 0 to 2, and the
// child's dup2 calls would then overwrite one another.
Descriptor above_standard(int fd) {
  if (fd < 0 || fd > 2) return Descriptor(fd);
  const int moved = ::fcntl(fd, F_DUPFD_CLOEXEC, 3);
  ::close(fd);
  return Descriptor(moved);
}

struct Ends {
  Descriptor ours, theirs;
};

Result<Ends> pipe_from_child() {
  int ends[2];
  if (::pipe2(ends, O_CLOEXEC) != 0)
    return fail(Trouble::refused, std::string("cannot make a pipe: ") + std::strerror(errno));
  return Ends{above_standard(ends[0]), above_standard(ends[1])};
}

// A socket and not a pipe: writing to a dead child must be an error, not a SIGPIPE.
Result<Ends> socket_to_child() {
  int ends[2];
  if (::socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, ends) != 0)
    return fail(Trouble::refused,
                std::string("cannot make a socket pair: ") + std::strerror(errno));
  return Ends{above_standard(ends[0]), above_standard(ends[1])};
}

void close_on_exec_from(unsigned first) {
  if (::close_range(first, ~0U, CLOSE_RANGE_CLOEXEC) == 0) return;
  rlimit limit{};  // kernels before 5.11 know no CLOSE_RANGE_CLOEXEC
  const bool known = ::getrlimit(RLIMIT_NOFILE, &limit) == 0 && limit.rlim_cur != RLIM_INFINITY;
  const unsigned last = known ? static_cast<unsigned>(limit.rlim_cur) : 65536U;
  for (unsigned fd = first; fd < last; ++fd) ::fcntl(static_cast<int>(fd), F_SETFD, FD_CLOEXEC);
}

// Between fork and exec: async-signal-safe calls only, the parent may have threads.
// The death signal follows the *thread* that forked: a TalkingChild must not outlive the thread
// that started it.
[[noreturn]] void become(char* const* argv, int in, int out, int err, int status, pid_t parent) {
  ::setpgid(0, 0);
  ::prctl(PR_SET_PDEATHSIG, SIGKILL);
  if (::getppid() != parent) ::_exit(127);  // it died before the line above took hold
  ::signal(SIGPIPE, SIG_DFL);               // an ignored signal would stay ignored through exec
  ::signal(SIGINT, SIG_DFL);
  ::signal(SIGTERM, SIG_DFL);
  sigset_t none;
  ::sigemptyset(&none);
  ::sigprocmask(SIG_SETMASK, &none, nullptr);
  if (::dup2(in, 0) == 0 && ::dup2(out, 1) == 1 && (err == 2 || ::dup2(err, 2) == 2)) {
    close_on_exec_from(3);
    ::execvp(argv[0], argv);
  }
  const int reason = errno;
  [[maybe_unused]] const ssize_t told = ::write(status, &reason, sizeof reason);
  ::_exit(127);
}

Failure start_failure(const std::string& program, int reason) {
  if (reason == ENOENT || reason == ENOTDIR)
    return fail(Trouble::not_found,
                "cannot start '" + program +
                    "': there is no such program; install it or give its full path");
  if (reason == EACCES || reason == EPERM)
    return fail(Trouble::permission, "cannot start '" + program +
                                         "': this user may not execute it; check its permissions");
  return fail(Trouble::refused, "cannot start '" + program + "': " + std::strerror(reason));
}

Result<pid_t> spawn(const std::vector<std::string>& argv, int in, int out, int err) {
  if (argv.empty() || argv[0].empty())
    return fail(Trouble::usage, "cannot start a program: its command line is empty");
  auto status = pipe_from_child();
  if (!status) return Failure(status.error());
  std::vector<char*> pointers;
  for (const std::string& word : argv) pointers.push_back(const_cast<char*>(word.c_str()));
  pointers.push_back(nullptr);

  const pid_t parent = ::getpid();
  const pid_t pid = ::fork();
  if (pid == 0) become(pointers.data(), in, out, err, status->theirs.get(), parent);
  if (pid < 0) return start_failure(argv[0], errno);
  ::setpgid(pid, pid);  // both sides do it: whoever comes first, the group exists before use
  status->theirs.close();
  int reason = 0;
  ssize_t got;
  do got = ::read(status->ours.get(), &reason, sizeof reason);
  while (got < 0 && errno == EINTR);
  if (got != static_cast<ssize_t>(sizeof reason)) return pid;  // end of file: exec went well
  while (::waitpid(pid, nullptr, 0) < 0 && errno == EINTR) {
  }
  return start_failure(argv[0], reason);
}

bool has_ended(pid_t pid) {
  siginfo_t seen{};
  if (::waitid(P_PID, static_cast<id_t>(pid), &seen, WEXITED | WNOHANG | WNOWAIT) != 0)
    return errno == ECHILD;
  return seen.si_pid == pid;
}

/// Without reaping it: its number stays its own until the group is ended.
std::optional<int> code_of_ended(pid_t pid) {
  siginfo_t seen{};
  if (::waitid(P_PID, static_cast<id_t>(pid), &seen, WEXITED | WNOHANG | WNOWAIT) != 0 || seen.si_pid != pid)
    return std::nullopt;
  return seen.si_code == CLD_EXITED ? seen.si_status : 128 + seen.si_status;
}

int shell_code(int status) {
  if (WIFEXITED(status)) return WEXITSTATUS(status);
  return WIFSIGNALED(status) ? 128 + WTERMSIG(status) : -1;
}

void keep_last(std::string& text, std::size_t cap) {
  if (text.size() > cap) text.erase(0, text.size() - cap);
}

// Takes what is there without waiting: more than a pipe holds, but never for ever, since a child
// that writes without end must not keep us from looking at the clock. False at end of file.
bool drain(int fd, std::string& into) {
  std::array<char, 16384> buffer;
  for (int round = 0; round < 8; ++round) {
    pollfd ready{fd, POLLIN, 0};
    if (::poll(&ready, 1, 0) <= 0) return true;
    const ssize_t got = ::read(fd, buffer.data(), buffer.size());
    if (got < 0 && errno == EINTR) continue;
    if (got <= 0) return false;
    into.append(buffer.data(), static_cast<std::size_t>(got));
    if (into.size() > 2 * kOutputCap) keep_last(into, kOutputCap);
  }
  return true;
}

// glibc 2.36 declares its pidfd_open without extern "C": C++ cannot link it.
int open_pidfd(pid_t pid) { return static_cast<int>(::syscall(SYS_pidfd_open, pid, 0U)); }

// Waits until the child has ended (true) or the deadline has passed (false), reading its output
// all the while so that it never blocks on a full pipe.
class Watch {
 public:
  Watch(pid_t pid, int out, std::string& output)
      : pid_(pid), out_(out), output_(output), pidfd_(open_pidfd(pid)) {}

  bool until(Clock::time_point deadline) {
    while (!has_ended(pid_)) {
      const auto left = std::chrono::ceil<milliseconds>(deadline - Clock::now());
      if (left.count() <= 0) return false;
      // Without a pidfd (an old kernel, a sandbox) the end is looked for 50 times a second.
      const milliseconds slice = std::min(left, milliseconds(pidfd_.get() < 0 ? 20 : 60'000));
      std::array<pollfd, 2> watched{{{out_, POLLIN, 0}, {pidfd_.get(), POLLIN, 0}}};
      if (::poll(watched.data(), watched.size(), static_cast<int>(slice.count())) < 0) continue;
      if (watched[0].revents != 0 && !drain(out_, output_)) out_ = -1;
    }
    return true;
  }

  void take_rest() {
    if (out_ >= 0) drain(out_, output_);
  }

 private:
  pid_t pid_;
  int out_;
  std::string& output_;
  Descriptor pidfd_;
};

// Ends the group of a leader that is not reaped yet (so its number cannot belong to another).
int reap_group(pid_t pid) {
  ::kill(-pid, SIGKILL);
  int status = 0;
  pid_t reaped;
  do reaped = ::waitpid(pid, &status, has_ended(pid) ? 0 : WNOHANG);
  while (reaped < 0 && errno == EINTR);
  return reaped == pid ? shell_code(status) : -1;
}

void stop_group(pid_t pid, Watch& watch) {
  ::kill(-pid, SIGTERM);
  if (watch.until(Clock::now() + kGrace)) return;
  ::kill(-pid, SIGKILL);
  watch.until(Clock::now() + kUnkillable);
}

std::string name_of_process(pid_t pid) {
  std::ifstream comm("/proc/" + std::to_string(pid) + "/comm");
  std::string name;
  std::getline(comm, name);
  return "the child process " + (name.empty() ? "?" : name) + " (pid " + std::to_string(pid) + ")";
}

void end_talking(pid_t& pid, int& in, int& out) {
  if (pid < 0) return;
  Descriptor(std::exchange(in, -1)).close();
  const Descriptor answers(std::exchange(out, -1));
  std::string unread;
  Watch watch(pid, answers.get(), unread);
  if (!watch.until(Clock::now() + kEofGrace)) stop_group(pid, watch);
  reap_group(std::exchange(pid, -1));
}

}  // namespace

Result<ChildOutcome> run_child(const std::vector<std::string>& argv, milliseconds limit) {
  auto output = pipe_from_child();
  if (!output) return Failure(output.error());
  Descriptor nothing = above_standard(::open("/dev/null", O_RDONLY | O_CLOEXEC));
  const auto started = Clock::now();
  const int theirs = output->theirs.get();
  const auto pid = spawn(argv, nothing.get(), theirs, theirs);
  if (!pid) return Failure(pid.error());
  output->theirs.close();

  ChildOutcome outcome;
  Watch watch(*pid, output->ours.get(), outcome.output);
  if (!watch.until(started + limit)) {
    outcome.timed_out = true;
    stop_group(*pid, watch);
  }
  watch.take_rest();
  outcome.exit_code = reap_group(*pid);
  outcome.duration_s = std::chrono::duration<double>(Clock::now() - started).count();
  keep_last(outcome.output, kOutputCap);
  return outcome;
}

Result<TalkingChild> TalkingChild::start(const std::vector<std::string>& argv,
                                         const std::string& log_file) {
  auto commands = socket_to_child();
  if (!commands) return Failure(commands.error());
  auto answers = pipe_from_child();
  if (!answers) return Failure(answers.error());
  Descriptor log;
  if (!log_file.empty()) {
    log = above_standard(::open(log_file.c_str(), O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0644));
    if (log.get() < 0)
      return fail(Trouble::storage,
                  "cannot write the log file " + log_file + ": " + std::strerror(errno));
  }
  const auto pid =
      spawn(argv, commands->theirs.get(), answers->theirs.get(), log.get() < 0 ? 2 : log.get());
  if (!pid) return Failure(pid.error());
  TalkingChild child;
  child.pid_ = *pid;
  child.in_ = commands->ours.release();
  child.out_ = answers->ours.release();
  return child;
}

TalkingChild::TalkingChild(TalkingChild&& other) noexcept
    : pid_(std::exchange(other.pid_, -1)),
      in_(std::exchange(other.in_, -1)),
      out_(std::exchange(other.out_, -1)),
      pending_(std::move(other.pending_)) {}

TalkingChild& TalkingChild::operator=(TalkingChild&& other) noexcept {
  if (this == &other) return *this;
  end_talking(pid_, in_, out_);
  pid_ = std::exchange(other.pid_, -1);
  in_ = std::exchange(other.in_, -1);
  out_ = std::exchange(other.out_, -1);
  pending_ = std::move(other.pending_);
  return *this;
}

TalkingChild::~TalkingChild() { end_talking(pid_, in_, out_); }

bool TalkingChild::alive() const { return pid_ >= 0 && !has_ended(pid_); }

std::optional<int> TalkingChild::exit_code(milliseconds limit) const {
  std::string unread;
  if (pid_ < 0 || !Watch(pid_, -1, unread).until(Clock::now() + limit)) return std::nullopt;
  return code_of_ended(pid_);
}

Result<std::string> TalkingChild::read_line(milliseconds limit) {
  const auto deadline = Clock::now() + limit;
  for (;;) {
    if (const auto end = pending_.find('\n'); end != std::string::npos) {
      std::string line = pending_.substr(0, end);
      pending_.erase(0, end + 1);
      return line;
    }
    if (pending_.size() >= kOutputCap)
      return fail(Trouble::malformed, name_of_process(pid_) + " wrote 64 KiB without a line end");
    const auto left = std::chrono::ceil<milliseconds>(deadline - Clock::now());
    pollfd ready{out_, POLLIN, 0};
    const int n =
        ::poll(&ready, 1, static_cast<int>(std::clamp<std::int64_t>(left.count(), 0, 60'000)));
    if (n == 0 && left.count() <= 0)
      return fail(Trouble::timeout, name_of_process(pid_) + " wrote no line within " +
                                        std::to_string(limit.count()) + " ms");
    if (n <= 0) continue;
    std::array<char, 4096> buffer;
    const ssize_t got = ::read(out_, buffer.data(), buffer.size());
    if (got < 0 && errno == EINTR) continue;
    if (got <= 0)
      return fail(Trouble::hang_up,
                  name_of_process(pid_) + " ended its output" +
                      (pending_.empty() ? "" : " in the middle of the line '" + pending_ + "'"));
    pending_.append(buffer.data(), static_cast<std::size_t>(got));
  }
}

Result<void> TalkingChild::write_line(const std::string& line) {
  const std::string bytes = line + '\n';
  const auto deadline = Clock::now() + kGrace;
  for (std::size_t done = 0; done < bytes.size();) {
    const ssize_t sent =
        ::send(in_, bytes.data() + done, bytes.size() - done, MSG_NOSIGNAL | MSG_DONTWAIT);
    if (sent >= 0) {
      done += static_cast<std::size_t>(sent);
    } else if (errno == EAGAIN) {
      const auto left = std::chrono::ceil<milliseconds>(deadline - Clock::now());
      pollfd ready{in_, POLLOUT, 0};
      if (left.count() <= 0 || ::poll(&ready, 1, static_cast<int>(left.count())) == 0)
        return fail(Trouble::timeout, name_of_process(pid_) + " does not read its commands");
    } else if (errno != EINTR) {
      return fail(Trouble::hang_up,
                  name_of_process(pid_) + " no longer reads its commands: " + std::strerror(errno));
    }
  }
  return {};
}

}  // namespace jr
