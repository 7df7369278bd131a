// The bypass capacitor by its inrush: closed forms, and what must be refused.
#include <doctest/doctest.h>

#include <cmath>
#include <limits>
#include <vector>

#include "rig/energy/inrush.hpp"
#include "tests/unit/seeded_noise.hpp"

using namespace jr;

namespace {

constexpr double kPeriod_s = 1e-5, kSupply_V = 3.3;

/// 30 ms of nothing, `limit_A` until the charge is in, a tail of `tail_s`, then 5 mA for 5 ms and 12 mA.
std::vector<float> switched_on(double capacitance_F, double limit_A, double tail_s, double off = 0) {
  std::vector<float> trace;
  const double charge_C = capacitance_F * kSupply_V - limit_A * tail_s, flat_s = charge_C / limit_A;
  for (int k = 0; k < 10'000; ++k) {
    const double since_s = (k - 3000 + off) * kPeriod_s;
    double i_A = since_s < 0 ? 0 : since_s < 5e-3 ? 5e-3 : 12e-3;
    if (since_s >= 0) i_A += since_s < flat_s ? limit_A : limit_A * std::exp(-(since_s - flat_s) / tail_s);
    trace.push_back(static_cast<float>(i_A));
  }
  return trace;
}

Result<Inrush> found(const std::vector<float>& trace) { return find_inrush(trace, kPeriod_s, {kSupply_V}); }

}  // namespace

TEST_CASE("the capacitance is the charge over the voltage, and never beyond its limit, at every phase of the samples") {
  for (const double C : {22e-6, 100e-6, 1e-3})
    for (const double off : {0.0, 0.25, 0.5, 0.75}) {
      CAPTURE(C);
      CAPTURE(off);
      const auto inrush = found(switched_on(C, 1, 15e-6, off));
      REQUIRE(inrush);
      CHECK(inrush->capacitance_F == doctest::Approx(C).epsilon(8e-6 / C));  // less than a sample of the peak
      CHECK(inrush->capacitance_limit_F >= C);
      CHECK(inrush->capacitance_limit_F < 1.03 * C + 10e-6);
      CHECK(inrush->peak_A == doctest::Approx(1.005).epsilon(0.01));
    }
}

TEST_CASE("a monitor that misses the first sample while it changes range does not push the capacitor over its limit") {
  std::vector<float> trace = switched_on(22e-6, 1, 15e-6);
  trace[3000] = 0.4e-3F;
  const auto inrush = found(trace);
  REQUIRE(inrush);
  CHECK(inrush->capacitance_F < 22e-6);
  CHECK(inrush->capacitance_limit_F >= 22e-6);
}

TEST_CASE("noise and a board that draws more later do not count as charge") {
  test::SeededNoise noise(7);
  std::vector<float> trace = switched_on(100e-6, 0.5, 15e-6);
  for (float& i_A : trace) i_A += static_cast<float>(20e-6 * noise.normal());
  const auto inrush = found(trace);
  REQUIRE(inrush);
  CHECK(inrush->capacitance_F == doctest::Approx(100e-6).epsilon(0.03));
}

TEST_CASE("what is no inrush is refused with the reason") {
  const auto why = [](const std::vector<float>& trace) {
    const auto inrush = found(trace);
    REQUIRE_FALSE(inrush);
    return inrush.error().message;
  };
  CHECK(why(switched_on(1e-6, 1, 1e-7)).find("between the samples") != std::string::npos);
  CHECK(why(std::vector<float>(10'000, 5e-3F)).find("nothing rushes in") != std::string::npos);
  CHECK(why(std::vector<float>(3, 5e-3F)).find("too short") != std::string::npos);
  CHECK(why({}).find("too short") != std::string::npos);
  std::vector<float> endless(10'000, 5e-3F);
  for (std::size_t k = 3000; k < 7600; ++k) endless[k] = 1;
  CHECK(why(endless).find("not ended") != std::string::npos);
  std::vector<float> holed = switched_on(100e-6, 1, 15e-6);
  holed[17] = std::numeric_limits<float>::quiet_NaN();
  CHECK(why(holed).find("holes") != std::string::npos);
}
