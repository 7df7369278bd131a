// Coverage intervals: shapes by exact convolution, few repetitions by Student's t.
// Never draws random numbers: the same doubts give the same bits.
#include "rig/energy/interval.hpp"

#include <algorithm>
#include <boost/math/distributions/normal.hpp>
#include <boost/math/distributions/students_t.hpp>
#include <cmath>
#include <limits>
#include <numbers>
#include <stdexcept>
#include <vector>

#include "rig/energy/error_sum.hpp"

namespace jr {
namespace {

/// A bounded term below this share of the combined u is counted as normal: its shape is not felt.
constexpr double kShapeFelt = 0.03;
/// A bounded term with no more than this beside it has its closed form.
constexpr double kAlone = 0.005;
/// Estimated terms rule a budget from this share of its variance on, and wholly this much above it.
/// Below it, k is that of JCGM 100 G.4 to the digit. Weight and place were chosen by simulation.
constexpr double kEstimatedRules = 0.5, kRulesWithin = 0.1, kWelchWeight = 1.5;

/// The doubts sorted for the two steps of the method.
struct Parts {
  double variance{};  ///< of all terms
  double normal_variance{};
  double estimated{};  ///< sum of u^4 / nu over terms with finite degrees of freedom
  double estimated_variance{}, squares{},
      cubes{};  ///< sums of u^2, u^4 / nu^2, u^6 / nu^2 over them
  double fewest{std::numeric_limits<double>::infinity()};  ///< degrees of freedom of a term
  std::vector<ErrorSum::Bounded> bounded;
};

bool is_bounded(Distribution distribution) {
  return distribution != Distribution::normal && distribution != Distribution::student;
}

Parts parts_of(const std::vector<Source>& sources) {
  Parts parts;
  for (const Source& source : sources) parts.variance += source.u_J * source.u_J;
  for (const Source& source : sources) {
    const double u2 = source.u_J * source.u_J;
    if (u2 == 0) continue;
    if (std::isfinite(source.degrees_of_freedom)) {
      const double nu = source.degrees_of_freedom;
      parts.estimated += u2 * u2 / nu;
      parts.estimated_variance += u2;
      parts.squares += u2 * u2 / (nu * nu);
      parts.cubes += u2 * u2 * u2 / (nu * nu);
      parts.fewest = std::min(parts.fewest, source.degrees_of_freedom);
    }
    if (is_bounded(source.distribution) && u2 > kShapeFelt * kShapeFelt * parts.variance)
      parts.bounded.push_back({source.distribution, std::abs(source.u_J)});
    else
      parts.normal_variance += u2;
  }
  return parts;
}

double welch_satterthwaite(const Parts& parts) {
  return parts.estimated > 0 ? parts.variance * parts.variance / parts.estimated
                             : std::numeric_limits<double>::infinity();
}

double closed_form(const ErrorSum::Bounded& lone, double coverage) {
  const double half_width = lone.u * half_width_over_u(lone.distribution);
  switch (lone.distribution) {
    case Distribution::rectangular:
      return half_width * coverage;
    case Distribution::triangular:
      return half_width * (1 - std::sqrt(1 - coverage));
    default:
      return half_width * std::sin(coverage * std::numbers::pi / 2);
  }
}

/// Degrees of freedom, right to first order in 1/nu, that widen the interval of the convolved
/// density f. The quantile x of a density whose variance v is estimated with nu degrees of freedom
/// needs v^2/(4 nu) (f''' - 2 f' f''/f)/f more; Student's t adds x (1 + z^2)/(4 nu) to a normal's.
double first_order_freedom(const ErrorSum& sum, const Parts& parts, double x, double z) {
  const ErrorSum::Density d = sum.density(x);
  const double needed = parts.estimated * (d.third - 2 * d.first * d.second / d.f) / d.f;
  return needed > 0 ? (1 + z * z) * x / needed : std::numeric_limits<double>::infinity();
}

/// What the next order of Welch's series asks for beyond t(nu), relative to k. It is felt where few
/// windows rule the budget: there Welch-Satterthwaite covers 94.2 % and 98.3 % instead of 95
/// and 99.
double second_order(const Parts& parts, double z) {
  const double v = parts.variance, z2 = z * z, z4 = z2 * z2;
  const double share = parts.estimated / (v * v);
  return -(1 + z2) / 2 * parts.squares / (v * v) +
         (3 + 5 * z2 + z4) / 3 * parts.cubes / (v * v * v) -
         (3 + 7 * z2 + 2 * z4) / 6 * share * share;
}

/// nu with the second order in it, from the variance's half on where estimated terms rule.
double widening_freedom(const Parts& parts, double nu, double z) {
  if (!std::isfinite(nu)) return nu;
  const double excess = parts.estimated_variance / parts.variance - kEstimatedRules;
  const double order = second_order(parts, z);  // below 0 where several estimates share the rule
  const double more =
      std::clamp(excess / kRulesWithin, 0.0, 1.0) * order * (order > 0 ? kWelchWeight : 1.0);
  return std::max(nu / std::max(1 + 4 * more * nu / (1 + z * z), 0.5), parts.fewest);
}

double half_width_of(const Parts& parts, double coverage) {
  const double z = student_quantile(coverage, std::numeric_limits<double>::infinity());
  if (parts.bounded.empty()) {
    const double nu = widening_freedom(parts, welch_satterthwaite(parts), z);
    return std::sqrt(parts.variance) * student_quantile(coverage, nu);
  }
  if (parts.bounded.size() == 1 && parts.normal_variance < kAlone * kAlone * parts.variance)
    return closed_form(parts.bounded.front(), coverage);
  const ErrorSum sum(parts.normal_variance, parts.bounded);
  const double x = sum.half_width(coverage);
  if (parts.estimated == 0) return x;
  const double nu = widening_freedom(parts, first_order_freedom(sum, parts, x, z), z);
  return x * student_quantile(coverage, nu) / z;
}

}  // namespace

double student_quantile(double coverage, double degrees_of_freedom) {
  if (!(coverage > 0 && coverage < 1)) throw std::invalid_argument("coverage lies between 0 and 1");
  const double p = 0.5 + coverage / 2;
  if (!std::isfinite(degrees_of_freedom))
    return boost::math::quantile(boost::math::normal_distribution<double>(), p);
  return boost::math::quantile(boost::math::students_t_distribution<double>(degrees_of_freedom), p);
}

Interval coverage_interval(std::span<const Source> sources, double coverage) {
  const Energy merged = Energy{} + Energy{{}, {sources.begin(), sources.end()}};
  const Parts parts = parts_of(merged.sources);
  Interval interval;
  interval.coverage = coverage;
  interval.degrees_of_freedom = welch_satterthwaite(parts);
  if (parts.variance == 0) return interval;  // a doubt that is no number gives a U that is none
  interval.U = half_width_of(parts, coverage);
  interval.k = interval.U / std::sqrt(parts.variance);
  return interval;
}

}  // namespace jr
