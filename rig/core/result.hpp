// Result<T>: a value, or one sentence that says what went wrong and what to do about it.
// Never carries control flow for broken promises: those throw.
#pragma once

#include <string>
#include <tl/expected.hpp>
#include <utility>

namespace jr {

/// What kind of trouble it is; decides the exit code and whether the bench or the user is at fault.
enum class Trouble {
  usage,        ///< a flag, file or key that a person wrote is wrong (exit 64)
  not_found,    ///< a port, file or device that is not there (exit 3)
  permission,   ///< it is there, but this user may not open it (exit 3)
  busy,         ///< another process or run holds it (exit 75)
  timeout,      ///< a device or tool did not answer in its time (exit 3)
  hang_up,      ///< the far end went away (exit 3)
  malformed,    ///< bytes that do not mean what their format says (exit 3)
  unsupported,  ///< the device answered that it does not know what it was asked (exit 3)
  refused,      ///< the device answered, and said no; or a limit of the board forbids it (exit 3)
  storage,      ///< the database or its disk (exit 3)
  tripped,      ///< a limit that protects the board was exceeded: nothing is tried again (exit 3)
  interrupted   ///< a person or a signal stopped it (exit 130)
};

struct Error {
  Trouble trouble{};
  std::string message;  ///< one sentence: the device, what was tried, what the person can do
};

template <class T>
using Result = tl::expected<T, Error>;

using Failure = tl::unexpected<Error>;

inline Failure fail(Trouble trouble, std::string message) {
  return Failure(Error{trouble, std::move(message)});
}

}  // namespace jr
