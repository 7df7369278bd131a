// Coefficients as a row of doubles.
// Never rounds one.
#include "rig/store/coefficients.hpp"

#include "rig/core/sample_block.hpp"

namespace jr::chunk {
namespace {

constexpr std::size_t kRangeBytes = 5 * sizeof(double);

}  // namespace

Bytes encode_coefficients(const Coefficients& coefficients) {
  Bytes blob;
  if (!coefficients.known()) return blob;
  put(blob, coefficients.supply_V);
  for (const RangePolynomial& range : coefficients.ranges)
    for (const double part : {range.a_A, range.b_A_per_code, range.q_A_per_code2, range.s_A_per_V, range.burden_ohm})
      put(blob, part);
  return blob;
}

Result<Coefficients> decode_coefficients(std::span<const std::byte> blob) {
  Coefficients coefficients;
  if (blob.empty()) return coefficients;
  const std::size_t ranges = blob.size() / kRangeBytes;
  if (blob.size() != sizeof(double) + ranges * kRangeBytes || ranges > kMaxRanges)
    return fail(Trouble::malformed, "The stored coefficients of a stream have a length that cannot be.");
  coefficients.supply_V = get<double>(blob, 0);
  for (std::size_t r = 0; r < ranges; ++r) {
    const auto part = [&](std::size_t k) { return get<double>(blob, sizeof(double) * (1 + 5 * r + k)); };
    coefficients.ranges.push_back({part(0), part(1), part(2), part(3), part(4)});
  }
  return coefficients;
}

}  // namespace jr::chunk
