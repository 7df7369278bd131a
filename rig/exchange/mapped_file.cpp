// open, fstat, mmap; the descriptor is closed again at once.
// Never writes.
#include "rig/exchange/mapped_file.hpp"

#include <fcntl.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <utility>

#include "rig/core/sha256.hpp"

namespace jr {
namespace {

Failure cannot_open(const std::filesystem::path& file, int error) {
  if (error == ENOENT || error == ENOTDIR) return fail(Trouble::not_found, "There is no file " + file.string() + ".");
  if (error == EACCES || error == EPERM)
    return fail(Trouble::permission, "You may not read " + file.string() + ": its owner can let you (chmod +r).");
  return fail(Trouble::storage, "Reading " + file.string() + " failed: " + std::strerror(error) + ".");
}

struct Descriptor {
  int number;
  ~Descriptor() { if (number >= 0) ::close(number); }
};

}  // namespace

Result<MappedFile> MappedFile::open(const std::filesystem::path& file) {
  const Descriptor descriptor{::open(file.c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK)};
  if (descriptor.number < 0) return cannot_open(file, errno);
  struct stat status {};
  if (::fstat(descriptor.number, &status) != 0) return cannot_open(file, errno);
  if (!S_ISREG(status.st_mode)) return fail(Trouble::malformed, file.string() + " is no file: name the recording itself.");
  if (status.st_size == 0) return fail(Trouble::malformed, file.string() + " is empty.");
  const auto size = static_cast<std::size_t>(status.st_size);
  void* at = ::mmap(nullptr, size, PROT_READ, MAP_PRIVATE, descriptor.number, 0);
  if (at == MAP_FAILED) return cannot_open(file, errno);
  ::madvise(at, size, MADV_SEQUENTIAL);
  MappedFile mapped;
  mapped.file_ = file;
  mapped.bytes_ = {static_cast<const std::byte*>(at), size};
  return mapped;
}

MappedFile::~MappedFile() {
  if (!bytes_.empty()) ::munmap(const_cast<std::byte*>(bytes_.data()), bytes_.size());
}

MappedFile::MappedFile(MappedFile&& other) noexcept
    : file_(std::move(other.file_)), bytes_(std::exchange(other.bytes_, {})) {}

MappedFile& MappedFile::operator=(MappedFile&& other) noexcept {
  std::swap(file_, other.file_);
  std::swap(bytes_, other.bytes_);
  return *this;
}

SourceFile MappedFile::source() const { return source_of(file_.filename().string(), bytes_); }

SourceFile source_of(const std::string& name, std::span<const std::byte> bytes) {
  return {name, sha256_of(bytes), bytes.size()};
}

}  // namespace jr
