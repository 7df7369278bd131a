// From a list of doubts to one interval: value +- U at a stated coverage.
// Never prints k = 2 by habit: t for few repetitions, the rectangle's own shape when one dominates.
#pragma once

#include <span>

#include "rig/core/energy.hpp"

namespace jr {

/// The half width that covers with probability `coverage` (0 < coverage < 1).
/// Method (JCGM 100 G.4 and JCGM 101): the largest rectangular source keeps its shape; everything
/// else is one t distribution by Welch-Satterthwaite. Sources with equal keys are summed first.
/// `degrees_of_freedom` is Welch-Satterthwaite over all of them; k is U over the combined u.
Interval coverage_interval(std::span<const Source> sources, double coverage = 0.95);

/// P(|T| <= t) = coverage for Student's t; infinity degrees of freedom give the normal quantile.
double student_quantile(double coverage, double degrees_of_freedom);

/// Half width x with P(|R + N| <= x) = coverage, R even on [-half_width, half_width], N normal with
/// standard deviation sigma. Both >= 0.
double rectangle_plus_normal(double half_width, double sigma, double coverage);

}  // namespace jr
