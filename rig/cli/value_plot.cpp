// Pieces of the store into columns; never holds more than one piece.
#include "rig/cli/value_plot.hpp"

#include <algorithm>
#include <cmath>

#include "rig/cli/printing.hpp"

namespace jr::cli {
namespace {

constexpr std::size_t kColumns = 64;
constexpr int kRows = 8;
constexpr std::uint64_t kAtOnce = 65'536;

/// What is drawn of one sample: the first channel, an energy as the power that it was.
double drawn(const Evaluation& e, double value) {
  return e.stream.channels.front() == Quantity::energy_J ? value / e.stream.period_s : value;
}

const char* milli_unit_of(Quantity quantity) {
  switch (quantity) {
    case Quantity::current_A: return "mA";
    case Quantity::voltage_V: return "mV";
    default: return "mW";
  }
}

struct Sums {
  double low{INFINITY}, high{-INFINITY}, sum{};
  std::uint64_t n{};
};

}  // namespace

std::string value_plot(const Store& store, const Evaluation& e, int stream, std::uint64_t start, std::uint64_t end) {
  if (e.parts.empty()) return "";
  end = std::min(end, e.parts[static_cast<std::size_t>(stream)].samples);
  if (end < start + kColumns) return "";
  std::vector<Sums> sums(kColumns);
  for (std::uint64_t at = start; at < end; at += kAtOnce) {
    const auto piece = store.values_between(e.row.id, stream, at, std::min(at + kAtOnce, end));
    if (!piece || piece->channels.empty()) return "";
    for (std::size_t i = 0; i < piece->channels.front().size(); ++i) {
      const double value = drawn(e, piece->channels.front()[i]);
      if (std::isnan(value)) continue;
      Sums& column = sums[std::min<std::uint64_t>(kColumns - 1, (at - start + i) * kColumns / (end - start))];
      column.low = std::min(column.low, value);
      column.high = std::max(column.high, value);
      column.sum += value;
      ++column.n;
    }
  }
  std::vector<PlotColumn> columns;
  for (const Sums& column : sums)
    columns.push_back(column.n ? PlotColumn{column.low, column.sum / static_cast<double>(column.n), column.high} : PlotColumn{});
  return plot(columns, kRows, milli_unit_of(e.stream.channels.front()), 1e3, static_cast<double>(end - start) * e.stream.period_s);
}

}  // namespace jr::cli
