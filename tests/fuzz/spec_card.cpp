// libFuzzer target: any bytes as a spec card. Checks that it is one sentence, or a card whose
// limits are finite or named as missing.
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <cstdlib>

#include "calibration/spec_card.hpp"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* bytes, std::size_t size) {
  const auto card = jr::parse_spec_card({reinterpret_cast<const char*>(bytes), size}, "fuzz");
  if (!card && card.error().message.empty()) std::abort();
  if (card && !(card->gain.standard() >= 0 && card->offset_limit_A(99) >= 0)) std::abort();
  const bool finite = card && std::isfinite(card->gain.standard() + card->offset_limit_A(99) +
                                            card->voltage_V.standard());
  if (card && !finite && card->missing.empty() && card->ranges.empty()) std::abort();
  return 0;
}
