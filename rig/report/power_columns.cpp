// Pieces of a trace in their order, each sample into its column. Two kinds of streams: codes and values.
#include "rig/report/power_columns.hpp"

#include <algorithm>
#include <cmath>
#include <functional>

#include "rig/core/amperes.hpp"

namespace jr {
namespace {

constexpr std::uint64_t kPiece = 1 << 20;

/// Adds samples to the columns they fall into; keeps sums until finish().
class Columns {
 public:
  Columns(double first, double samples_per_column, std::size_t columns)
      : first_(first), per_column_(samples_per_column), columns_(columns) {}

  void add(std::uint64_t ordinal, double power_W) {
    const double place = (static_cast<double>(ordinal) - first_) / per_column_;
    if (!std::isfinite(power_W) || place < 0 || place >= static_cast<double>(columns_.size())) return;
    PowerColumn& column = columns_[static_cast<std::size_t>(place)];
    column.min_W = std::min(column.min_W, power_W);
    column.max_W = std::max(column.max_W, power_W);
    column.mean_W += power_W;
    ++column.n;
  }

  std::vector<PowerColumn> finish() && {
    for (PowerColumn& column : columns_)
      if (column.n > 0)
        column.mean_W = std::clamp(column.mean_W / static_cast<double>(column.n), column.min_W, column.max_W);
    return std::move(columns_);
  }

 private:
  double first_, per_column_;
  std::vector<PowerColumn> columns_;
};

double behind_leads_W(const PowerSource& source, double current_A) {
  return current_A * (source.supply.value - source.lead.value * current_A);
}

/// Power of sample i of a stretch of values; empty when the channels tell none.
using PowerOf = std::function<double(const ValueStretch&, std::size_t)>;

PowerOf power_of_values(const PowerSource& source) {
  const auto channel = [&](Quantity quantity) -> std::ptrdiff_t {
    const auto found = std::find(source.channels.begin(), source.channels.end(), quantity);
    return found == source.channels.end() ? -1 : found - source.channels.begin();
  };
  const auto at = [](std::ptrdiff_t c) { return static_cast<std::size_t>(c); };
  const std::ptrdiff_t power = channel(Quantity::power_W), energy = channel(Quantity::energy_J),
                       current = channel(Quantity::current_A), voltage = channel(Quantity::voltage_V);
  if (power >= 0) return [c = at(power)](const ValueStretch& s, std::size_t i) { return s.channels[c][i]; };
  if (energy >= 0)
    return [c = at(energy), T = source.period_s](const ValueStretch& s, std::size_t i) { return s.channels[c][i] / T; };
  if (current >= 0 && voltage >= 0)
    return [i_A = at(current), v_V = at(voltage)](const ValueStretch& s, std::size_t i) {
      return s.channels[i_A][i] * s.channels[v_V][i];
    };
  if (current >= 0 && source.supply.value > 0)
    return [c = at(current), &source](const ValueStretch& s, std::size_t i) {
      return behind_leads_W(source, s.channels[c][i]);
    };
  return {};
}

Result<void> add_codes(const Store& store, const PowerSource& source, std::uint64_t start, std::uint64_t end,
                       Columns& columns) {
  const auto stretch = store.samples_between(source.run, source.stream, start, end);
  if (!stretch) return Failure(stretch.error());
  std::vector<float> current_A(stretch->codes.size());
  to_ampere(stretch->codes, stretch->ranges, source.ranges, source.supply, current_A);
  for (std::size_t i = 0; i < current_A.size(); ++i)
    columns.add(stretch->first_ordinal + i, behind_leads_W(source, current_A[i]));
  return {};
}

Result<void> add_values(const Store& store, const PowerSource& source, const PowerOf& power_of, std::uint64_t start,
                        std::uint64_t end, Columns& columns) {
  const auto stretch = store.values_between(source.run, source.stream, start, end);
  if (!stretch) return Failure(stretch.error());
  const std::size_t n = stretch->channels.empty() ? 0 : stretch->channels.front().size();
  for (std::size_t i = 0; i < n; ++i) columns.add(stretch->first_ordinal + i, power_of(*stretch, i));
  return {};
}

}  // namespace

Result<std::vector<PowerColumn>> power_columns(const Store& store, const PowerSource& source, double first,
                                               double samples_per_column, std::size_t columns) {
  PowerOf power_of;
  if (!source.channels.empty() && !(power_of = power_of_values(source)))
    return fail(Trouble::unsupported, "Run " + source.run + " holds no power that could be drawn: its stream has "
                                      "neither power nor current with a known supply voltage.");
  const auto stored = store.samples(source.run, source.stream);
  if (!stored) return Failure(stored.error());
  const double last = first + samples_per_column * static_cast<double>(columns);
  const auto start = static_cast<std::uint64_t>(std::max(0.0, std::floor(first)));
  const std::uint64_t end = last > 0 ? std::min(*stored, static_cast<std::uint64_t>(std::ceil(last))) : 0;
  Columns sums(first, samples_per_column, columns);
  for (std::uint64_t at = start; at < end; at += kPiece) {
    const std::uint64_t until = std::min(end, at + kPiece);
    const auto added = source.channels.empty() ? add_codes(store, source, at, until, sums)
                                               : add_values(store, source, power_of, at, until, sums);
    if (!added) return Failure(added.error());
  }
  return std::move(sums).finish();
}

}  // namespace jr
