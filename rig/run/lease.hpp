// Who holds which device, and which supply was left on: locks and notes that survive a crash well.
// Never waits for a device and never takes one away from a living process.
#pragma once

#include <sys/types.h>

#include <filesystem>
#include <string>
#include <vector>

#include "rig/core/result.hpp"

namespace jr {

/// Where locks live: /run/joulerig if this user may write there, else $XDG_RUNTIME_DIR/joulerig,
/// else /tmp/joulerig-UID (0700, refused when it belongs to someone else). Made if need be.
Result<std::filesystem::path> lease_folder();

/// Holds the locks of several devices until it goes away. A lock is flock(2) on a file: the kernel
/// gives it back however the holder dies, so there are no stale leases; only an empty file may stay. Movable; owned by one
/// thread.
class Lease {
 public:
  /// All of `keys` (device serials, or what else names a device for good) or none.
  /// Trouble::busy names the holder's process, bench and since when it has held it.
  static Result<Lease> take(std::vector<std::string> keys, const std::string& bench);
  static Result<Lease> take(std::vector<std::string> keys, const std::string& bench,
                            const std::filesystem::path& folder);
  Lease(Lease&& other) noexcept;
  Lease& operator=(Lease&& other) noexcept;
  ~Lease();

  const std::vector<std::string>& keys() const { return keys_; }

 private:
  Lease() = default;
  void give_back();

  std::vector<std::string> keys_;  // as many as descriptors_, in ascending order
  std::vector<std::filesystem::path> files_;
  std::vector<int> descriptors_;
};

/// The supply of `device` was switched on by a process, for a run.
struct LeftOn {
  std::string device;  ///< what names it for good; one note a device
  std::string port, kind;
  std::string run;
  pid_t pid{};        ///< note_left_on() fills in these two
  std::string since;  ///< UTC, ISO 8601
  bool source_mode{true};  ///< false: the switch of an ampere meter, which must not become a supply
  std::string serial{};    ///< USB serial number, empty when unknown: a port's name may be another device's by now
};

/// Where notes live: $XDG_STATE_HOME/joulerig or ~/.local/state/joulerig (it outlasts a reboot, and
/// so may a supply), else lease_folder().
Result<std::filesystem::path> left_on_folder();

/// Durable before it returns (fsync of file and folder): call it before the supply is switched on.
Result<void> note_left_on(const LeftOn& note);
Result<void> note_left_on(const LeftOn& note, const std::filesystem::path& folder);
/// Call it after the supply is off. No note is no error.
Result<void> forget_left_on(const std::string& device);
Result<void> forget_left_on(const std::string& device, const std::filesystem::path& folder);
/// Notes of processes that no longer live (a number that was given to a new process is told apart
/// by its start time and the boot). Take the device's lease before acting on one, then forget it.
std::vector<LeftOn> left_on_by_the_dead();
std::vector<LeftOn> left_on_by_the_dead(const std::filesystem::path& folder);

}  // namespace jr
