// stdio with its buffer; what a write or the close says is passed on.
// A file that takes long is renamed by export.cpp; one that is at hand as a whole by write_output().
#include "rig/exchange/output_file.hpp"

#include <fcntl.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>

namespace jr {

Failure cannot_write(const std::filesystem::path& path, int error) {
  std::string name = path.filename().string();
  if (const std::size_t mark = name.find(".unfinished."); mark != std::string::npos) name = name.substr(mark + std::strlen(".unfinished."));
  const std::string shown = (path.parent_path() / name).string();
  const char* way_out = error == ENOSPC || error == EFBIG || error == EDQUOT ? ": make room there, or choose another disk; nothing was left behind."
                        : error == EACCES || error == EROFS || error == EPERM ? ": choose a folder that you may write to."
                        : error == ENOENT                                     ? ": its folder does not exist."
                                                                              : "; nothing was left behind.";
  return fail(Trouble::storage, "Writing " + shown + " failed (" + (error ? std::strerror(error) : "no reason given") + ")" + way_out);
}

Result<OutputFile> OutputFile::create(const std::filesystem::path& path) {
  OutputFile file;
  file.path_ = path;
  file.file_.reset(std::fopen(path.c_str(), "wbxe"));
  if (!file.file_) return cannot_write(path, errno);
  return file;
}

Failure OutputFile::failed() const { return cannot_write(path_, errno); }

Result<void> OutputFile::write(std::string_view text) {
  if (std::fwrite(text.data(), 1, text.size(), file_.get()) != text.size()) return failed();
  return {};
}

Result<void> OutputFile::close() {
  std::FILE* file = file_.release();
  if (std::fclose(file) != 0) return failed();
  return {};
}

namespace {

namespace fs = std::filesystem;

Failure exists_already(const fs::path& path) {
  return fail(Trouble::usage, path.string() + " exists already: give another name, or --force to replace it.");
}

/// A terminal, a device, a pipe: it takes bytes, and has no other name.
bool is_channel(const fs::path& path) {
  std::error_code ignored;
  const fs::file_status status = fs::status(path, ignored);
  return fs::exists(status) && !fs::is_regular_file(status) && !fs::is_directory(status);
}

Result<void> write_descriptor(int descriptor, std::string_view bytes, const fs::path& path, bool sync) {
  int error = 0;
  while (!bytes.empty() && error == 0) {
    const ssize_t n = ::write(descriptor, bytes.data(), bytes.size());
    if (n >= 0) bytes.remove_prefix(static_cast<std::size_t>(n));
    else if (errno != EINTR) error = errno;
  }
  if (error == 0 && sync && ::fsync(descriptor) != 0) error = errno;
  if (::close(descriptor) != 0 && error == 0) error = errno;
  if (error != 0) return cannot_write(path, error);
  return {};
}

/// Takes the name; without `force` only if nobody took it meanwhile.
Result<void> take_name(const fs::path& unfinished, const fs::path& path, bool force) {
  if (!force) {
    if (::renameat2(AT_FDCWD, unfinished.c_str(), AT_FDCWD, path.c_str(), RENAME_NOREPLACE) == 0) return {};
    if (errno == EEXIST) return exists_already(path);
    if (errno != EINVAL && errno != ENOSYS) return cannot_write(path, errno);  // else this file system cannot do it
  }
  if (::rename(unfinished.c_str(), path.c_str()) != 0) return cannot_write(path, errno);
  return {};
}

}  // namespace

Result<void> check_output(const fs::path& path, bool force) {
  std::error_code ignored;
  if (path.empty()) return fail(Trouble::usage, "A file without a name cannot be written: give one with -o.");
  if (fs::is_directory(path, ignored)) return fail(Trouble::usage, path.string() + " is a folder: name a file.");
  if (is_channel(path)) return {};
  if (!force && (fs::exists(path, ignored) || fs::is_symlink(path, ignored))) return exists_already(path);
  const fs::path folder = path.has_parent_path() ? path.parent_path() : fs::path(".");
  if (!fs::is_directory(folder, ignored)) return cannot_write(path, ENOENT);
  if (::access(folder.c_str(), W_OK) != 0) return cannot_write(path, errno);
  return {};
}

Result<void> write_output(const fs::path& wanted, std::string_view bytes, bool force) {
  if (auto fine = check_output(wanted, force); !fine) return fine;
  if (is_channel(wanted)) {
    const int channel = ::open(wanted.c_str(), O_WRONLY | O_CLOEXEC);
    if (channel < 0) return cannot_write(wanted, errno);
    return write_descriptor(channel, bytes, wanted, false);
  }
  std::error_code ignored;
  const fs::path path = fs::is_symlink(wanted, ignored) ? fs::weakly_canonical(wanted, ignored) : wanted;  // the link stays one
  const fs::path unfinished = path.parent_path() / ("." + std::to_string(::getpid()) + ".unfinished." + path.filename().string());
  const int descriptor = ::open(unfinished.c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0666);
  if (descriptor < 0) return cannot_write(path, errno);
  auto written = write_descriptor(descriptor, bytes, path, true);
  if (written) written = take_name(unfinished, path, force);
  if (!written) fs::remove(unfinished, ignored);
  return written;
}

}  // namespace jr
