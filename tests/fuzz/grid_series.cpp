// libFuzzer target: any bytes as a grid's table or time series. Checks that it is one sentence, or stretches
// that ascend without overlapping and a mean within their limits.
#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <cstdlib>

#include "rig/lca/grid.hpp"

using namespace jr::lca;

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* bytes, std::size_t size) {
  const std::string text(reinterpret_cast<const char*>(bytes), size);
  if (const auto table = GridTable::parse(text, "fuzz"); !table && table.error().message.empty()) std::abort();
  const auto series = parse_hourly(text, "fuzz", Boundary::direct);
  if (!series) {
    if (series.error().message.empty()) std::abort();
    return 0;
  }
  double low = 1e9, high = 0;
  for (std::size_t i = 0; i < series->stretches.size(); ++i) {
    const IntensityStretch& one = series->stretches[i];
    if (one.end_s <= one.start_s || (i > 0 && one.start_s < series->stretches[i - 1].end_s)) std::abort();
    low = std::min(low, one.g_per_kWh);
    high = std::max(high, one.g_per_kWh);
  }
  DayProfile even;
  even.fill(1);
  const auto mean = load_weighted(*series, even);
  if (!mean || mean->g_per_kWh < low * (1 - 1e-9) || mean->g_per_kWh > high * (1 + 1e-9)) std::abort();
  return 0;
}
