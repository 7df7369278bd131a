// From a list of doubts to one interval: value +- U at a stated coverage.
// Never prints k = 2 by habit: t for few repetitions, the limits' own shapes where they matter.
#pragma once

#include <span>

#include "rig/core/energy.hpp"

namespace jr {

/// The half width that covers with probability `coverage` (0 < coverage < 1).
///
/// Sources with equal keys are summed first. Then (JCGM 101 for the shapes, JCGM 100 annex G.4 for
/// the degrees of freedom):
///  1. Normal and Student terms form one normal; rectangular, triangular and arcsine ones keep
///  their
///     shape and are convolved with it exactly. This gives x, the half width if every u were known.
///  2. Terms with finite degrees of freedom were estimated, so x itself scatters. The interval is
///     widened as Student's t widens a normal one: U = x t(nu) / z. Where all is normal, nu is that
///     of Welch and Satterthwaite and U = t(nu) u. With shapes beside it, nu is chosen so that the
///     coverage is right to first order in 1 / nu_i (Welch's expansion on the convolved density).
///     Where estimated terms make more than half of the variance, the second order of his series
///     joins in (B. L. Welch, Biometrika 34, 1947).
/// Convolving a t with the rest instead would be the Behrens-Fisher interval, which covers up to
/// 96.4 % with five windows. This one, computed by quadrature over the scatter of five windows
/// beside any share of known normal terms, covers 68.0 to 68.1, 94.7 to 95.3 and 98.5 to 99.2 %.
///
/// `degrees_of_freedom` is Welch-Satterthwaite over all terms; k is U over the combined u.
/// Deterministic; some 0.1 ms.
Interval coverage_interval(std::span<const Source> sources, double coverage = 0.95);

/// P(|T| <= t) = coverage for Student's t; infinity degrees of freedom give the normal quantile.
double student_quantile(double coverage, double degrees_of_freedom);

}  // namespace jr
