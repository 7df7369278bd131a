// Speaks TCSETS2. A file of its own: these headers and <termios.h> never go together.
#include "drivers/transport/serial_speed.hpp"

#include <asm/termbits.h>
#include <sys/ioctl.h>

namespace jr {

bool set_speed(int terminal, int baud) {
  termios2 line{};
  if (ioctl(terminal, TCGETS2, &line) != 0) return false;
  line.c_cflag &= ~static_cast<tcflag_t>(CBAUD | (CBAUD << IBSHIFT));
  line.c_cflag |= BOTHER | (BOTHER << IBSHIFT);
  line.c_ispeed = line.c_ospeed = static_cast<speed_t>(baud);
  return ioctl(terminal, TCSETS2, &line) == 0;
}

}  // namespace jr
