// What the kernel says of its clock, turned into a correction of the raw clock and its doubt.
#include "rig/capture/host_discipline.hpp"

#include <doctest/doctest.h>
#include <sys/timex.h>

#include <cmath>
#include <string>

using namespace jr;

namespace {

/// A host synchronised by the kernel's loop; `at_s` by the raw clock, which is slow by `slow_ppm`.
HostClockReading reading_at(double at_s, double slow_ppm, double error_s, long constant = 6,
                            int status = STA_PLL | STA_NANO, double utc_off_s = 0) {
  timex kernel{};
  const double utc_s = at_s * (1 + slow_ppm * 1e-6) + utc_off_s;
  kernel.time.tv_sec = 1'800'000'000 + static_cast<long>(std::floor(utc_s));
  const double fraction = utc_s - std::floor(utc_s);
  kernel.time.tv_usec = std::lround(fraction * (status & STA_NANO ? 1e9 : 1e6));
  kernel.freq = std::lround(slow_ppm * 65536);
  kernel.tick = 10'000;
  kernel.esterror = std::lround(error_s * 1e6);
  kernel.maxerror = 50'000;
  kernel.constant = constant;
  kernel.status = status;
  const auto raw = static_cast<std::int64_t>(std::llround(at_s * 1e9));
  return host_clock_reading(kernel, TIME_OK, raw - 500, raw + 500);
}

}  // namespace

TEST_CASE("the kernel's fields are read in their units: tick, freq, nanoseconds or microseconds") {
  timex kernel{};
  kernel.tick = 10'001;
  kernel.freq = -12 * 65536 - 32768;
  kernel.time.tv_sec = 100;
  kernel.time.tv_usec = 250'000;
  kernel.esterror = 2000;
  kernel.status = 0;
  const HostClockReading micro = host_clock_reading(kernel, TIME_OK, 10, 30);
  CHECK(micro.correction_ppm == doctest::Approx(100 - 12.5));
  CHECK(micro.utc_ns == 100'250'000'000);
  CHECK(micro.raw_ns == 20);
  CHECK(micro.u_time_s == doctest::Approx(2e-3));
  CHECK(micro.loop_s == 0);
  CHECK(micro.synchronised);
  kernel.status = STA_NANO | STA_PLL;
  kernel.constant = 6;
  const HostClockReading nano = host_clock_reading(kernel, TIME_OK, 10, 30);
  CHECK(nano.utc_ns == 100'000'250'000);
  CHECK(nano.loop_s == 256);
}

TEST_CASE("a clock that is not synchronised, or in error, says so whatever its rate") {
  for (const int status : {STA_UNSYNC, STA_UNSYNC | STA_PLL, STA_CLOCKERR})
    CHECK_FALSE(reading_at(10, 20, 1e-3, 6, status).synchronised);
  timex kernel{};
  CHECK_FALSE(host_clock_reading(kernel, TIME_ERROR, 0, 0).synchronised);
}

TEST_CASE(
    "an error of zero is not believed: the maximum error takes its place, and never below 0.1 ms") {
  CHECK(reading_at(0, 0, 0).u_time_s == doctest::Approx(0.05 / std::sqrt(3.0)));
  CHECK(reading_at(0, 0, 1e-6).u_time_s == doctest::Approx(1e-4));
}

TEST_CASE("without synchronisation the raw clock is taken as it is, with the assumed limit") {
  const auto unsynchronised = reading_at(0, 20, 1e-3, 6, STA_UNSYNC);
  for (const auto& host : {host_discipline(unsynchronised, reading_at(60, 20, 1e-3)),
                           host_discipline(reading_at(0, 20, 1e-3), unsynchronised),
                           undisciplined_host("The kernel does not answer.")}) {
    CHECK_FALSE(host.synchronised);
    CHECK(host.correction_ppm == 0);
    CHECK(host.u_ppm == doctest::Approx(100 / std::sqrt(3.0)));
    CHECK(host.distribution == Distribution::rectangular);
    CHECK(host.source.find("assumed") != std::string::npos);
  }
}

TEST_CASE("the rate of a loop that averages over minutes serves even a short run") {
  const HostDiscipline host =
      host_discipline(reading_at(0, 23.5, 1e-3), reading_at(60, 23.5, 1e-3));
  CHECK(host.synchronised);
  CHECK(host.correction_ppm == doctest::Approx(23.5).epsilon(1e-4));
  CHECK(host.u_ppm == doctest::Approx(std::sqrt(2.0) * 1e-3 / 256 * 1e6).epsilon(0.01));
  CHECK(host.distribution == Distribution::normal);
  CHECK(host.source.find("averaged over 256 s") != std::string::npos);
}

TEST_CASE("over a day the elapsed times tell the rate better than the loop does") {
  const HostDiscipline host =
      host_discipline(reading_at(0, -31, 2e-3), reading_at(86'400, -31, 2e-3));
  CHECK(host.correction_ppm == doctest::Approx(-31).epsilon(1e-3));
  CHECK(host.u_ppm < 0.12);
  CHECK(host.source.find("gained on the raw clock") != std::string::npos);
}

TEST_CASE(
    "a daemon that sets the rate itself is believed by the time that passed, and only for long") {
  const int no_loop = STA_NANO;
  const HostDiscipline brief =
      host_discipline(reading_at(0, 12, 5e-3, 6, no_loop), reading_at(10, 12, 5e-3, 6, no_loop));
  CHECK(brief.synchronised);
  CHECK(brief.correction_ppm == doctest::Approx(12).epsilon(1e-3));
  CHECK(brief.u_ppm == doctest::Approx(100 / std::sqrt(3.0)));
  CHECK(brief.distribution == Distribution::rectangular);
  const HostDiscipline hour =
      host_discipline(reading_at(0, 12, 5e-3, 6, no_loop), reading_at(3600, 12, 5e-3, 6, no_loop));
  CHECK(hour.u_ppm == doctest::Approx(std::sqrt(2.0) * 5e-3 / 3600 * 1e6).epsilon(0.01));
}

TEST_CASE("a clock that was stepped meanwhile does not tell its rate by the time that passed") {
  const HostDiscipline host =
      host_discipline(reading_at(0, 5, 1e-4), reading_at(600, 5, 1e-4, 6, STA_PLL | STA_NANO, 1.0));
  CHECK(host.correction_ppm == doctest::Approx(5).epsilon(1e-3));
  CHECK(host.source.find("averaged over") != std::string::npos);
}

TEST_CASE("a rate that moved during the run is known no better than it moved") {
  const HostDiscipline host =
      host_discipline(reading_at(0, 10, 1e-4, 10), reading_at(60, 16, 1e-4, 10));
  CHECK(host.u_ppm >= 6 / std::sqrt(12.0));
}

TEST_CASE("this host answers, or says that it does not") {
  const auto first = read_host_clock();
  if (!first) {
    CHECK(first.error().trouble == Trouble::refused);
    return;
  }
  const auto second = read_host_clock();
  REQUIRE(second);
  CHECK(second->raw_ns >= first->raw_ns);
  const HostDiscipline host = host_discipline(*first, *second);
  CHECK(host.u_ppm > 0);
  CHECK(host.u_ppm <= 100 / std::sqrt(3.0) * (1 + 1e-12));
  CHECK_FALSE(host.source.empty());
}
