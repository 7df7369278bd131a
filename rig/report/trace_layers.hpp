// Which columns of a trace a file of limited size should hold: all of it coarsely, its windows finely, their edges whole.
// Plans only; reads no sample.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <vector>

#include "rig/store/zoom.hpp"

namespace jr {

/// Half-open, in ordinals.
struct OrdinalSpan { std::uint64_t start{}, end{}; };

/// `columns` over [start, end): as many as it has samples means each sample.
struct LayerRequest { std::uint64_t start{}, end{}; std::size_t columns{}; };

/// At most `budget` columns in all, the whole stream first. What fits is asked for sample by sample; what would be no
/// finer than a layer before it is left out. Requires samples > 0, budget >= 100 and windows within the stream.
std::vector<LayerRequest> plan_layers(std::uint64_t samples, std::span<const OrdinalSpan> windows, std::size_t budget);

/// Columns as a JSON object: {first, end, per, data[, n][, without]}; data is base64 of little-endian float32, all minima, then
/// all maxima, then all means, NaN where there is none; n and without are base64 of uint32, there only when needed.
/// A column must hold fewer than 2^32 samples.
std::string layer_json(const Zoom& zoom);

std::string base64(std::span<const std::uint8_t> bytes);

}  // namespace jr
