// The smaller and the larger of two numbers, where a NaN is neither: one that came in stays, so that a judgement of the
// result fails. std::min and std::max lose it or keep it by the order of their arguments.
#pragma once

#include <cmath>

namespace jr {

inline double min_or_nan(double a, double b) { return std::isnan(a) || std::isnan(b) ? a + b : (b < a ? b : a); }
inline double max_or_nan(double a, double b) { return std::isnan(a) || std::isnan(b) ? a + b : (a < b ? b : a); }

}  // namespace jr
