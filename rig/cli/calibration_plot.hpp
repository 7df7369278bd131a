// Residuals of a calibration with their error bars, a picture a range: in a terminal, and as SVG.
// Never shows a point without its bar.
#pragma once

#include <string>

#include "calibration/calibration.hpp"

namespace jr::cli {

/// One line a point, in the order of the currents; the bar is U (95 %) of the point alone.
std::string residual_text(const Calibration& calibration);

/// One panel a range: residual over current, large dots upwards, small ones downwards, squares for
/// the independent points; what the reference shares is taken off all of them.
std::string residual_svg(const Calibration& calibration);

}  // namespace jr::cli
