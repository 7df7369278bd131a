// libFuzzer target: any bytes as a RocketLogger file; every second time behind the first eight bytes of a sound one.
// Checks that a sink hears facts first and equal columns, and that a refusal is a sentence.
#include <string>

#include "rig/exchange/rld_file.hpp"
#include "tests/fuzz/strict_sink.hpp"

namespace {

void read(std::span<const std::byte> bytes, const jr::ImportOptions& options) {
  jr::fuzz::StrictSink sink;
  jr::fuzz::judge(jr::read_rld(bytes, {"fuzz.rld", "", bytes.size()}, options, sink), sink);
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* input, std::size_t size) {
  read(std::as_bytes(std::span(input, size)), {});
  std::string behind("%RLD\x04\x00", 6);
  behind.append(reinterpret_cast<const char*>(input), size);
  jr::ImportOptions chosen;
  chosen.columns = {{"current", "I1"}};
  read(std::as_bytes(std::span(behind.data(), behind.size())), chosen);
  return 0;
}
