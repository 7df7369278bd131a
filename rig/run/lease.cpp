// Lock files with flock(2), removed by their holder while it holds them.
// Never trusts a lock on a file whose name has gone to another: that holder is not alone.
#include "rig/run/lease.hpp"

#include <fcntl.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstdlib>
#include <cstring>
#include <nlohmann/json.hpp>
#include <utility>

#include "rig/run/lease_file.hpp"

namespace jr {
namespace {

namespace fs = std::filesystem;

struct Holder {
  pid_t pid{};
  std::string bench, since;
};

Holder holder_in(const std::string& text) {
  const auto json = nlohmann::json::parse(text, nullptr, false);
  if (!json.is_object()) return {};  // it was locked a moment ago and is not written yet
  Holder holder;
  if (const auto at = json.find("pid"); at != json.end() && at->is_number_integer())
    holder.pid = at->get<pid_t>();
  if (const auto at = json.find("bench"); at != json.end() && at->is_string()) holder.bench = *at;
  if (const auto at = json.find("since"); at != json.end() && at->is_string()) holder.since = *at;
  return holder;
}

Failure busy(const std::string& key, int fd) {
  const Holder holder = holder_in(whole_file(fd));
  if (holder.pid == 0)
    return fail(Trouble::busy,
                "the device '" + key + "' was just taken by another process; try again");
  const std::string who =
      holder.pid == ::getpid() ? "this very process" : "process " + std::to_string(holder.pid);
  return fail(Trouble::busy, "the device '" + key + "' is in use by " + who + " for bench '" +
                                 holder.bench + "' since " + holder.since +
                                 "; wait until that run has ended, or end it");
}

/// True when `fd` is what `file` names now, and not what its last holder has just removed.
bool is_still(const fs::path& file, int fd) {
  struct stat named {}, held {};
  return ::stat(file.c_str(), &named) == 0 && ::fstat(fd, &held) == 0 &&
         named.st_ino == held.st_ino && named.st_dev == held.st_dev;
}

Result<int> lock_file(const fs::path& file, const std::string& key) {
  while (true) {
    const int fd = ::open(file.c_str(), O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0664);
    if (fd < 0)
      return fail(errno == EACCES ? Trouble::permission : Trouble::storage,
                  "cannot open the lock " + file.string() + ": " + std::strerror(errno));
    if (::flock(fd, LOCK_EX | LOCK_NB) == 0) {
      if (is_still(file, fd)) return fd;
      ::close(fd);
      continue;
    }
    const Failure held =
        errno == EWOULDBLOCK
            ? busy(key, fd)
            : fail(Trouble::storage, "cannot lock " + file.string() + ": " + std::strerror(errno));
    ::close(fd);
    return held;
  }
}

Result<int> lock_one(const fs::path& file, const std::string& key, const std::string& bench) {
  const auto locked = lock_file(file, key);
  if (!locked) return locked;
  const int fd = *locked;
  const nlohmann::ordered_json holder{{"pid", ::getpid()}, {"bench", bench}, {"since", utc_now()}};
  const std::string line =
      holder.dump(-1, ' ', false, nlohmann::json::error_handler_t::replace) + "\n";
  // What is written is for people only; the lock holds even on a full disk.
  if (::ftruncate(fd, 0) == 0) {
    [[maybe_unused]] const ssize_t written = ::pwrite(fd, line.data(), line.size(), 0);
  }
  return fd;
}

bool usable(const fs::path& folder) {
  std::error_code failed;
  fs::create_directories(folder, failed);
  return ::access(folder.c_str(), W_OK | X_OK) == 0;
}

// /tmp is everybody's: another user may have made the folder first, to read or replace what is in
// it.
Result<fs::path> folder_in_tmp() {
  const fs::path folder = "/tmp/joulerig-" + std::to_string(::getuid());
  ::mkdir(folder.c_str(), 0700);
  struct stat seen {};
  const bool ours = ::lstat(folder.c_str(), &seen) == 0 && S_ISDIR(seen.st_mode) &&
                    seen.st_uid == ::getuid() && (seen.st_mode & 077) == 0;
  if (ours) return folder;
  return fail(Trouble::permission,
              "the folder " + folder.string() +
                  " is not a private one of this user; remove it or set XDG_RUNTIME_DIR");
}

}  // namespace

Result<fs::path> lease_folder() {
  if (const fs::path folder = "/run/joulerig"; usable(folder)) return folder;
  const char* const runtime = std::getenv("XDG_RUNTIME_DIR");
  if (runtime != nullptr && *runtime == '/') {
    if (const fs::path folder = fs::path(runtime) / "joulerig"; usable(folder)) return folder;
  }
  return folder_in_tmp();
}

Result<Lease> Lease::take(std::vector<std::string> keys, const std::string& bench) {
  const auto folder = lease_folder();
  if (!folder) return Failure(folder.error());
  return take(std::move(keys), bench, *folder);
}

Result<Lease> Lease::take(std::vector<std::string> keys, const std::string& bench,
                          const fs::path& folder) {
  std::sort(keys.begin(), keys.end());
  keys.erase(std::unique(keys.begin(), keys.end()), keys.end());
  Lease lease;
  for (std::string& key : keys) {
    auto file = lease_file(folder, "lease-", key);
    if (!file) return Failure(file.error());
    const auto fd = lock_one(*file, key, bench);
    if (!fd) return Failure(fd.error());  // the lease gives back what it has so far
    lease.descriptors_.push_back(*fd);
    lease.files_.push_back(std::move(*file));
    lease.keys_.push_back(std::move(key));
  }
  return lease;
}

Lease::Lease(Lease&& other) noexcept
    : keys_(std::exchange(other.keys_, {})),
      files_(std::exchange(other.files_, {})),
      descriptors_(std::exchange(other.descriptors_, {})) {}

Lease& Lease::operator=(Lease&& other) noexcept {
  if (this == &other) return *this;
  give_back();
  keys_ = std::exchange(other.keys_, {});
  files_ = std::exchange(other.files_, {});
  descriptors_ = std::exchange(other.descriptors_, {});
  return *this;
}

Lease::~Lease() { give_back(); }

void Lease::give_back() {
  for (std::size_t i = 0; i < descriptors_.size(); ++i) {
    ::unlink(files_[i].c_str());  // while it is ours: whoever opened it meanwhile looks again
    ::close(descriptors_[i]);
  }
  descriptors_.clear();
  files_.clear();
  keys_.clear();
}

}  // namespace jr
