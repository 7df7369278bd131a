// The virtual reference load: what flows, what its display says, and how the world switches to it.
// Waits for events with generous deadlines, never for time to pass.
#include <doctest/doctest.h>

#include <unistd.h>
#include <cmath>
#include <cstdio>
#include <fstream>
#include <string>

#include "fixtures/sim/reference.hpp"
#include "fixtures/sim/world.hpp"
#include "fixtures/sim/world_json.hpp"

using namespace jr::sim;

namespace {

constexpr std::int64_t kSecond_ns = 1'000'000'000;

ReferenceSetup two_ranges() {
  ReferenceSetup setup;
  setup.ranges = {{"1 mA", 1e-3, 3e-4, 50e-9}, {"10 mA", 10e-3, 3e-4, 500e-9}};
  setup.noise = 5e-6;
  setup.setting_limit = 1e-3;
  return setup;
}

WorldFile read_world(const std::string& reference) {
  char name[] = "/tmp/jr-sim-reference-XXXXXX";
  ::close(::mkstemp(name));
  std::ofstream(name) << "[world]\nboard = \"scripted\"\n[world.power]\nactive = 0.01\n" +
                             reference;
  auto file = read_world_file(name);
  std::remove(name);
  REQUIRE_MESSAGE(file, (file ? "" : file.error().message));
  return *file;
}

}  // namespace

TEST_CASE(
    "what flows is the reading with the hidden gain and offset of its range, within their limits") {
  for (const std::uint64_t seed : {1u, 2u, 3u, 4u, 5u}) {
    ReferenceLoad load(seed, two_ranges());
    load.supply(0, true);
    for (const double asked_A : {20e-6, 0.9e-3, 1.1e-3, 9.9e-3}) {
      const std::size_t range = asked_A > 1e-3 ? 1 : 0;
      const auto reading = load.apply(kSecond_ns, asked_A);
      REQUIRE(reading);
      CHECK(reading->range == (range ? "10 mA" : "1 mA"));
      const double flows_A = load.flowing_A(2.0).value();
      const double gain = load.hidden().gain[range], offset_A = load.hidden().offset_A[range];
      CHECK(std::abs(gain) <= 3e-4);
      CHECK(std::abs(offset_A) <= (range ? 500e-9 : 50e-9));
      const double noise_A = 5e-6 * (range ? 10e-3 : 1e-3) / std::sqrt(100.0);
      CHECK(std::abs(reading->reading_A * (1 + gain) + offset_A - flows_A) < 6 * noise_A);
      CHECK(std::abs(reading->reading_A - asked_A) < 1.1e-3 * asked_A + 6 * noise_A);
      CHECK(reading->sd_A / std::sqrt(double(reading->readings)) ==
            doctest::Approx(noise_A).epsilon(0.5));
    }
  }
}

TEST_CASE("the set point is not what flows, so a procedure that believes it is wrong") {
  ReferenceLoad load(3, two_ranges());
  load.supply(0, true);
  int far = 0;
  for (int i = 0; i < 20; ++i) {
    const auto reading = load.apply(kSecond_ns * (i + 1), 5e-3);
    if (std::abs(reading->reading_A - 5e-3) > 2e-4 * 5e-3) ++far;
  }
  CHECK(far >= 10);
}

TEST_CASE(
    "nothing flows through a reference that is open or without supply, and a released one says "
    "nothing") {
  ReferenceLoad load(1, two_ranges());
  CHECK_FALSE(load.flowing_A(0.5));
  REQUIRE(load.apply(kSecond_ns, 5e-3));
  CHECK(load.flowing_A(1.5).value() == 0);
  load.supply(2 * kSecond_ns, true);
  CHECK(load.flowing_A(2.5).value() == doctest::Approx(5e-3).epsilon(0.01));
  REQUIRE(load.open(3 * kSecond_ns));
  CHECK(load.flowing_A(3.5).value() == 0);
  load.release(4 * kSecond_ns);
  CHECK(load.flowing_A(3.9).value() == 0);
  CHECK_FALSE(load.flowing_A(4.0));
}

