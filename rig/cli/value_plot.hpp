// A stretch of a stream of values as text: current as it is, power or energy as power.
// A view: no number comes from it.
#pragma once

#include <string>

#include "rig/run/evaluation.hpp"
#include "rig/store/store.hpp"

namespace jr::cli {

/// Samples [start, end) of a stream, as far as they are stored; empty when they are too few for a picture.
std::string value_plot(const Store& store, const Evaluation& e, int stream, std::uint64_t start, std::uint64_t end);

}  // namespace jr::cli
