// A child process with a time limit: flash tools and the virtual bench run in one.
// Nothing it starts outlives it: its whole process group is ended.
#pragma once

#include <sys/types.h>

#include <chrono>
#include <optional>
#include <string>
#include <vector>

#include "rig/core/result.hpp"

namespace jr {

struct ChildOutcome {
  int exit_code{-1};     ///< as a shell would say it: 128 + signal when a signal ended it
  bool timed_out{};      ///< ended by us: SIGTERM, then SIGKILL after 2 s
  std::string output;    ///< standard output and error as they came, capped at 64 KiB (the last ones)
  double duration_s{};
};

/// Runs `argv` to its end with standard input closed. Trouble::not_found if the program is not there.
Result<ChildOutcome> run_child(const std::vector<std::string>& argv, std::chrono::milliseconds limit);

/// A child that talks lines: we write to its standard input, it answers on its standard output.
/// It dies with us (PR_SET_PDEATHSIG) and at destruction (end of file, SIGTERM, SIGKILL after 2 s).
/// Its standard error goes to `log_file`, or to ours when that is empty.
class TalkingChild {
 public:
  static Result<TalkingChild> start(const std::vector<std::string>& argv,
                                    const std::string& log_file = {});
  TalkingChild(TalkingChild&& other) noexcept;
  TalkingChild& operator=(TalkingChild&& other) noexcept;
  ~TalkingChild();

  Result<std::string> read_line(std::chrono::milliseconds limit);  ///< without its '\n'
  Result<void> write_line(const std::string& line);
  pid_t pid() const { return pid_; }
  bool alive() const;
  /// As ChildOutcome says it; nothing while it still lives at the end of `limit`.
  std::optional<int> exit_code(std::chrono::milliseconds limit) const;

 private:
  TalkingChild() = default;
  pid_t pid_{-1};
  int in_{-1}, out_{-1};
  std::string pending_;
};

}  // namespace jr
