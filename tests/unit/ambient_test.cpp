// The temperature of the air: what files, sensors and flags may say, what is refused, and what a
// run makes of it.
#include <doctest/doctest.h>

#include <chrono>
#include <cmath>
#include <filesystem>
#include <fstream>

#include "rig/run/ambient.hpp"
#include "tests/scratch_folder.hpp"

using namespace jr;
namespace fs = std::filesystem;

namespace {

struct Thermometer {
  test::ScratchFolder folder;
  AmbientSource source;
  explicit Thermometer(AmbientSource::Kind kind) {
    source.kind = kind;
    source.path = folder.path / "t";
  }
  Thermometer& says(const std::string& text) {
    std::ofstream(source.path) << text;
    return *this;
  }
  void written_before(std::chrono::minutes age) const {
    fs::last_write_time(source.path, fs::file_time_type::clock::now() - age);
  }
};

bool speaks_of(const Error& error, const char* word) {
  return error.message.find(word) != std::string::npos;
}

}  // namespace

TEST_CASE("a file holds one number or a key t_C, and the last t_C counts") {
  CHECK(*temperature_in("23.4\n", "f") == 23.4);
  CHECK(*temperature_in("  -3 ", "f") == -3.0);
  CHECK(*temperature_in("+21.5", "f") == 21.5);
  CHECK(*temperature_in("t_C = 22.25\nrh = 40\n", "f") == 22.25);
  CHECK(*temperature_in("{\"rh\": 40, \"t_C\": 19.5}", "f") == 19.5);
  CHECK(*temperature_in("t_C=20\nt_C=21\nt_C=22\n", "f") == 22.0);
}

TEST_CASE(
    "a file without a temperature, or with one that no room has, is one sentence that names it") {
  for (const char* text :
       {"", "warm", "23,4", "23.4 24.5", "set_C = 20", "nan", "inf", "t_C = warm"}) {
    CAPTURE(text);
    const auto read = temperature_in(text, "/tmp/logger.txt");
    REQUIRE_FALSE(read);
    CHECK(read.error().trouble == Trouble::malformed);
    CHECK(speaks_of(read.error(), "/tmp/logger.txt"));
  }
  CHECK(speaks_of(temperature_in("296.4", "f").error(), "unit"));
  CHECK_FALSE(temperature_in("-41", "f"));
  CHECK(temperature_in("85", "f").has_value());
}

TEST_CASE("a sensor of the kernel speaks in thousandths of a degree, and in nothing else") {
  CHECK(*sensor_temperature_in("23450\n", "s") == doctest::Approx(23.45));
  CHECK(*sensor_temperature_in("-5000", "s") == doctest::Approx(-5.0));
  CHECK_FALSE(sensor_temperature_in("23.4", "s"));
  CHECK_FALSE(sensor_temperature_in("", "s"));
  CHECK_FALSE(sensor_temperature_in("N/A", "s"));
  CHECK_FALSE(sensor_temperature_in("125000", "s"));
}

TEST_CASE(
    "a file that its logger has left behind is refused with its age, a sensor's file never is") {
  Thermometer file(AmbientSource::Kind::file);
  file.says("22.5");
  CHECK(**read_ambient(file.source) == 22.5);
  file.written_before(std::chrono::minutes(11));
  const auto stale = read_ambient(file.source);
  REQUIRE_FALSE(stale);
  CHECK(stale.error().trouble == Trouble::refused);
  CHECK(speaks_of(stale.error(), "11 minutes old"));
  CHECK(speaks_of(stale.error(), "--ambient"));
  Thermometer sensor(AmbientSource::Kind::sensor);
  sensor.says("22500").written_before(std::chrono::minutes(60 * 24));
  CHECK(**read_ambient(sensor.source) == doctest::Approx(22.5));
}

TEST_CASE("a thermometer that is not there is named with what to do") {
  Thermometer file(AmbientSource::Kind::file);
  const auto absent = read_ambient(file.source);
  REQUIRE_FALSE(absent);
  CHECK(absent.error().trouble == Trouble::not_found);
  CHECK(speaks_of(absent.error(), "[ambient]"));
}

TEST_CASE("a bench without [ambient] has no temperature and five kelvin of doubt") {
  const AmbientSource nobody;
  CHECK_FALSE(read_ambient(nobody)->has_value());
  CHECK(check_gate(nobody, {}).has_value());
  const auto run = ambient_of_run(nobody, {}, {});
  CHECK_FALSE(run.temperature_C);
  CHECK(run.u_K == 5.0);
  CHECK_FALSE(run.measured);
}

TEST_CASE(
    "the gate lets its edges pass, refuses beyond them on both sides, and wants to know the "
    "temperature") {
  AmbientSource source;
  source.gate_low_C = 18, source.gate_high_C = 28;
  CHECK(check_gate(source, 18.0).has_value());
  CHECK(check_gate(source, 28.0).has_value());
  CHECK(speaks_of(check_gate(source, 17.9).error(), "below the bench's gate of 18.0"));
  CHECK(speaks_of(check_gate(source, 28.1).error(), "above the bench's gate of 28.0"));
  CHECK(check_gate(source, 28.1).error().trouble == Trouble::refused);
  CHECK(check_gate(source, {}).error().trouble == Trouble::usage);
}

TEST_CASE("--ambient goes over the bench's source and leaves its gate") {
  AmbientSource bench;
  bench.kind = AmbientSource::Kind::file;
  bench.path = "/nowhere";
  bench.gate_high_C = 25;
  const auto given = ambient_given("23.5,0.5", bench);
  REQUIRE(given);
  CHECK(**read_ambient(*given) == 23.5);
  CHECK(given->u_K == 0.5);
  CHECK(given->gate_high_C == 25.0);
  CHECK_FALSE(given->is_measured());  // typed by hand
  CHECK(ambient_given("-5", bench)->u_K == 1.0);
  for (const char* bad : {"", "warm", "23.5,", "23.5,-1", "23.5 0.5", "400", "23.5,x", "nan"}) {
    CAPTURE(bad);
    REQUIRE_FALSE(ambient_given(bad, bench));
    CHECK(ambient_given(bad, bench).error().trouble == Trouble::usage);
  }
}

TEST_CASE("a run has the mean of its start and end, and half of what changed is doubt") {
  AmbientSource sensor;
  sensor.kind = AmbientSource::Kind::sensor;
  sensor.path = "/sys/t";
  sensor.u_K = 0.3;
  const auto run = ambient_of_run(sensor, 23.0, 23.8);
  CHECK(*run.temperature_C == doctest::Approx(23.4));
  CHECK(run.u_K == doctest::Approx(0.5));
  CHECK(run.measured);
  CHECK(run.source == "sensor /sys/t, 23.0 \u00b0C at the start, 23.8 \u00b0C at the end");
  const auto half = ambient_of_run(sensor, 23.0, {}, "it is gone");
  CHECK(*half.temperature_C == 23.0);
  CHECK(half.u_K == 0.3);
  CHECK(half.source.find("it is gone") != std::string::npos);
}
