// Codes become bands by integer sums, bands become entries, four entries become one of the next level.
// Never adds ampere sample by sample: the polynomial is applied to the sums.
#include "rig/store/pyramid.hpp"

#include <algorithm>
#include <cmath>
#include <stdexcept>
#include <utility>

namespace jr::pyramid {
namespace {

/// To the nearest float; what is too large for one stays the largest there is.
float rounded(double value) {
  constexpr double kMost = std::numeric_limits<float>::max();
  return static_cast<float>(std::clamp(value, -kMost, kMost));
}

/// True when the polynomial turns between two codes, so that its ends do not bound it.
bool turns_inside(const RangePolynomial& range, std::uint16_t min, std::uint16_t max) {
  if (range.q_A_per_code2 == 0) return false;
  const double vertex = -range.b_A_per_code / (2 * range.q_A_per_code2);
  return vertex > min && vertex < max;
}

/// By the two extreme codes and the sums; no value when that is not finite.
Band band_of_sums(std::uint64_t n, const BlockSums& sums, const RangePolynomial& range, double supply_V) {
  const double a = range.current(sums.min, {supply_V}).value, b = range.current(sums.max, {supply_V}).value;
  const double sum = static_cast<double>(n) * (range.a_A + range.s_A_per_V * supply_V) + range.b_A_per_code * static_cast<double>(sums.sum) +
                     range.q_A_per_code2 * static_cast<double>(sums.sum_of_squares);
  if (!std::isfinite(a) || !std::isfinite(b) || !std::isfinite(sum)) return {};
  return {std::min(a, b), std::max(a, b), sum, n, {}};
}

}  // namespace

double Band::mean() const { return std::clamp(sum / static_cast<double>(count), min, max); }

Band& Band::operator+=(const Band& other) {
  min = std::min(min, other.min);
  max = std::max(max, other.max);
  sum += other.sum;
  count += other.count;
  pyramid::add(codes, other.codes);
  return *this;
}

Band band_of(std::span<const std::uint16_t> codes, const BlockSums& sums, const RangePolynomial& range,
             double supply_V) {
  Band band = band_of_sums(codes.size(), sums, range, supply_V);
  if (band.count > 0 && turns_inside(range, sums.min, sums.max))
    for (const std::uint16_t code : codes) {
      const double current_A = range.current(code, {supply_V}).value;
      band.min = std::min(band.min, current_A);
      band.max = std::max(band.max, current_A);
    }
  return band;
}

Band band_of(std::span<const double> values) {
  Band band;
  for (const double value : values) {
    if (!std::isfinite(value)) continue;
    band.min = std::min(band.min, value);
    band.max = std::max(band.max, value);
    band.sum += value;
    ++band.count;
  }
  return band;
}

std::optional<Band> band_of(const CodeSums& codes, const Coefficients& coefficients) {
  Band band;
  for (const RangeCodes& row : codes) {
    if (row.range >= coefficients.ranges.size()) continue;
    const RangePolynomial& range = coefficients.ranges[row.range];
    if (turns_inside(range, row.sums.min, row.sums.max)) return std::nullopt;
    band += band_of_sums(row.n, row.sums, range, coefficients.supply_V);
  }
  band.codes = codes;
  return band;
}

Entry entry_of(const Band& band) {
  if (band.count == 0) return {.codes = band.codes};
  const float min = rounded(band.min), max = rounded(band.max);
  return {min, max, std::clamp(rounded(band.mean()), min, max), band.count, band.codes};
}

Band band_of(const Entry& entry) {
  if (entry.count == 0) return {.codes = entry.codes};
  return {entry.min, entry.max, static_cast<double>(entry.mean) * static_cast<double>(entry.count), entry.count, entry.codes};
}

Entry fold(std::span<const Entry> parts) {
  Band band;
  for (const Entry& part : parts)
    band += band_of(part);
  return entry_of(band);
}

Moments Bander::add(std::span<const std::uint16_t> codes, std::span<const chunk::Run> ranges) {
  Moments moments;
  std::size_t at = 0;
  for (const chunk::Run& run : ranges) {
    if (at > 0) ++moments.switches;
    if (run.length > codes.size() - at) throw std::invalid_argument("runs of ranges that are longer than the codes");
    for (std::size_t left = run.length; left > 0;) {
      const std::size_t n = std::min<std::uint64_t>(left, room());
      add_piece(codes.subspan(at, n), run.value, moments);
      advance(n);
      at += n;
      left -= n;
    }
  }
  if (at != codes.size()) throw std::invalid_argument("runs of ranges that are shorter than the codes");
  return moments;
}

void Bander::add_piece(std::span<const std::uint16_t> codes, std::uint8_t range, Moments& moments) {
  if (range >= kMaxRanges) {
    moments.illegal += codes.size();
    return;
  }
  const BlockSums sums = block_sums(codes);
  RangeMoments& row = moments.ranges[range];
  row.n += codes.size();
  row.sum += sums.sum;
  row.sum_of_squares += sums.sum_of_squares;
  pyramid::add(open_.codes, RangeCodes{range, codes.size(), sums});
  if (range < coefficients_.ranges.size())
    open_ += band_of(codes, sums, coefficients_.ranges[range], coefficients_.supply_V);
}

void Bander::add(std::span<const double> values) {
  while (!values.empty()) {
    const std::size_t n = std::min<std::uint64_t>(values.size(), room());
    open_ += band_of(values.first(n));
    advance(n);
    values = values.subspan(n);
  }
}

void Bander::skip(std::uint64_t n) {
  while (n > 0) {
    const std::uint64_t step = std::min(n, room());
    advance(step);
    n -= step;
  }
}

void Bander::advance(std::uint64_t n) {
  added_ += n;
  if (added_ % length_ != 0) return;
  whole_.push_back(open_);
  open_ = {};
}

std::vector<Band> Bander::take() { return std::exchange(whole_, {}); }

std::vector<Band> Bander::finish() {
  if (added_ % length_ != 0) whole_.push_back(std::exchange(open_, {}));
  return take();
}

Moments Builder::add(std::span<const std::uint16_t> codes, std::span<const chunk::Run> ranges) {
  Moments moments = bander_.add(codes, ranges);
  push(bander_.take());
  return moments;
}

void Builder::add(std::span<const double> values) {
  bander_.add(values);
  push(bander_.take());
}

void Builder::skip(std::uint64_t n) {
  constexpr std::uint64_t kAtOnce = kBase * kEntriesPerBlob;
  for (; n > 0; push(bander_.take())) {
    const std::uint64_t step = std::min(n, kAtOnce);
    bander_.skip(step);
    n -= step;
  }
}

void Builder::push(const std::vector<Band>& bands) {
  for (const Band& band : bands) push(0, entry_of(band));
}

void Builder::push(unsigned level, const Entry& entry) {
  if (level == levels_.size()) levels_.push_back({{level, 0, {}}, {}});
  {
    Level& here = levels_[level];
    here.open.entries.push_back(entry);
    if (here.open.entries.size() == kEntriesPerBlob) {
      const std::uint64_t next = here.open.first_entry + kEntriesPerBlob;
      full_.push_back(std::exchange(here.open, {level, next, {}}));
    }
    here.parts.push_back(entry);
    if (here.parts.size() < kFanOut) return;
  }
  const std::vector<Entry> parts = std::exchange(levels_[level].parts, {});
  push(level + 1, fold(parts));
}

std::vector<Blob> Builder::take() { return std::exchange(full_, {}); }

std::vector<Blob> Builder::finish() {
  push(bander_.finish());
  for (unsigned level = 0; level < levels_.size(); ++level) {
    const Level& here = levels_[level];
    const bool is_top = here.open.first_entry + here.open.entries.size() <= 1;
    if (is_top || here.parts.empty()) continue;
    const std::vector<Entry> parts = std::exchange(levels_[level].parts, {});
    push(level + 1, fold(parts));
  }
  for (Level& level : levels_)
    if (!level.open.entries.empty()) full_.push_back(std::move(level.open));
  levels_.clear();
  return take();
}

}  // namespace jr::pyramid
