// The report of an acceptance as a person reads it: on the screen and in report.txt.
// Never decides a verdict and never writes a file.
#pragma once

#include <string>

#include "rig/run/bench_accept.hpp"

namespace jr::cli {

/// "duration 10 s (at least 10 s)"; SI units get a prefix.
std::string figure_text(const Figure& figure);

/// One line as it falls: "  ok          question: what was seen; figures".
std::string claim_line(const Claim& claim);

/// Head, table of the claims, what to do about those that do not hold, the count.
std::string accept_page(const AcceptReport& report);

}  // namespace jr::cli
