// Numbers as a person sees them: U rounded up to two digits, prefixes, tables; and quantities as a
// person types them.
#include <doctest/doctest.h>

#include <cmath>
#include <limits>
#include <sstream>

#include "fixtures/sim/random.hpp"
#include "rig/cli/printing.hpp"
#include "rig/core/quantity.hpp"

using namespace jr;
using namespace jr::cli;

namespace {

struct Shown {
  double value{}, U{};
};
Shown read_back(const std::string& text) {
  Shown shown;
  std::string sign;
  std::istringstream(text) >> shown.value >> sign >> shown.U;
  CHECK(sign == "±");
  return shown;
}

double quantity(const std::string& text, const std::string& unit) {
  const auto parsed = parse_quantity(text, unit);
  REQUIRE_MESSAGE(parsed.has_value(), (parsed ? "" : parsed.error().message));
  return *parsed;
}

}  // namespace

TEST_CASE("U is rounded up to two digits and the value to U's last place") {
  CHECK(with_uncertainty(863.4321, 1.04) == "863.4 ± 1.1");
  CHECK(with_uncertainty(863.4321, 1.01) == "863.4 ± 1.1");
  CHECK(with_uncertainty(863.4321, 1.1) == "863.4 ± 1.1");
  CHECK(with_uncertainty(0.863, 0.11) == "0.86 ± 0.11");
  CHECK(with_uncertainty(0.863, 0.111) == "0.86 ± 0.12");
  CHECK(with_uncertainty(863.4, 99.1) == "860 ± 100");
  CHECK(with_uncertainty(56789, 1234) == "56800 ± 1300");
  CHECK(with_uncertainty(863.4, 12.01) == "863 ± 13");
  CHECK(with_uncertainty(-863.4321, 1.04) == "-863.4 ± 1.1");
}

TEST_CASE("a U that is carried into the next decade keeps two digits") {
  CHECK(with_uncertainty(50.123, 9.91) == "50 ± 10");
  CHECK(with_uncertainty(50.123, 0.991) == "50.1 ± 1.0");
  CHECK(with_uncertainty(50.123, 0.0999) == "50.12 ± 0.10");
}

TEST_CASE("a U of exactly one, ten or a thousand does not grow") {
  CHECK(with_uncertainty(5, 1) == "5.0 ± 1.0");
  CHECK(with_uncertainty(55, 10) == "55 ± 10");
  CHECK(with_uncertainty(55555, 1000) == "55600 ± 1000");
  CHECK(with_uncertainty(0.5, 0.001) == "0.5000 ± 0.0010");
}

TEST_CASE("a U of two digits is not pushed up by the noise of binary fractions") {
  for (int digits = 10; digits <= 99; ++digits)
    for (const double decade : {1e-6, 1e-3, 1e-2, 0.1, 1.0, 10.0, 1e3}) {
      const double U = digits * decade;
      CAPTURE(U);
      CHECK(read_back(with_uncertainty(0, U)).U == doctest::Approx(U).epsilon(1e-12));
    }
}

TEST_CASE(
    "the printed U is never narrower, never more than a tenth wider, and the value within half a "
    "step") {
  sim::Dice dice(1, 1);
  for (int i = 0; i < 3'000; ++i) {
    const double U = std::pow(10.0, 5 * dice.even()), value = 1e4 * dice.even();
    CAPTURE(value);
    CAPTURE(U);
    const Shown shown = read_back(with_uncertainty(value, U));
    CHECK(shown.U >= U * (1 - 1e-9));
    CHECK(shown.U <= U * 1.1 * (1 + 1e-9));
    CHECK(std::fabs(shown.value - value) <= 0.05 * shown.U * (1 + 1e-9) + 1e-12);
  }
}

TEST_CASE("the scale is applied before rounding") {
  CHECK(with_uncertainty(863.4321e-6, 1.04e-6, 1e6) == "863.4 ± 1.1");
}

TEST_CASE("without a usable U the value stands alone at six digits") {
  for (const double U : {0.0, -1.0, std::nan(""), std::numeric_limits<double>::infinity()})
    CHECK(with_uncertainty(863.4321987, U) == "863.432");
}

TEST_CASE("the prefix is the one that makes the value at least 1") {
  CHECK(with_unit(863.4321e-6, 1.04e-6, "J") == "863.4 ± 1.1 µJ");
  CHECK(with_unit(0.0205, "A") == "20.5 mA");
  CHECK(with_unit(1.0, "s") == "1 s");
  CHECK(with_unit(0.9994, "s") == "999.4 ms");
  CHECK(with_unit(123.456e-9, "A") == "123.5 nA");
  CHECK(with_unit(5e-12, "J") == "5 pJ");
  CHECK(with_unit(5e-15, "J") == "5 fJ");
  CHECK(with_unit(-2.5e-3, "W") == "-2.5 mW");
  CHECK(with_unit(0.0, "W") == "0 W");
}

TEST_CASE("columns of a table line up although a character has two bytes") {
  CHECK(table({{"energy", "U"}, {"5 µJ", "1"}, {"12 mJ", "22"}}) ==
        "  energy  U\n"
        "  5 µJ    1\n"
        "  12 mJ   22\n");
  CHECK(table({}).empty());
}

TEST_CASE("a plot has the asked height and one column a value") {
  const std::string text = plot({{0, 0.5, 1}, {0, 1, 1}, {0, 0, 0}}, 4, "mA", 1e3, 2.0);
  CHECK(std::count(text.begin(), text.end(), '\n') == 4 + 2);
  CHECK(text.find("mA") != std::string::npos);
  CHECK(text.find("2 s") != std::string::npos);
  CHECK(plot({}, 4, "mA", 1, 1).empty());
  CHECK_FALSE(plot({{0, 0, 0}}, 4, "mA", 1, 1).empty());  // no division by the largest, which is 0
}

TEST_CASE("quantities are read with and without prefix and unit") {
  CHECK(quantity("30s", "s") == 30);
  CHECK(quantity("3.3", "V") == 3.3);
  CHECK(quantity("5mA", "A") == doctest::Approx(5e-3));
  CHECK(quantity("5 mA", "A") == doctest::Approx(5e-3));
  CHECK(quantity("250us", "s") == doctest::Approx(250e-6));
  CHECK(quantity("250µs", "s") == doctest::Approx(250e-6));
  CHECK(quantity("10nA", "A") == doctest::Approx(10e-9));
  CHECK(quantity("1.5kOhm", "Ohm") == doctest::Approx(1500));
  CHECK(quantity("1e-3A", "A") == doctest::Approx(1e-3));
  CHECK(quantity("-5mA", "A") == doctest::Approx(-5e-3));
}

TEST_CASE("what is no quantity in the unit is refused with an example in it") {
  for (const std::string text : {"", "A", "mA", "five", "5V", "5 xA", "5mV", "5m", "5AA", "5A ",
                                 "5mmA", "5,3A", "nan", "inf", "1e999A", "5 A 3"}) {
    CAPTURE(text);
    const auto parsed = parse_quantity(text, "A");
    REQUIRE_FALSE(parsed);
    CHECK(parsed.error().trouble == Trouble::usage);
    CHECK(parsed.error().message.find("30A") != std::string::npos);
    CHECK(parsed.error().message.find("'" + text + "'") != std::string::npos);
  }
}
