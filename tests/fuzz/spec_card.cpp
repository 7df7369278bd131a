// libFuzzer target: any bytes as a spec card. Checks that it is a card with finite limits or one sentence.
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <cstdlib>

#include "calibration/spec_card.hpp"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* bytes, std::size_t size) {
  const auto card = jr::parse_spec_card({reinterpret_cast<const char*>(bytes), size}, "fuzz");
  if (!card && card.error().message.empty()) std::abort();
  if (card && !(card->gain.standard() >= 0 && std::isfinite(card->offset_limit_A(99)))) std::abort();
  return 0;
}
