// File names from device keys, and two small readings. Injective: two keys never share a file.
// Never opens a lock.
#include "rig/run/lease_file.hpp"

#include <unistd.h>

#include <ctime>

#include "rig/core/host_clock.hpp"

namespace jr {

namespace fs = std::filesystem;

Result<fs::path> lease_file(const fs::path& folder, std::string_view prefix,
                            const std::string& key) {
  constexpr char kDigits[] = "0123456789ABCDEF";
  std::string name(prefix);
  for (const char c : key) {
    const bool plain = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
                       c == '-' || c == '_';
    const auto byte = static_cast<unsigned char>(c);
    if (plain)
      name += c;
    else
      name += {'%', kDigits[byte >> 4], kDigits[byte & 15U]};
  }
  name += ".json";
  if (key.empty() || name.size() > 240)
    return fail(Trouble::usage, "a device's key must have 1 to about 200 characters, not " +
                                    std::to_string(key.size()));
  return folder / name;
}

std::string utc_now() {
  const auto seconds = static_cast<std::time_t>(wall_now_ms() / 1000);
  std::tm parts{};
  ::gmtime_r(&seconds, &parts);
  char text[32];
  return std::string(text, std::strftime(text, sizeof text, "%Y-%m-%dT%H:%M:%SZ", &parts));
}

std::string whole_file(int fd) {
  char text[4096];
  const ssize_t got = ::pread(fd, text, sizeof text, 0);
  return std::string(text, got > 0 ? static_cast<std::size_t>(got) : 0);
}

}  // namespace jr
