// Opens serial ports: real ones through libserialport, pseudo-terminals through open(2), one recipe of
// locks and settings after that. Never reads or writes: that is serial.cpp, for both alike.
#include <fcntl.h>
#include <grp.h>
#include <libserialport.h>
#include <sys/file.h>
#include <sys/ioctl.h>
#include <sys/stat.h>
#include <termios.h>
#include <unistd.h>

#include <cerrno>
#include <cstdlib>
#include <cstring>
#include <memory>

#include "drivers/transport/serial.hpp"
#include "drivers/transport/serial_holder.hpp"
#include "drivers/transport/serial_speed.hpp"

namespace jr {
namespace {

using LibPort = std::unique_ptr<sp_port, void (*)(sp_port*)>;

void close_and_free(sp_port* port) {
  sp_close(port);
  sp_free_port(port);
}

Failure not_there(const std::string& path) {
  std::string known;
  for (const SerialPortFound& port : list_serial_ports())
    known += (known.empty() ? "" : ", ") + port.path +
             (port.description.empty() ? "" : " (" + port.description + ")");
  return fail(Trouble::not_found,
              "there is no serial port " + path + "; " +
                  (known.empty() ? "no other port was found either: is the device plugged in and powered?"
                                 : "the ports there are: " + known + "."));
}

Failure not_allowed(const std::string& path) {
  struct stat node{};
  const group* owner = stat(path.c_str(), &node) == 0 ? getgrgid(node.st_gid) : nullptr;
  const std::string name = owner && std::strcmp(owner->gr_name, "root") != 0 ? owner->gr_name : "dialout";
  return fail(Trouble::permission,
              path + " is there, but this user may not open it: join its group with "
              "`sudo usermod -aG " + name + " $USER` and log in again, or install a udev rule "
              "(SUBSYSTEM==\"tty\", ATTRS{idVendor}==\"…\", MODE=\"0660\", GROUP=\"" + name + "\").");
}

Failure is_busy(const std::string& path) {
  return fail(Trouble::busy, path + " is busy: " + advice_about(holder_of_port(path)) + ".");
}

Failure from_errno(const std::string& path, const char* tried, int error) {
  if (error == ENOENT || error == ENXIO || error == ENODEV) return not_there(path);
  if (error == EACCES || error == EPERM) return not_allowed(path);
  if (error == EBUSY || error == EWOULDBLOCK) return is_busy(path);
  return fail(Trouble::hang_up, path + ": " + tried + " failed (" + std::strerror(error) +
                                    "); unplug the device, plug it in again and retry.");
}

/// Links (/dev/serial/by-id/…, a virtual bench's names) resolved: libserialport knows only the real name.
Result<std::string> resolved(const std::string& path) {
  const std::unique_ptr<char, void (*)(void*)> real(realpath(path.c_str(), nullptr), std::free);
  if (!real) return from_errno(path, "looking it up", errno);
  return std::string(real.get());
}

Result<LibPort> open_with_library(const std::string& path, int baud) {
  sp_port* handle = nullptr;
  if (sp_get_port_by_name(path.c_str(), &handle) != SP_OK)
    return fail(Trouble::not_found, path + " is not a serial port of this machine; "
                                    "`joulerig discover` lists those that are.");
  if (sp_open(handle, SP_MODE_READ_WRITE) != SP_OK) {
    const int error = sp_last_error_code();
    sp_free_port(handle);
    return from_errno(path, "opening it", error);
  }
  LibPort port(handle, close_and_free);
  if (sp_set_baudrate(handle, baud) != SP_OK || sp_set_bits(handle, 8) != SP_OK ||
      sp_set_parity(handle, SP_PARITY_NONE) != SP_OK || sp_set_stopbits(handle, 1) != SP_OK ||
      sp_set_flowcontrol(handle, SP_FLOWCONTROL_NONE) != SP_OK)
    return fail(Trouble::refused, path + " does not take " + std::to_string(baud) +
                                      " baud 8N1; choose a rate that its driver knows.");
  return port;
}

/// flock excludes every client that asks, root included; TIOCEXCL turns away those that do not.
/// A pseudo-terminal gets no TIOCEXCL: its other end keeps it alive, so that after a kill -9 of ours the
/// mark would stay and nobody but root could ever open it again (seen on Linux 6.18).
Result<void> lock(int fd, const std::string& path, bool pseudo) {
  if (flock(fd, LOCK_EX | LOCK_NB) != 0) {
    if (errno == EWOULDBLOCK) return is_busy(path);
    return from_errno(path, "locking it", errno);
  }
  if (!pseudo && ioctl(fd, TIOCEXCL) != 0) return from_errno(path, "claiming it", errno);
  return {};
}

/// Raw bytes, a read that means something (VMIN=1: libserialport's 0 makes "nothing yet" look like the
/// end), and no drop of DTR at close: it would reset many a board.
Result<void> settle(int fd, const std::string& path, bool pseudo) {
  termios line{};
  if (tcgetattr(fd, &line) != 0) return from_errno(path, "reading its settings", errno);
  if (pseudo) cfmakeraw(&line);
  line.c_iflag &= ~static_cast<tcflag_t>(IXON | IXOFF | IXANY);
  line.c_cflag &= ~static_cast<tcflag_t>(HUPCL);
  line.c_cflag |= CREAD | CLOCAL;
  line.c_cc[VMIN] = 1;
  line.c_cc[VTIME] = 0;
  if (tcsetattr(fd, TCSANOW, &line) != 0) return from_errno(path, "setting it to raw", errno);
  if (fcntl(fd, F_SETFD, FD_CLOEXEC) != 0) return from_errno(path, "keeping it from children", errno);
  return {};
}

struct PortDescriptor {
  int fd{-1};
  ~PortDescriptor() { if (fd >= 0) ::close(fd); }
};

}  // namespace

Result<SerialPort> open_serial(const std::string& path, int baud) {
  if (path.empty()) return fail(Trouble::usage, "no serial port was named; `joulerig discover` lists them.");
  const Result<std::string> real = resolved(path);
  if (!real) return tl::unexpected(real.error());
  const bool pseudo = real->rfind("/dev/pts/", 0) == 0;

  PortDescriptor descriptor;  // declared first: the library's port must be closed before it is forgotten
  LibPort library(nullptr, close_and_free);
  int fd = -1;
  if (pseudo) {
    fd = descriptor.fd = ::open(real->c_str(), O_RDWR | O_NOCTTY | O_CLOEXEC | O_NONBLOCK);
    if (fd < 0) return from_errno(path, "opening it", errno);
  } else {
    Result<LibPort> opened = open_with_library(*real, baud);
    if (!opened) return tl::unexpected(opened.error());
    library = std::move(*opened);
    if (sp_get_port_handle(library.get(), &fd) != SP_OK || fd < 0)
      return fail(Trouble::not_found, path + " was opened but has no descriptor; plug it in again.");
  }
  if (auto locked = lock(fd, *real, pseudo); !locked) return tl::unexpected(locked.error());
  if (auto settled = settle(fd, *real, pseudo); !settled) return tl::unexpected(settled.error());
  // The library has set a real port's speed; a pseudo-terminal tells its other end what was asked for.
  if (pseudo && !set_speed(fd, baud)) return from_errno(path, "setting its speed", errno);

  SerialPort port;
  port.fd_ = fd;
  port.port_ = library.release();
  port.path_ = *real;
  descriptor.fd = -1;
  return port;
}

}  // namespace jr
