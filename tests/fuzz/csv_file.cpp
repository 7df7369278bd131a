// libFuzzer target: any bytes as a CSV trace: as it stands, below a header of ours, with a rate, and put in order.
// Checks that a sink hears facts first and equal columns, and that a refusal is a sentence.
#include <string>

#include "rig/exchange/csv_file.hpp"
#include "tests/fuzz/strict_sink.hpp"

namespace {

void read(const std::string& text, const jr::ImportOptions& options) {
  jr::fuzz::StrictSink sink;
  jr::fuzz::judge(jr::read_csv(std::as_bytes(std::span(text.data(), text.size())), {"fuzz.csv", "", text.size()}, options, sink), sink);
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* input, std::size_t size) {
  const std::string text(reinterpret_cast<const char*>(input), size);
  read(text, {});
  read("time_s,current_A,D0-D7\n0,1,0\n" + text, {});
  jr::ImportOptions at_rate, in_order;
  at_rate.rate_Hz = 1000;
  at_rate.columns = {{"current", "#1:uA"}};
  in_order.columns = {{"time", "#1:ms"}, {"current", "#2"}};
  in_order.reorder_time = true;
  read(text, at_rate);
  read(text, in_order);
  return 0;
}
