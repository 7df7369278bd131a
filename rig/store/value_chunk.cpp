// Frames one after the other, so that a view of one channel need not unpack the others.
// Never trusts a length that it has not compared with the blob's.
#include "rig/store/value_chunk.hpp"

#include "rig/store/chunk.hpp"
#include "rig/store/planes.hpp"

namespace jr::chunk {
namespace {

constexpr int kZstdLevel = 1;

Failure corrupt_values(const char* what) {
  return fail(Trouble::malformed, std::string("A stored chunk of values is corrupt (") + what + ").");
}

}  // namespace

Bytes encode_values(std::span<const std::span<const double>> channels) {
  Bytes blob, planes;
  for (const std::span<const double> values : channels) {
    planes.clear();
    to_planes(values, planes);
    const Bytes frame = squeeze(planes, kZstdLevel);
    put(blob, static_cast<std::uint32_t>(frame.size()));
    blob.insert(blob.end(), frame.begin(), frame.end());
  }
  return blob;
}

Result<std::vector<double>> decode_values(std::span<const std::byte> blob, std::size_t n, std::size_t channel) {
  if (n > kMostSamples) return corrupt_values("its row claims too many samples");
  for (std::size_t k = 0;; ++k) {
    if (blob.size() < sizeof(std::uint32_t)) return corrupt_values("a channel is missing");
    const auto length = get<std::uint32_t>(blob, 0);
    blob = blob.subspan(sizeof(std::uint32_t));
    if (length > blob.size()) return corrupt_values("a channel is cut");
    if (k == channel) {
      const auto planes = Unsqueezer{}(blob.first(length), n * sizeof(double));
      if (!planes) return Failure(planes.error());
      if (planes->size() != n * sizeof(double)) return corrupt_values("its values have another length");
      std::vector<double> values(n);
      from_planes(*planes, values);
      return values;
    }
    blob = blob.subspan(length);
  }
}

}  // namespace jr::chunk
