// Notes about supplies that are on: written durably before, removed after, read by the next start.
// Never switches anything itself.
#include <fcntl.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstdlib>
#include <cstring>
#include <fstream>
#include <iterator>
#include <nlohmann/json.hpp>
#include <optional>
#include <sstream>

#include "rig/run/lease.hpp"
#include "rig/run/lease_file.hpp"

namespace jr {
namespace {

namespace fs = std::filesystem;

constexpr std::string_view kPrefix = "left-on-";

std::string boot_id() {
  std::ifstream file("/proc/sys/kernel/random/boot_id");
  std::string id;
  std::getline(file, id);
  return id;
}

// Field 22 of /proc/PID/stat, in clock ticks since the boot; 0 when there is no such process or it
// is only a zombie any more. The name in field 2 may hold anything, so fields count from the last
// ')'.
std::uint64_t start_of_process(pid_t pid) {
  std::ifstream file("/proc/" + std::to_string(pid) + "/stat");
  const std::string text{std::istreambuf_iterator<char>(file), {}};
  const auto name_end = text.rfind(')');
  if (name_end == std::string::npos) return 0;
  std::istringstream fields(text.substr(name_end + 1));
  std::string state, skipped;
  fields >> state;
  if (state == "Z" || state == "X") return 0;
  for (int field = 4; field < 22; ++field) fields >> skipped;
  std::uint64_t start = 0;
  fields >> start;
  return start;
}

bool sync_folder(const fs::path& folder) {
  const int fd = ::open(folder.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC);
  if (fd < 0) return false;
  const bool synced = ::fsync(fd) == 0;
  ::close(fd);
  return synced;
}

bool write_durably(const fs::path& file, const std::string& text) {
  const int fd = ::open(file.c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0644);
  if (fd < 0) return false;
  const bool written = ::write(fd, text.data(), text.size()) == static_cast<ssize_t>(text.size()) &&
                       ::fsync(fd) == 0;
  ::close(fd);
  return written;
}

Failure not_noted(const std::string& device, const fs::path& folder) {
  return fail(Trouble::storage, "cannot note in " + folder.string() + " that the supply of '" +
                                    device + "' is on: " + std::strerror(errno) +
                                    "; without that note a crash would leave it on");
}

// Nothing for a file that is no note of ours, and for a note whose writer lives.
std::optional<LeftOn> note_of_the_dead(const fs::path& file) {
  std::ifstream open(file);
  const auto json = nlohmann::json::parse(open, nullptr, false);
  if (!json.is_object()) return std::nullopt;
  try {
    LeftOn note{json.at("device"), json.at("port"), json.at("kind"),
                json.at("run"),    json.at("pid"),  json.at("since"),
                json.value("source_mode", true), json.value("serial", "")};
    const bool alive =
        json.at("boot") == boot_id() && json.at("start") == start_of_process(note.pid);
    if (alive) return std::nullopt;
    return note;
  } catch (const nlohmann::json::exception&) {
    return std::nullopt;
  }
}

}  // namespace

Result<fs::path> left_on_folder() {
  const char* const state = std::getenv("XDG_STATE_HOME");
  const char* const home = std::getenv("HOME");
  fs::path folder;
  if (state != nullptr && *state == '/')
    folder = fs::path(state) / "joulerig";
  else if (home != nullptr && *home == '/')
    folder = fs::path(home) / ".local/state/joulerig";
  std::error_code failed;
  if (!folder.empty()) fs::create_directories(folder, failed);
  if (!folder.empty() && ::access(folder.c_str(), W_OK | X_OK) == 0) return folder;
  return lease_folder();
}

Result<void> note_left_on(const LeftOn& note) {
  const auto folder = left_on_folder();
  return folder ? note_left_on(note, *folder) : Failure(folder.error());
}

Result<void> note_left_on(const LeftOn& note, const fs::path& folder) {
  const auto file = lease_file(folder, kPrefix, note.device);
  if (!file) return Failure(file.error());
  const pid_t self = ::getpid();
  const nlohmann::ordered_json json{{"device", note.device},
                                    {"port", note.port},
                                    {"kind", note.kind},
                                    {"run", note.run},
                                    {"pid", self},
                                    {"since", utc_now()},
                                    {"source_mode", note.source_mode},
                                    {"serial", note.serial},
                                    {"start", start_of_process(self)},
                                    {"boot", boot_id()}};
  const fs::path draft = file->string() + "." + std::to_string(self) + ".new";
  if (!write_durably(draft,
                     json.dump(-1, ' ', false, nlohmann::json::error_handler_t::replace) + "\n") ||
      ::rename(draft.c_str(), file->c_str()) != 0 || !sync_folder(folder)) {
    const Failure why = not_noted(note.device, folder);
    ::unlink(draft.c_str());
    return why;
  }
  return {};
}

Result<void> forget_left_on(const std::string& device) {
  const auto folder = left_on_folder();
  return folder ? forget_left_on(device, *folder) : Failure(folder.error());
}

Result<void> forget_left_on(const std::string& device, const fs::path& folder) {
  const auto file = lease_file(folder, kPrefix, device);
  if (!file) return Failure(file.error());
  if (::unlink(file->c_str()) == 0) {
    sync_folder(folder);
    return {};
  }
  if (errno == ENOENT) return {};
  return fail(Trouble::storage,
              "cannot remove the note " + file->string() + ": " + std::strerror(errno));
}

std::vector<LeftOn> left_on_by_the_dead() {
  const auto folder = left_on_folder();
  return folder ? left_on_by_the_dead(*folder) : std::vector<LeftOn>{};
}

std::vector<LeftOn> left_on_by_the_dead(const fs::path& folder) {
  std::vector<LeftOn> notes;
  std::error_code failed;
  for (const auto& entry : fs::directory_iterator(folder, failed)) {
    const std::string name = entry.path().filename();
    if (!name.starts_with(kPrefix) || !name.ends_with(".json")) continue;
    if (auto note = note_of_the_dead(entry.path())) notes.push_back(std::move(*note));
  }
  std::sort(notes.begin(), notes.end(),
            [](const LeftOn& a, const LeftOn& b) { return a.device < b.device; });
  return notes;
}

}  // namespace jr
