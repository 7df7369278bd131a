// A quarter of the budget is for the whole stream, up to a quarter for edges, the rest for windows with their surroundings.
#include "rig/report/trace_layers.hpp"

#include <algorithm>
#include <bit>
#include <cmath>
#include <limits>
#include <nlohmann/json.hpp>

namespace jr {
namespace {

constexpr std::uint64_t kMostAtEdge = 4000, kLeastAtEdge = 64;  // samples
constexpr std::size_t kLeastOfWindow = 200;                     // columns; fewer show nothing new

void append(std::vector<std::uint8_t>& bytes, std::uint32_t word) {
  for (int shift = 0; shift < 32; shift += 8) bytes.push_back(static_cast<std::uint8_t>(word >> shift));
}

OrdinalSpan widened(OrdinalSpan span, std::uint64_t by, std::uint64_t samples) {
  return {span.start - std::min(span.start, by), std::min(span.end + by, samples)};
}

OrdinalSpan surrounded(OrdinalSpan window, std::uint64_t samples) {
  return widened(window, (window.end - window.start) / 4, samples);
}

/// Equal but for the first and the last: then a period and two ends say it all.
bool is_even(const std::vector<Column>& columns) {
  for (std::size_t k = 1; k < columns.size(); ++k)
    if (columns[k].first != columns[k - 1].first + columns.front().n) return false;
  return columns.empty() || columns.back().n <= columns.front().n;
}

std::string words_of(const std::vector<Column>& columns, std::uint64_t Column::*member) {
  std::vector<std::uint8_t> bytes;
  for (const Column& column : columns) append(bytes, static_cast<std::uint32_t>(column.*member));
  return base64(bytes);
}

std::string values_of(const std::vector<Column>& columns) {
  std::vector<std::uint8_t> bytes;
  bytes.reserve(12 * columns.size());
  for (const auto member : {&Column::min, &Column::max, &Column::mean})
    for (const Column& column : columns) {
      const bool empty = column.without >= column.n;
      append(bytes, std::bit_cast<std::uint32_t>(empty ? std::numeric_limits<float>::quiet_NaN() : static_cast<float>(column.*member)));
    }
  return base64(bytes);
}

}  // namespace

std::vector<LayerRequest> plan_layers(std::uint64_t samples, std::span<const OrdinalSpan> windows, std::size_t budget) {
  if (samples <= budget) return {{0, samples, static_cast<std::size_t>(samples)}};
  const std::size_t base = windows.empty() ? budget : budget / 4;
  std::vector<LayerRequest> layers{{0, samples, base}};
  std::size_t left = budget - base;
  const double base_per_column = static_cast<double>(samples) / static_cast<double>(base);
  const std::size_t count = std::min(windows.size(), left / kLeastOfWindow);
  if (count == 0) return layers;

  std::uint64_t whole = 0;  // samples of all windows with what surrounds them
  for (std::size_t k = 0; k < count; ++k) {
    const OrdinalSpan span = surrounded(windows[k], samples);
    whole += span.end - span.start;
  }
  const std::uint64_t at_edge = whole <= left ? 0 : std::min<std::uint64_t>(kMostAtEdge, budget / 4 / (2 * count));
  std::vector<LayerRequest> edges;
  for (std::size_t k = 0; k < count && at_edge >= kLeastAtEdge; ++k)
    for (const std::uint64_t edge : {windows[k].start, windows[k].end}) {
      const OrdinalSpan around = widened({edge, edge}, at_edge / 2, samples);
      edges.push_back({around.start, around.end, static_cast<std::size_t>(around.end - around.start)});
      left -= edges.back().columns;
    }

  const std::size_t share = whole <= left ? left : left / count;
  for (std::size_t k = 0; k < count; ++k) {
    const OrdinalSpan span = surrounded(windows[k], samples);
    const std::uint64_t length = span.end - span.start;
    const auto columns = static_cast<std::size_t>(std::min<std::uint64_t>(length, share));
    if (columns > 0 && static_cast<double>(length) / static_cast<double>(columns) < base_per_column / 1.5)
      layers.push_back({span.start, span.end, columns});
    if (columns == length && !edges.empty()) edges[2 * k].columns = edges[2 * k + 1].columns = 0;  // each sample already
  }
  std::copy_if(edges.begin(), edges.end(), std::back_inserter(layers), [](const LayerRequest& edge) { return edge.columns > 0; });
  return layers;
}

std::string layer_json(const Zoom& zoom) {
  const auto& columns = zoom.columns;
  nlohmann::ordered_json layer{{"first", columns.empty() ? 0 : columns.front().first},
                               {"end", columns.empty() ? 0 : columns.back().first + columns.back().n},
                               {"per", is_even(columns) && !columns.empty() ? columns.front().n : std::max<std::uint64_t>(zoom.samples_per_column, 1)},
                               {"data", values_of(columns)}};
  if (!is_even(columns)) layer["n"] = words_of(columns, &Column::n);
  if (std::any_of(columns.begin(), columns.end(), [](const Column& c) { return c.without > 0; }))
    layer["without"] = words_of(columns, &Column::without);
  return layer.dump();
}

std::string base64(std::span<const std::uint8_t> bytes) {
  constexpr const char* kDigits = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
  std::string text;
  text.reserve((bytes.size() + 2) / 3 * 4);
  for (std::size_t k = 0; k < bytes.size(); k += 3) {
    const std::size_t n = std::min<std::size_t>(3, bytes.size() - k);
    std::uint32_t word = 0;
    for (std::size_t i = 0; i < 3; ++i) word = word << 8 | (i < n ? bytes[k + i] : 0u);
    for (std::size_t i = 0; i < 4; ++i) text += i <= n ? kDigits[word >> (18 - 6 * i) & 63] : '=';
  }
  return text;
}

}  // namespace jr
