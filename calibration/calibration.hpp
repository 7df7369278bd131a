// A bench calibration: measured points, the fit through them, and the record that is never edited.
// Its id is the hash of its canonical text, so a changed digit is another calibration or a forgery.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "calibration/accuracy.hpp"
#include "calibration/spec_card.hpp"
#include "rig/core/result.hpp"

namespace jr {

/// The instrument under calibration, as it names itself.
struct Instrument {
  std::string kind, serial, hardware, firmware;
};

/// A range of the reference, with one gain and one offset error for all that is measured in it.
struct ReferenceRange {
  std::string name;  ///< "10 mA"
  double highest_A{};
  double u_gain{};      ///< relative, standard
  double u_offset_A{};  ///< standard
  Distribution distribution{Distribution::normal};
};

/// What the currents are measured against, and who vouches for it.
struct Reference {
  std::string model, serial, certificate, issuer, date;  ///< date ISO 8601; certificate empty: none
  std::vector<ReferenceRange> ranges;
};

/// One current, seen by both: the mean of the instrument's codes beside the reference's reading.
struct CalibrationPoint {
  std::size_t range{};          ///< the instrument's
  std::string reference_range;  ///< name in Reference::ranges
  double code_mean{}, code_sd{};
  std::uint64_t samples{};
  double reference_A{};  ///< its reading, never its set-point
  double u_repeat_A{};   ///< standard, of this one reading
  bool rising{true};     ///< on the way up
  double supply_V{};
};

struct CalibrationRange {
  RangePolynomial polynomial;
  int order{1};  ///< 2 where the quadratic term was significant
  double lowest_code{}, highest_code{}, lowest_A{}, highest_A{};  ///< span of the points
  double chi2{}, degrees_of_freedom{}, largest_residual{};  ///< residual in its standard deviations
  double misfit_A{};  ///< standard; of the quadratic term that was dropped
  double noise_codes{};
  std::size_t points{};
};

/// A check and its verdict: "runs, range 2", "overlap, ranges 2 and 3", "E_n at 4.2 mA".
struct CalibrationCheck {
  std::string name;
  double value{}, limit{};
  bool passed{};
};

struct Calibration {
  std::string id;  ///< SHA-256 of canonical_text()
  Instrument instrument;
  Reference reference;
  std::string created, expires, operator_name, procedure, note;  ///< ISO 8601 UTC
  double ambient_C{}, u_ambient_K{};
  double supply_V{};
  std::vector<RangePolynomial> as_found;  ///< what the instrument itself said before
  std::vector<CalibrationRange> ranges;   ///< one without points keeps `points` 0: not covered
  std::vector<CoefficientDoubt> doubts;   ///< reference nuisances by name, the fit's own by number
  std::vector<CalibrationPoint> points, verification;
  std::vector<CalibrationCheck> checks;
  std::string spec_card;  ///< text of the card whose other terms (drift, tempco) apply
  std::string parent;     ///< id of the calibration this one follows
};

/// Fits all ranges at once by generalised least squares, reference gains and offsets shared by
/// every range that used them. The supply term of `as_found` is taken over and subtracted, so `a`
/// is free of it. Two points a range are enough to fit, five to pass. Fills ranges, doubts, checks
/// and id. Errors (malformed): too few points, a point outside its range, no certificate or an
/// unknown reference range, a singular design, a number that is not finite.
Result<Calibration> fit_calibration(Calibration with_points);

/// Adds E_n of the difference for each independent point (earlier ones are replaced), and the new
/// id. The reference's part cancels in it. U belongs to the number of points: of a hundred sound
/// calibrations one fails. Errors (malformed): fewer than three points in a calibrated range, a
/// point of the fit or of a range without calibration, and whatever fit_calibration() refuses.
Result<void> verify_calibration(Calibration& calibration,
                                const std::vector<CalibrationPoint>& points);

/// True when there are checks and every one passed.
bool passed(const Calibration& calibration);

/// JSON with sorted keys and shortest round-trip numbers; without the id.
std::string canonical_text(const Calibration& calibration);
/// The whole record; malformed when its text does not hash to its id (then it was tampered with).
Result<Calibration> calibration_from(const std::string& text);
std::string to_text(const Calibration& calibration);

/// What applies when this calibration is used on `instrument` at `supply_V` on `today` (ISO date).
/// A range without points has the instrument's own coefficients and the card's limits. At another
/// voltage than that of its points, a range's supply term is believed within +-100 % of itself and
/// pays for the difference. Drift grows with age, by the card, from one day on. Errors: refused
/// (another kind, serial number, hardware or firmware; expired, not valid yet, or dates that cannot
/// be read; no check, or a failed one), malformed (the spec card in the record).
Result<Accuracy> accuracy_of(const Calibration& calibration, const Instrument& instrument,
                             double supply_V, const std::string& today);

/// What applies without one: the card's limits about the instrument's own coefficients. A gain
/// limit is of reading, and a reading includes the range's supply term: give the voltage it is used
/// at. Figures that the card cannot state are infinite, and named in Accuracy::missing.
Accuracy accuracy_of(const SpecCard& card, const std::vector<RangePolynomial>& own,
                     const std::string& instrument, double supply_V = 0);

}  // namespace jr
