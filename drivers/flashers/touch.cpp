// Open, drop DTR, close, and wait for what the board does about it.
// Never holds the port while it waits.
#include "drivers/flashers/touch.hpp"

#include <sys/ioctl.h>

#include <filesystem>
#include <thread>

#include "drivers/transport/serial.hpp"

namespace jr {
namespace {

using namespace std::chrono_literals;
using std::chrono::milliseconds;

bool is_there(const std::string& path) {
  std::error_code failed;
  return std::filesystem::exists(path, failed);
}

/// True when the port was seen (`there`) or missing within `limit`.
bool turns(const std::string& path, bool there, milliseconds limit) {
  const auto deadline = std::chrono::steady_clock::now() + limit;
  while (is_there(path) != there) {
    if (std::chrono::steady_clock::now() > deadline) return false;
    std::this_thread::sleep_for(10ms);
  }
  return true;
}

}  // namespace

Result<void> touch_port(const std::string& path, int baud, const TouchTiming& timing) {
  {
    auto port = open_serial(path, baud);
    if (!port) return Failure(port.error());
    std::this_thread::sleep_for(timing.hold);
    const int dtr = TIOCM_DTR;
    ::ioctl(port->descriptor(), TIOCMBIC, &dtr);  // ENOTTY on a pseudo-terminal: closing has to do
  }
  if (!turns(path, false, timing.vanish)) return {};
  if (turns(path, true, timing.reappear)) return {};
  return fail(Trouble::timeout, "the board left the bus after the touch at " + std::to_string(baud) +
                                    " baud and did not come back as " + path +
                                    "; name the port by its link in /dev/serial/by-id, which does not "
                                    "change with the order of plugging in");
}

}  // namespace jr
