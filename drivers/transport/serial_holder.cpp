// Who holds a terminal: looks through /proc/PID/fd, then through the table of file locks.
// Never touches the port itself.
#include "drivers/transport/serial_holder.hpp"

#include <dirent.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>
#include <unistd.h>

#include <array>
#include <cctype>
#include <cstdio>
#include <cstdlib>
#include <fstream>
#include <memory>
#include <sstream>

namespace jr {
namespace {

using Directory = std::unique_ptr<DIR, int (*)(DIR*)>;

std::string command_of(pid_t pid) {
  std::ifstream comm("/proc/" + std::to_string(pid) + "/comm");
  std::string name;
  std::getline(comm, name);
  return name;
}

/// Does one of the descriptors in `fd_directory` lead to the device `device`?
bool has_open(const std::string& fd_directory, dev_t device) {
  const Directory entries(opendir(fd_directory.c_str()), closedir);
  if (!entries) return false;  // another user's process: not ours to look into
  while (const dirent* entry = readdir(entries.get())) {
    const std::string link = fd_directory + "/" + entry->d_name;
    std::array<char, 16> target{};
    if (readlink(link.c_str(), target.data(), target.size()) < 5) continue;
    // Only names below /dev are worth a stat: others may sit on a dead network mount.
    if (std::string(target.data(), 5) != "/dev/") continue;
    struct stat status{};
    if (stat(link.c_str(), &status) == 0 && S_ISCHR(status.st_mode) && status.st_rdev == device)
      return true;
  }
  return false;
}

pid_t opener_of(dev_t device) {
  const Directory processes(opendir("/proc"), closedir);
  if (!processes) return 0;
  while (const dirent* entry = readdir(processes.get())) {
    if (!std::isdigit(static_cast<unsigned char>(entry->d_name[0]))) continue;
    const pid_t pid = static_cast<pid_t>(std::strtol(entry->d_name, nullptr, 10));
    if (pid == getpid()) continue;  // named only when nobody else has it
    if (has_open(std::string("/proc/") + entry->d_name + "/fd", device)) return pid;
  }
  return has_open("/proc/self/fd", device) ? getpid() : 0;
}

/// /proc/locks is readable for everyone: "1: FLOCK  ADVISORY  WRITE 123 00:05:7 0 EOF".
pid_t locker_of(const struct stat& node) {
  std::array<char, 64> place{};
  std::snprintf(place.data(), place.size(), "%02x:%02x:%lu", major(node.st_dev),
                minor(node.st_dev), static_cast<unsigned long>(node.st_ino));
  std::ifstream locks("/proc/locks");
  for (std::string line; std::getline(locks, line);) {
    std::istringstream words(line);
    std::string number, kind, mode, access, pid, where;
    if (words >> number >> kind >> mode >> access >> pid >> where && where == place.data())
      return static_cast<pid_t>(std::strtol(pid.c_str(), nullptr, 10));
  }
  return 0;
}

}  // namespace

PortHolder holder_of_port(const std::string& path) {
  struct stat node{};
  if (stat(path.c_str(), &node) != 0) return {};
  PortHolder holder;
  holder.pid = locker_of(node);
  if (holder.pid <= 0) holder.pid = opener_of(node.st_rdev);
  if (holder.pid > 0) holder.command = command_of(holder.pid);
  return holder;
}

std::string advice_about(const PortHolder& holder) {
  if (holder.pid == getpid()) return "this very program has it open already";
  if (holder.command == "ModemManager")
    return "ModemManager (pid " + std::to_string(holder.pid) +
           ") is probing it; wait 10 s, or install a udev rule with "
           "ENV{ID_MM_DEVICE_IGNORE}=\"1\" for it";
  if (holder.pid > 0)
    return "process " + std::to_string(holder.pid) +
           (holder.command.empty() ? "" : " (" + holder.command + ")") + " has it; end that first";
  return "another process has it (ModemManager holds new ports for about 10 s; "
         "`sudo fuser -v` on the port names others)";
}

}  // namespace jr
