// Two loops and two calls of zstd.
// Never keeps a context: a frame is seldom.
#include "rig/store/planes.hpp"

#include <zstd.h>

#include <stdexcept>

namespace jr::chunk {

void to_planes(std::span<const std::byte> numbers, std::size_t width, Bytes& into) {
  const std::size_t n = numbers.size() / width, at = into.size();
  into.resize(at + n * width);
  for (std::size_t plane = 0; plane < width; ++plane) {
    std::byte* to = into.data() + at + plane * n;
    const std::byte* from = numbers.data() + plane;
    for (std::size_t i = 0; i < n; ++i) to[i] = from[i * width];
  }
}

void from_planes(std::span<const std::byte> planes, std::size_t width, std::span<std::byte> numbers) {
  const std::size_t n = numbers.size() / width;
  for (std::size_t plane = 0; plane < width; ++plane) {
    const std::byte* from = planes.data() + plane * n;
    std::byte* to = numbers.data() + plane;
    for (std::size_t i = 0; i < n; ++i) to[i * width] = from[i];
  }
}

Bytes squeeze(std::span<const std::byte> bytes, int level) {
  Bytes frame(ZSTD_compressBound(bytes.size()));
  const std::size_t size = ZSTD_compress(frame.data(), frame.size(), bytes.data(), bytes.size(), level);
  if (ZSTD_isError(size)) throw std::logic_error(ZSTD_getErrorName(size));  // memory aside, it cannot fail
  frame.resize(size);
  return frame;
}

Result<Bytes> unsqueeze(std::span<const std::byte> frame, std::size_t most) {
  const auto corrupt = [] { return fail(Trouble::malformed, "A stored block is corrupt (its zstd frame)."); };
  const unsigned long long claimed = ZSTD_getFrameContentSize(frame.data(), frame.size());
  if (claimed == ZSTD_CONTENTSIZE_ERROR || claimed == ZSTD_CONTENTSIZE_UNKNOWN || claimed > most) return corrupt();
  Bytes bytes(static_cast<std::size_t>(claimed));
  const std::size_t size = ZSTD_decompress(bytes.data(), bytes.size(), frame.data(), frame.size());
  if (ZSTD_isError(size) || size != bytes.size()) return corrupt();
  return bytes;
}

}  // namespace jr::chunk
