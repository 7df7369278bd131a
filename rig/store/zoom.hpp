// A stretch of a trace as columns of minimum, maximum and mean, at whatever zoom, whatever its length.
// A view: energy never comes from it.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "rig/store/store.hpp"

namespace jr {

/// Samples [first, first + n) of a stream. In ampere by the coefficients that were asked for, or in the unit of
/// a stream of values. min <= mean <= max. `without`: samples that have no value (an illegal range, NaN).
struct Column {
  std::uint64_t first{}, n{}, without{};
  double min{}, max{}, mean{};  ///< meaningless when without == n
};

struct Zoom {
  std::vector<Column> columns;        ///< ascending, without holes; at most as many as were asked for, plus one
  std::uint64_t samples_per_column{}; ///< 1: exact samples
  bool from_pyramid{};
  std::vector<std::string> damaged;   ///< a sentence for each chunk that could not be read; its columns are empty
};

/// Columns that cover [start, end) of a stream for a picture `pixels` wide. Above the pyramid's base the columns
/// begin and end on its entries, so the first may begin before `start` and the last end after `end`; below it
/// they are exact. What lies behind the last stored sample has no columns. `channel`: of a stream of values.
/// `coefficients`: by which codes become ampere, e.g. a calibration's; empty: the instrument's own, stored with the stream.
/// By either, minimum and maximum are those of samples and the mean is by exact sums. Streams of values ignore them.
/// Errors: not_found (no such run or stream), usage (start >= end, pixels == 0, no such channel), unsupported (codes
/// without coefficients).
Result<Zoom> zoom(const Store& store, const std::string& run, int stream, std::uint64_t start, std::uint64_t end,
                  std::size_t pixels, std::size_t channel = 0, const Coefficients& coefficients = {});

}  // namespace jr
