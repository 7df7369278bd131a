// libFuzzer target: any JSON, given the id that its content hashes to, as a calibration record.
// Checks that it is one sentence, or a record that is written back as it was read and can be used.
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <nlohmann/json.hpp>
#include <span>

#include "calibration/calibration.hpp"
#include "rig/core/sha256.hpp"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* bytes, std::size_t size) {
  auto record = nlohmann::json::parse(bytes, bytes + size, nullptr, false);
  std::string text(reinterpret_cast<const char*>(bytes), size);
  if (record.is_object()) {
    record.erase("id");
    const auto replace = nlohmann::json::error_handler_t::replace;
    const std::string content = record.dump(-1, ' ', false, replace);
    record["id"] = jr::sha256_of(std::as_bytes(std::span(content.data(), content.size())));
    text = record.dump(-1, ' ', false, replace);
  }
  const auto calibration = jr::calibration_from(text);
  if (!calibration) {
    if (calibration.error().message.empty()) std::abort();
    return 0;
  }
  const auto again = jr::calibration_from(jr::to_text(*calibration));
  if (!again || again->id != calibration->id) std::abort();
  (void)jr::accuracy_of(*calibration, calibration->instrument, 3.3, calibration->created);
  return 0;
}
