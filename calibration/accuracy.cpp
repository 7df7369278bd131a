// From a spec card, or from a bench calibration and the card inside it, to what the energy room
// computes with. Never fills in a figure: what is missing is infinite and named.
#include "calibration/accuracy.hpp"

#include <algorithm>
#include <charconv>
#include <chrono>
#include <cmath>
#include <numbers>
#include <optional>

#include "calibration/calibration.hpp"

namespace jr {
namespace {

constexpr double kDaysPerYear = 365.25;
constexpr const char* kNotCalibrated = " (card: not calibrated)";

ScalarDoubt doubt_of(const Limit& limit, double times = 1) {
  return {limit.standard() * times, limit.distribution, std::numeric_limits<double>::infinity(),
          limit.source};
}

using Names = std::vector<std::string>;

/// A figure that the card may leave out; then it is infinite and its name joins the missing ones.
ScalarDoubt doubt_of(const std::optional<Limit>& limit, const std::string& name, Names& missing,
                     double times = 1) {
  if (limit) return doubt_of(*limit, times);
  missing.push_back(name + ": not on the spec card");
  return {std::numeric_limits<double>::infinity(), Distribution::rectangular,
          std::numeric_limits<double>::infinity(), "not on the spec card"};
}

void note_missing(Names& missing, const Limit& limit, const std::string& name) {
  if (std::isinf(limit.half_width)) missing.push_back(name + ": " + limit.source);
}

RangeAccuracy card_range_terms(const SpecCard& card, std::size_t range) {
  RangeAccuracy terms;
  const RangeCard* known = card.range(range);
  if (!known) return terms;
  if (known->misfit_A) terms.misfit_A = doubt_of(*known->misfit_A);
  if (known->offset_tempco_A_per_K)
    terms.offset_tempco_A_per_K = doubt_of(*known->offset_tempco_A_per_K);
  terms.noise_codes = known->noise_codes;
  terms.full_scale_A = known->full_scale_A;
  terms.blanked_samples = known->blanked_samples;
  return terms;
}

/// Gain and offset of one range within the card's limits about `own`. The gain limit is of reading,
/// supply term included. Returns what else the card says of the range.
RangeAccuracy add_card_range(Accuracy& accuracy, const SpecCard& card, std::size_t range,
                             const std::string& instrument, double supply_V,
                             const std::string& mark) {
  RangeAccuracy terms = card_range_terms(card, range);
  const RangePolynomial& own = accuracy.ranges[range];
  const std::string scope = instrument + ":" + std::to_string(range);
  const std::string where = ", range " + std::to_string(range);
  const Limit gain = card.gain_of(range), offset = card.offset_of(range);
  note_missing(terms.missing, gain, "gain" + where);
  note_missing(terms.missing, offset, "offset" + where);
  const double g = gain.standard(), reading_at_zero = own.a_A + own.s_A_per_V * supply_V;
  // Infinity times nothing is no number, and there is no gain error of nothing.
  const auto share = [&](double coefficient) { return coefficient == 0 ? 0.0 : g * coefficient; };
  accuracy.coefficients.push_back(
      {"gain:" + scope,
       "gain" + where + mark,
       gain.distribution,
       std::numeric_limits<double>::infinity(),
       {{range, share(reading_at_zero), share(own.b_A_per_code), share(own.q_A_per_code2)}}});
  accuracy.coefficients.push_back({"offset:" + scope,
                                   "offset" + where + mark,
                                   offset.distribution,
                                   std::numeric_limits<double>::infinity(),
                                   {{range, offset.standard(), 0, 0}}});
  return terms;
}

void add_general_terms(Accuracy& accuracy, const SpecCard& card) {
  note_missing(accuracy.missing, card.voltage_V, "voltage");
  note_missing(accuracy.missing, card.time_base, "time base");
  note_missing(accuracy.missing, card.line_latency_s, "line latency");
  accuracy.voltage_V = doubt_of(card.voltage_V);
  if (card.measured_voltage_V) accuracy.measured_voltage_V = doubt_of(*card.measured_voltage_V);
  accuracy.time_base = doubt_of(card.time_base);
  accuracy.line_latency_s = doubt_of(card.line_latency_s);
  accuracy.debounce_s = card.debounce_s;
  if (card.line_leakage_A) accuracy.line_leakage_A = doubt_of(*card.line_leakage_A);
}

std::optional<std::chrono::sys_days> day_of(const std::string& iso) {
  if (iso.size() < 10 || iso[4] != '-' || iso[7] != '-') return std::nullopt;
  const auto number = [&](std::size_t from, std::size_t length) {
    int value = -1;
    const char* end = iso.data() + from + length;
    return std::from_chars(iso.data() + from, end, value).ptr == end ? value : -1;
  };
  const int month = number(5, 2), day = number(8, 2);
  if (number(0, 4) < 0 || month < 0 || day < 0) return std::nullopt;
  const std::chrono::year_month_day date{std::chrono::year{number(0, 4)},
                                         std::chrono::month{static_cast<unsigned>(month)},
                                         std::chrono::day{static_cast<unsigned>(day)}};
  if (!date.ok()) return std::nullopt;
  return std::chrono::sys_days{date};
}

/// Days since the calibration; at least one, because a figure per year says nothing of a single
/// day.
Result<double> age_in_days(const Calibration& c, const std::string& today,
                           const std::string& what) {
  const auto made = day_of(c.created), ends = day_of(c.expires), now = day_of(today);
  if (!made || !ends || !now)
    return fail(Trouble::refused, what + "its dates cannot be read (created '" + c.created +
                                      "', expires '" + c.expires + "', today '" + today +
                                      "'); calibrate anew.");
  // A date line may lie between the bench and the clock of the record.
  if (*now + std::chrono::days{1} < *made)
    return fail(Trouble::refused, what + "it was made on " + c.created.substr(0, 10) +
                                      " and today is " + today + "; set the clock.");
  if (*now > *ends)
    return fail(Trouble::refused,
                what + "it expired on " + c.expires.substr(0, 10) + "; calibrate anew.");
  return std::max(1.0, static_cast<double>((*now - *made).count()));
}

Result<void> check_instrument(const Calibration& c, const Instrument& i, const std::string& what) {
  const Instrument& own = c.instrument;
  if (own.serial.empty())
    return fail(Trouble::refused, what + "it names no serial number; calibrate anew.");
  if (own.kind != i.kind || own.serial != i.serial)
    return fail(Trouble::refused, what + "it is of " + own.kind + " " + own.serial +
                                      "; choose that instrument's own.");
  if (own.firmware != i.firmware || own.hardware != i.hardware)
    return fail(Trouble::refused, what + "the instrument had hardware '" + own.hardware +
                                      "' and firmware '" + own.firmware + "' then, and has '" +
                                      i.hardware + "' and '" + i.firmware +
                                      "' now; calibrate anew.");
  for (const CalibrationCheck& check : c.checks)
    if (!check.passed)
      return fail(Trouble::refused,
                  what + "its check '" + check.name + "' failed; calibrate anew.");
  if (!passed(c)) return fail(Trouble::refused, what + "it was never checked; calibrate anew.");
  return {};
}

/// How far the voltage lies from the mean one at which a range was calibrated; exactly 0 at that
/// one.
double away_V(const Calibration& c, std::size_t range, double supply_V) {
  double sum = 0, n = 0;
  for (const CalibrationPoint& p : c.points)
    if (p.range == range) sum += supply_V - p.supply_V, n += 1;
  return sum / n;
}

/// The supply term was not calibrated. It is believed within +-100 % of itself, so away from the
/// voltage of the points it costs |s dV|/sqrt(3); one error for all voltages, hence the sign.
void add_supply_doubt(Accuracy& accuracy, const Calibration& c, std::size_t range,
                      const std::string& instrument, double supply_V) {
  const double away_A = accuracy.ranges[range].s_A_per_V * away_V(c, range, supply_V);
  if (away_A == 0) return;
  accuracy.coefficients.push_back({"supply:" + instrument + ":" + std::to_string(range),
                                   "supply term, range " + std::to_string(range),
                                   Distribution::rectangular,
                                   std::numeric_limits<double>::infinity(),
                                   {{range, away_A / std::numbers::sqrt3, 0, 0}}});
}

RangeAccuracy calibrated_range_terms(const Calibration& c, const SpecCard& card, std::size_t r,
                                     double years) {
  RangeAccuracy terms = card_range_terms(card, r);
  const CalibrationRange& range = c.ranges[r];
  if (range.misfit_A > 0)
    terms.misfit_A = {range.misfit_A, Distribution::normal, std::numeric_limits<double>::infinity(),
                      "curvature too small to be told, range " + std::to_string(r)};
  if (range.noise_codes > 0) terms.noise_codes = range.noise_codes;
  terms.full_scale_A = std::max(terms.full_scale_A, range.highest_A);
  terms.lowest_A = range.lowest_A;
  terms.highest_A = range.highest_A;
  const RangeCard* known = card.range(r);
  terms.offset_drift_A = doubt_of(known ? known->offset_drift_A_per_year : std::nullopt,
                                  "offset drift, range " + std::to_string(r), terms.missing, years);
  terms.offset_tempco_A_per_K =
      doubt_of(known ? known->offset_tempco_A_per_K : std::nullopt,
               "offset temperature coefficient, range " + std::to_string(r), terms.missing);
  return terms;
}

}  // namespace

Accuracy accuracy_of(const SpecCard& card, const std::vector<RangePolynomial>& own,
                     const std::string& instrument, double supply_V) {
  Accuracy accuracy;
  accuracy.kind = AccuracyKind::spec_card;
  accuracy.id = card.id;
  accuracy.ranges = own;
  accuracy.temperature_C = card.temperature_C;
  // Limits of a card hold for its span of time, so only temperature comes on top of them.
  if (card.gain_tempco_per_K) accuracy.gain_tempco_per_K = doubt_of(*card.gain_tempco_per_K);
  add_general_terms(accuracy, card);
  for (std::size_t r = 0; r < own.size(); ++r) {
    accuracy.per_range.push_back(add_card_range(accuracy, card, r, instrument, supply_V, ""));
  }
  return accuracy;
}

Result<Accuracy> accuracy_of(const Calibration& c, const Instrument& instrument, double supply_V,
                             const std::string& today) {
  const std::string name = instrument.kind + ":" + instrument.serial;
  const std::string what = "The calibration " + c.id.substr(0, 12) + " cannot be used on " +
                           instrument.kind + " " + instrument.serial + ": ";
  if (auto same = check_instrument(c, instrument, what); !same) return Failure(same.error());
  if (!std::isfinite(supply_V))
    return fail(Trouble::refused, what + "its supply voltage is not known; state it.");
  const auto days = age_in_days(c, today, what);
  if (!days) return Failure(days.error());
  const auto card =
      parse_spec_card(c.spec_card, "the spec card in calibration " + c.id.substr(0, 12));
  if (!card) return Failure(card.error());

  Accuracy accuracy;
  accuracy.kind = AccuracyKind::calibration;
  accuracy.id = c.id;
  accuracy.temperature_C = c.ambient_C;
  accuracy.u_temperature_K = c.u_ambient_K;
  accuracy.coefficients = c.doubts;
  const double years = *days / kDaysPerYear;
  accuracy.gain_drift = doubt_of(card->gain_drift_per_year, "gain drift", accuracy.missing, years);
  accuracy.gain_tempco_per_K =
      doubt_of(card->gain_tempco_per_K, "gain temperature coefficient", accuracy.missing);
  add_general_terms(accuracy, *card);
  for (std::size_t r = 0; r < c.ranges.size(); ++r) {
    accuracy.ranges.push_back(c.ranges[r].polynomial);
    if (c.ranges[r].points > 0) {
      accuracy.per_range.push_back(calibrated_range_terms(c, *card, r, years));
      add_supply_doubt(accuracy, c, r, name, supply_V);
    } else {
      accuracy.per_range.push_back(
          add_card_range(accuracy, *card, r, name, supply_V, kNotCalibrated));
    }
  }
  return accuracy;
}

}  // namespace jr
