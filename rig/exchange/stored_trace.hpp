// A stored run as physical values, piece by piece: amperes of codes under coefficients, values as they are, time with gaps.
// Never holds more than a piece, and never fills a gap.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "rig/core/range_polynomial.hpp"
#include "rig/store/store.hpp"

namespace jr {

/// What to look at, and by which coefficients.
struct ViewRequest {
  std::string run;
  int stream{};
  std::optional<double> from_s, to_s;  ///< since the stream's first sample, gaps counted; absent: from its start, to its end
  std::vector<RangePolynomial> ranges; ///< of a stream of codes
  Volt supply;                         ///< 0: not known
  std::string calibration_id, calibration_kind;  ///< what the coefficients rest on; empty: the instrument's own
};

/// A window of the run, as rows of the view and as times. Half-open.
struct ViewedWindow {
  WindowRow stored;
  std::uint64_t start_row{}, end_row{};
  double start_s{}, end_s{};
};

/// A gap of the run, before row `row` of the view.
struct ViewedGap {
  Gap stored;
  std::uint64_t row{};
};

/// What stands above the samples.
struct ViewFacts {
  ViewRequest request;
  RunRow run;
  StreamFacts stream;
  std::vector<Quantity> channels;  ///< of codes: current
  double period_s{};
  std::uint64_t first{}, end{};    ///< ordinals
  std::uint64_t first_index{};     ///< time index of the first row: its ordinal and the gaps before it
  std::vector<ViewedGap> gaps;     ///< inside
  std::vector<ViewedWindow> windows;  ///< that lie inside, at least in part (cut to it)

  std::uint64_t rows() const { return end - first; }
  double time_s(std::uint64_t index) const;  ///< of a time index: the nearest number to index over rate
};

/// Rows that follow each other without a gap. Shapes: one vector a channel, lines of the same length; NaN: no value.
struct ViewPiece {
  std::uint64_t row{};             ///< of the first, counted from the view's first
  std::uint64_t index{};           ///< its time index
  std::uint64_t missing_before{};  ///< samples that are missing right before it
  std::vector<std::vector<double>> channels;
  std::vector<std::uint8_t> lines;

  std::size_t size() const { return lines.size(); }
};

class StoredTrace {
 public:
  /// Errors: not_found (run, stream, or nothing between the times), usage (times the wrong way round; codes without
  /// coefficients).
  static Result<StoredTrace> open(const Store& store, const ViewRequest& request);

  const ViewFacts& facts() const { return facts_; }
  /// The next piece, of at most 65,536 rows; nothing at the end. Errors: the store's.
  Result<std::optional<ViewPiece>> next();

 private:
  explicit StoredTrace(const Store& store) : store_(&store) {}
  Result<void> load(const ViewRequest& request);
  Result<void> fill(ViewPiece& piece, std::uint64_t to) const;

  const Store* store_;
  ViewFacts facts_;
  std::uint64_t at_{}, index_{};
  std::size_t gap_{};
};

}  // namespace jr
