// Spec cards: every shipped card is read, conflicts stay visible, and what nobody publishes is
// never a number.
#include "calibration/spec_card.hpp"

#include <doctest/doctest.h>

#include <algorithm>
#include <cmath>
#include <filesystem>
#include <numbers>

#include "calibration/calibration.hpp"

using namespace jr;

namespace {

const std::filesystem::path kCards = JOULERIG_SOURCE_DIR "/calibration/cards";

std::string replaced(std::string text, const std::string& what, const std::string& with) {
  const auto at = text.find(what);
  REQUIRE_MESSAGE(at != std::string::npos, what);
  return text.replace(at, what.size(), with);
}

std::string refusal(const std::string& text) {
  const auto card = parse_spec_card(text, "a card");
  REQUIRE_FALSE(card);
  CHECK(card.error().trouble == Trouble::malformed);
  return card.error().message;
}

bool holds(const std::string& text, const char* part) {
  return text.find(part) != std::string::npos;
}

}  // namespace

TEST_CASE("every shipped card is read, and its file has the name of its kind") {
  std::size_t cards = 0;
  for (const auto& file : std::filesystem::directory_iterator(kCards)) {
    CAPTURE(file.path().string());
    const auto card = load_spec_card(kCards, file.path().stem().string());
    REQUIRE_MESSAGE(card, card.error().message);
    CHECK(card->kind == file.path().stem().string());
    CHECK_FALSE(card->rule.empty());
    ++cards;
  }
  CHECK(cards == 11);
}

TEST_CASE("the PPK2's card states all that a U needs, with every published figure beside it") {
  const auto card = load_spec_card(kCards, "ppk2");
  REQUIRE(card);
  CHECK(card->missing.empty());
  CHECK(card->gain.half_width == 0.2);
  CHECK(std::count_if(card->published.begin(), card->published.end(),
                      [](const auto& f) { return f.quantity == "gain"; }) == 3);
  CHECK(card->ranges.size() == 5);
  CHECK(card->gain_drift_per_year.has_value());
  const Accuracy accuracy =
      accuracy_of(*card, std::vector<RangePolynomial>(5, {1e-6, 4e-8, 0, 1e-7, 0}), "ppk2:E1", 3.0);
  CHECK(accuracy.kind == AccuracyKind::spec_card);
  CHECK(accuracy.missing.empty());
  REQUIRE(accuracy.coefficients.size() == 10);
  // A limit of reading: it scales what the range reads, the supply's share included.
  const auto& gain = accuracy.coefficients[4];
  CHECK(gain.key == "gain:ppk2:E1:2");
  CHECK(gain.term == "gain, range 2");
  CHECK(gain.shifts[0].a_A == doctest::Approx(0.2 / std::numbers::sqrt3 * (1e-6 + 3e-7)));
  CHECK(gain.shifts[0].b_A_per_code == doctest::Approx(0.2 / std::numbers::sqrt3 * 4e-8));
  CHECK(accuracy.coefficients[5].key == "offset:ppk2:E1:2");
  CHECK(accuracy.coefficients[5].shifts[0].a_A == doctest::Approx(20e-6 / std::numbers::sqrt3));
  for (const auto& range : accuracy.per_range) CHECK(range.missing.empty());
}

TEST_CASE("a figure that nobody publishes is infinite and named, never a number") {
  const auto card = load_spec_card(kCards, "js220");
  REQUIRE(card);
  CHECK(card->missing.size() == 3);
  CHECK(std::isinf(card->gain.standard()));
  const Accuracy accuracy = accuracy_of(*card, {{0, 1e-6, 0, 0, 0}}, "js220:1");
  REQUIRE(accuracy.per_range.size() == 1);
  REQUIRE(accuracy.per_range[0].missing.size() == 2);
  CHECK(holds(accuracy.per_range[0].missing[0], "gain, range 0: "));
  REQUIRE(accuracy.missing.size() == 1);
  CHECK(holds(accuracy.missing[0], "voltage: "));
  const CoefficientShift& shift = accuracy.coefficients[0].shifts[0];
  CHECK(std::isinf(shift.b_A_per_code));
  CHECK(shift.a_A == 0);
}

TEST_CASE(
    "a range's own figures stand before the card's, and only the range without them lacks any") {
  const auto card = load_spec_card(kCards, "otii-arc");
  REQUIRE(card);
  CHECK(card->gain_of(0).half_width == 0.001);
  CHECK(card->offset_of(0).half_width == 50e-9);
  CHECK(std::isinf(card->gain_of(1).half_width));
  const Accuracy accuracy =
      accuracy_of(*card, {{0, 5e-9, 0, 0, 0}, {0, 82e-6, 0, 0, 0}}, "otii-arc:1");
  CHECK(accuracy.per_range[0].missing.empty());
  CHECK(accuracy.per_range[1].missing.size() == 2);
  CHECK(accuracy.per_range[0].full_scale_A == 20e-3);
}

