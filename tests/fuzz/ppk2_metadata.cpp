// libFuzzer target: any bytes as a PPK2's answer about itself.
// Checks that what is believed gives finite polynomials and positive resistances.
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <string_view>

#include "drivers/monitors/ppk2_metadata.hpp"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* bytes, std::size_t size) {
  const std::string_view received(reinterpret_cast<const char*>(bytes), size);
  const std::string_view within = jr::ppk2_metadata_within(received);
  const auto metadata = jr::parse_ppk2_metadata(received);
  if (within.empty() && metadata) std::abort();
  if (!metadata) return 0;
  if (metadata->text != within) std::abort();
  for (const double ohm : metadata->R)
    if (!(ohm > 0)) std::abort();
  for (const jr::RangePolynomial& p : jr::ppk2_polynomials(*metadata, true))
    if (!std::isfinite(p.a_A) || !std::isfinite(p.b_A_per_code) || !std::isfinite(p.q_A_per_code2) ||
        !std::isfinite(p.s_A_per_V))
      std::abort();
  return 0;
}