TEST_CASE(
    "a current settles with the time constant that was given, and samples of the past see the "
    "past") {
  ReferenceSetup setup = two_ranges();
  setup.settling_s = 0.01;
  setup.setting_limit = setup.noise = 0;
  for (auto& range : setup.ranges) range.gain = range.offset_A = 0;
  ReferenceLoad load(1, setup);
  load.supply(0, true);
  REQUIRE(load.apply(kSecond_ns, 1e-3));
  REQUIRE(load.apply(2 * kSecond_ns, 5e-3));
  CHECK(load.flowing_A(1.9).value() == doctest::Approx(1e-3));
  CHECK(load.flowing_A(2.01).value() == doctest::Approx(5e-3 - 4e-3 * std::exp(-1.0)));
  CHECK(load.flowing_A(2.9).value() == doctest::Approx(5e-3));
}

TEST_CASE(
    "a current beyond the reference, a negative one and a world without one are refused in a "
    "sentence") {
  ReferenceLoad load(1, two_ranges());
  CHECK(load.apply(0, 0.02).error().message.find("0.01 A") != std::string::npos);
  CHECK_FALSE(load.apply(0, -1e-3));
  CHECK_FALSE(load.apply(0, std::nan("")));
  CHECK_FALSE(load.connected());
  ReferenceLoad none(1, {});
  CHECK(none.apply(0, 1e-3).error().message.find("[world.reference]") != std::string::npos);
  CHECK_FALSE(none.open(0));
}

TEST_CASE(
    "[world.reference] reads ranges by their names, and a list of another length is refused") {
  const auto file = read_world(
      "[world.reference]\nranges = [\"1 mA\", \"10 mA\"]\ngain_limit = [1e-4, 2e-4]\n"
      "offset_limit_A = [1e-8, 1e-7]\nnoise = 1e-6\n");
  REQUIRE(file.reference.ranges.size() == 2);
  CHECK(file.reference.ranges[1].highest_A == doctest::Approx(10e-3));
  CHECK(file.reference.ranges[1].gain == 2e-4);
  char name[] = "/tmp/jr-sim-reference-XXXXXX";
  ::close(::mkstemp(name));
  std::ofstream(name)
      << "[world]\nboard = \"scripted\"\n[world.power]\nactive = 0.01\n[world.reference]\n"
         "ranges = [\"1 mA\", \"10 mA\"]\ngain_limit = [1e-4]\noffset_limit_A = [1e-8, 1e-7]\n";
  CHECK(read_world_file(name).error().message.find("[world.reference]") != std::string::npos);
  std::remove(name);
}

TEST_CASE(
    "the world puts the reference in the board's place: the board is off, and back when it is "
    "released") {
  WorldFile file;
  file.board = "scripted";
  file.power = {
      .off = 0, .reset = 4e-3, .active = 6.2e-3, .idle = 2.1e-3, .sleep = 18e-6, .mark_pin = 0};
  file.reference = two_ranges();
  WorldOptions options;
  options.ideal = true;
  options.board_directory = std::string(JOULERIG_BINARY_DIR) + "/bin";
  auto started = World::start(file, options);
  REQUIRE_MESSAGE(started, (started ? "" : started.error().message));
  World& world = **started;
  const auto reading = world.reference(2e-3);
  REQUIRE(reading);
  CHECK(reading->reading_A == 0);  // the output is off
  CHECK(world.reference(1.0).error().message.find("not 1 A") != std::string::npos);
  CHECK(reading_line(reading).find("\"range\":\"10 mA\"") != std::string::npos);
  CHECK(world.reference_open());
  world.board_back();
  CHECK(ledger_line(world).find("\"reference\":{\"gain\":[0.0,0.0]") != std::string::npos);
}
