// A spec card's limits as doubts about the coefficients that the instrument brought along.
// Never improves on the card: a limit is of reading, and each range stands for itself.
#include "calibration/calibration.hpp"

namespace jr {
namespace {

ScalarDoubt scalar(const Limit& limit) {
  return {limit.standard(), limit.distribution, std::numeric_limits<double>::infinity(), limit.source};
}

}  // namespace

Accuracy accuracy_of(const SpecCard& card, const std::vector<RangePolynomial>& own, const std::string& instrument) {
  Accuracy accuracy;
  accuracy.kind = AccuracyKind::spec_card;
  accuracy.id = card.id;
  accuracy.ranges = own;
  accuracy.voltage_V = scalar(card.voltage_V);
  accuracy.time_base = scalar(card.time_base);
  accuracy.line_latency_s = scalar(card.line_latency_s);
  const double u = card.gain.standard();
  for (std::size_t r = 0; r < own.size(); ++r) {
    const RangePolynomial& p = own[r];
    const std::string at = instrument + ":" + std::to_string(r);
    accuracy.coefficients.push_back({"gain:" + at, "gain, range " + std::to_string(r), card.gain.distribution,
                                     std::numeric_limits<double>::infinity(),
                                     {{r, p.a_A * u, p.b_A_per_code * u, p.q_A_per_code2 * u, p.s_A_per_V * u}}});
    Limit offset = card.offset;
    offset.half_width = card.offset_limit_A(r);
    accuracy.coefficients.push_back({"offset:" + at, "offset, range " + std::to_string(r), offset.distribution,
                                     std::numeric_limits<double>::infinity(), {{r, offset.standard(), 0, 0, 0}}});
  }
  accuracy.per_range.resize(own.size());
  return accuracy;
}

// Until the record of a bench calibration is there, none can be read.
Result<Calibration> calibration_from(const std::string&) {
  return fail(Trouble::malformed, "This version reads no bench calibration yet.");
}
Result<Accuracy> accuracy_of(const Calibration&, const Instrument&, double, const std::string&) {
  return fail(Trouble::refused, "This version applies no bench calibration yet.");
}

}  // namespace jr
