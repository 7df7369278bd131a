// Monte Carlo of a whole scenario against as many plain evaluations of it, in one run.
#include <cstdio>
#include <filesystem>

#include "rig/lca/assessment.hpp"
#include "rig/lca/measured_use.hpp"
#include "rig/lca/scenario_file.hpp"
#include "tests/benchmarks/stopwatch.hpp"

namespace jr::bench {

void lca_figures() {
  const auto file = lca::load_scenario("default", {std::filesystem::path(JOULERIG_SOURCE_DIR) / "fixtures/scenarios"});
  if (!file) {
    std::printf("  %s\n", file.error().message.c_str());
    return;
  }
  lca::MeasuredUse use;
  use.run.run = "bench-1";
  use.events.push_back({"infer", Energy{{35e-6}, {{"gain:x", 1e-7}, {"repeatability:bench-1:mean", 2e-8}}}, Energy{{0.01}, {{"clock:x", 1e-6}}}, {}});
  use.sleep = Energy{{5e-6}, {{"gain:x", 2e-8}, {"offset:x", 1e-7}}};
  const auto scenario = lca::with_measured(*file, use, {}, {});
  double sink = 0;
  const double plain = median_seconds(5, [&] {
    for (std::uint64_t i = 0; i < lca::kDraws; ++i) sink += lca::figures_of(*scenario).total_kg;
  });
  const double drawn = median_seconds(5, [&] { sink += lca::simulate(*scenario).total_kg.mean; });
  asm volatile("" : : "r"(&sink) : "memory");
  row("1e5 draws of a whole scenario", drawn, "s", "");
  row("the same", drawn / plain, "x", "of 1e5 evaluations without drawing");
}

}  // namespace jr::bench
