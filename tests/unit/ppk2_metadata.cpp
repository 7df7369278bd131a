// The PPK2's description of itself: text to numbers, numbers to polynomials.
#include "drivers/monitors/ppk2_metadata.hpp"

#include <doctest/doctest.h>

#include <algorithm>
#include <cmath>
#include <string>

#include "tests/unit/ppk2_example.hpp"

using namespace jr;
using jr::test::kPpk2Reply;

namespace {

std::string with(std::string text, const std::string& line, const std::string& instead) {
  const auto at = text.find("\n" + line);
  REQUIRE(at != std::string::npos);
  return text.replace(at + 1, text.find('\n', at + 1) - at - 1, instead);
}

/// The published formula, written out from the data sheet's side of it.
double formula(const Ppk2Metadata& m, std::size_t r, int code, double volts) {
  const double x = (code * 4 - m.O[r]) * (1.8 / 163840) / m.R[r];
  return m.UG[r] * (x * (m.GS[r] * x + m.GI[r]) + (m.S[r] * (volts * 1000 / 1000) + m.I[r]));
}

}  // namespace

TEST_CASE("the published example is read value by value") {
  const auto m = parse_ppk2_metadata(kPpk2Reply);
  REQUIRE(m);
  CHECK_FALSE(m->calibrated);
  CHECK(m->R[0] == 1003.3506);
  CHECK(m->R[4] == 0.0564);
  CHECK(m->GI[3] == 0.9519);
  CHECK(m->O[4] == 87.2177);
  CHECK(m->S[4] == 0.002940743);
  CHECK(m->I[0] == -0.000000104);
  CHECK(m->UG[2] == 1.0);
  CHECK(m->vdd_mV == 3741);
  CHECK(m->hardware == 9173);
  CHECK(m->mode == 2);
  CHECK(m->ia == 56);
  CHECK(m->assumed.empty());
  CHECK(m->text == kPpk2Reply);
}

TEST_CASE("a gain slope of zero that the device states stays zero") {
  const auto m = parse_ppk2_metadata(kPpk2Reply);
  REQUIRE(m);
  CHECK(m->GS[0] == 0.0);
}

TEST_CASE("twenty decimals are read as well as four") {
  const auto m = parse_ppk2_metadata(with(kPpk2Reply, "R0:", "R0: 1004.23089599609380000000"));
  REQUIRE(m);
  CHECK(m->R[0] == doctest::Approx(1004.2308959960938).epsilon(1e-15));
}

TEST_CASE("keys are read in any case and with carriage returns") {
  std::string text;
  for (const char c : kPpk2Reply)
    text += c == '\n' ? std::string("\r\n") : std::string(1, static_cast<char>(std::tolower(c)));
  const auto m = parse_ppk2_metadata(text);
  REQUIRE(m);
  CHECK(m->O[1] == 75.4627);
  CHECK(m->assumed.empty());
}

TEST_CASE("-nan, nonsense, overflow and a missing key leave the default and say so") {
  for (const char* bad : {"GI1: -nan", "GI1: nan", "GI1: inf", "GI1: 1.0.0", "GI1:", "GI1: 1e999", "gone"}) {
    CAPTURE(bad);
    const auto m = parse_ppk2_metadata(with(kPpk2Reply, "GI1:", bad));
    REQUIRE(m);
    CHECK(m->GI[1] == 1.0);
    REQUIRE(m->assumed.size() == 1);
    CHECK(m->assumed[0] == "GI1");
  }
}

TEST_CASE("a resistance that is zero or negative is not believed") {
  for (const char* bad : {"R2: 0.0", "R2: -10.3", "R2: 1e-300"}) {
    const auto m = parse_ppk2_metadata(with(kPpk2Reply, "R2:", bad));
    REQUIRE(m);
    CHECK(m->R[2] == 10.15);
    for (const RangePolynomial& p : ppk2_polynomials(*m, false)) CHECK(std::isfinite(p.b_A_per_code));
  }
}

TEST_CASE("a reply cut at any byte is incomplete, never half believed") {
  for (std::size_t n = 0; n < kPpk2Reply.size(); ++n) {
    CHECK(ppk2_metadata_within(kPpk2Reply.substr(0, n)).empty());
    const auto m = parse_ppk2_metadata(kPpk2Reply.substr(0, n));
    REQUIRE_FALSE(m);
    CHECK(m.error().trouble == Trouble::malformed);
  }
}

TEST_CASE("stale stream bytes and a torn earlier reply before the text are skipped") {
  std::string stale;
  for (int i = 0; i < 4000; ++i) stale += static_cast<char>(i * 37);
  for (const std::string& before : {stale, stale + "Calibrated: 0\nR0: 10", std::string("Calib\nEND\n")}) {
    CHECK(ppk2_metadata_within(before + kPpk2Reply) == kPpk2Reply);
    CHECK(ppk2_metadata_within(before + kPpk2Reply + "\x12\x34") == kPpk2Reply);
  }
}

TEST_CASE("stream bytes inside the text are refused") {
  std::string text = kPpk2Reply;
  text.insert(200, "\x01\xC0\x3F\xFF");
  const auto m = parse_ppk2_metadata(text);
  REQUIRE_FALSE(m);
  CHECK(m.error().trouble == Trouble::malformed);
}

TEST_CASE("the polynomials give the published formula for every range, code and supply") {
  const auto m = parse_ppk2_metadata(with(kPpk2Reply, "UG3:", "UG3: 1.05"));
  REQUIRE(m);
  const auto polynomials = ppk2_polynomials(*m, false);
  for (std::size_t r = 0; r < kPpk2Ranges; ++r)
    for (int code = 0; code < 16384; code += 61)
      for (const double volts : {0.8, 3.3, 5.0}) {
        const double want = formula(*m, r, code, volts);
        const double got = polynomials[r].current(static_cast<std::uint16_t>(code), {volts}).value;
        REQUIRE(std::abs(got - want) <= 1e-13 * std::max(1.0, std::abs(want)));
      }
}

TEST_CASE("one step of a code is the published number of amperes") {
  const auto polynomials = ppk2_polynomials(Ppk2Metadata{}, false);
  const double steps[] = {43e-9, 0.43e-6, 4.3e-6, 46.8e-6, 1.02e-3};  // 4*1.8/163840 over the default R
  for (std::size_t r = 0; r < kPpk2Ranges; ++r)
    CHECK(polynomials[r].b_A_per_code == doctest::Approx(steps[r]).epsilon(0.02));
}

TEST_CASE("the burden is the range's resistance in ampere mode and nothing in source mode") {
  const auto m = parse_ppk2_metadata(kPpk2Reply);
  REQUIRE(m);
  CHECK(ppk2_polynomials(*m, true)[1].burden_ohm == 101.5865);
  CHECK(ppk2_polynomials(*m, false)[1].burden_ohm == 0.0);
}
