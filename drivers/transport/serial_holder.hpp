// Who holds a terminal: reads /proc to turn "busy" into a name a person can act on.
// Never touches the port itself.
#pragma once

#include <sys/types.h>

#include <string>

namespace jr {

/// The process that has the character device `path` open or locked; pid 0 when /proc does not tell
/// (another user's process, a different pid namespace).
struct PortHolder {
  pid_t pid{};
  std::string command;  ///< short name as in /proc/PID/comm
};
PortHolder holder_of_port(const std::string& path);

/// One clause for an error sentence: who it is and what to do about it.
std::string advice_about(const PortHolder& holder);

}  // namespace jr