TEST_CASE("the rule of choice is held against the list of published figures") {
  const std::string text = load_spec_card(kCards, "ppk2")->text;
  CHECK(holds(refusal(replaced(text, "limit = 0.20\ndistribution", "limit = 0.10\ndistribution")),
              "not the published figure that the rule chooses"));
  CHECK(holds(
      refusal(replaced(
          text,
          "confirmed = true\nused = false\n\n[[published]]\nquantity = \"gain\"\nlimit = 0.15",
          "confirmed = true\nused = true\n\n[[published]]\nquantity = \"gain\"\nlimit = 0.15")),
      "not the widest"));
  CHECK(holds(refusal(replaced(text, "choose = \"widest\"", "choose = \"best\"")),
              "'best' is unknown"));
  CHECK(holds(refusal(replaced(text, "choose = \"widest\"\n", "")), "lacks 'choose'"));
  CHECK(holds(refusal(replaced(text, "source = \"assumed: one sample; nothing published\"",
                               "source = \"one sample\"")),
              "not called assumed"));

  const std::string monsoon = load_spec_card(kCards, "monsoon-hvpm")->text;
  std::string believed =
      replaced(monsoon, "not_published = \"+-1 % is known by hearsay only\"",
               "limit = 0.01\ndistribution = \"rectangular\"\nsource = \"hearsay\"");
  CHECK(holds(refusal(believed), "not called assumed"));
  believed =
      replaced(believed, "confirmed = false\nused = false", "confirmed = false\nused = true");
  CHECK(holds(refusal(believed), "not confirmed"));
}

TEST_CASE("a card that forgets a figure, or misspells one, is refused by the name of the key") {
  const std::string text = load_spec_card(kCards, "ppk2")->text;
  CHECK(holds(refusal(replaced(text, "[voltage]", "[voltages]")), "[voltage] is missing"));
  CHECK(holds(refusal(replaced(text, "[gain_drift_per_year]", "[gain_drift]")),
              "'gain_drift' is not known"));
  CHECK(
      holds(refusal(replaced(text, "full_scale_A", "fullscale_A")), "'fullscale_A' is not known"));
  CHECK(holds(refusal(replaced(text, "limit_ppm = 50.0", "limit_ppm = -1.0")),
              "'limit_ppm' must be"));
  CHECK(holds(refusal(replaced(text, "limit = 0.01", "limit = nan")), "'limit' must be"));
  CHECK(holds(refusal(replaced(text, "limit_A = [200e-9,", "limit_A = [inf,")), "no limit"));
  CHECK(holds(refusal(replaced(text, "confirmed = true\n", "")), "confirmed and used"));
  CHECK(holds(refusal(replaced(text, "blanked_samples = 3", "blanked_samples = 2.5")),
              "whole number"));
}

TEST_CASE(
    "a card of the first form, without a list of published figures, is still read from old "
    "records") {
  const auto card = parse_spec_card(R"(
[card]
kind = "ppk2"
id = "ppk2-public-2026-11"
rule = "the widest"
[gain]
limit = 0.20
distribution = "rectangular"
source = "widest public statement"
[offset]
limit_A = [200e-9, 2e-6]
distribution = "rectangular"
source = "assumed"
[voltage]
limit_V = 0.050
distribution = "rectangular"
source = "somebody"
[time_base]
limit_ppm = 50.0
distribution = "rectangular"
source = "assumed"
[lines]
latency_limit_s = 10e-6
distribution = "rectangular"
source = "assumed"
[span]
highest_A = 1.0
source = "product page"
)",
                                    "an old record");
  REQUIRE_MESSAGE(card, card.error().message);
  CHECK(card->missing.empty());
  CHECK(card->offset_of(4).half_width == 2e-6);
  CHECK(card->time_base.half_width == doctest::Approx(50e-6));
}

TEST_CASE("what a logic line may leak is a doubt of the card, and absent where the card says nothing of it") {
  const auto card = load_spec_card(kCards, "ppk2");
  REQUIRE(card);
  const std::vector<RangePolynomial> own(5, RangePolynomial{0, 1e-6, 0, 0, 0});
  CHECK(accuracy_of(*card, own, "ppk2:A", 3.0).line_leakage_A.standard ==
        doctest::Approx(1e-6 / std::numbers::sqrt3));
  SpecCard silent = *card;
  silent.line_leakage_A.reset();
  CHECK(accuracy_of(silent, own, "ppk2:A", 3.0).line_leakage_A.standard == 0);
}
