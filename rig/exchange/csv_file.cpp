// Layout, then the grid of its times, then the samples.
// Never delivers anything of a file that is refused.
#include "rig/exchange/csv_file.hpp"

#include <cmath>
#include <cstdio>
#include <nlohmann/json.hpp>

#include "rig/exchange/block_sender.hpp"
#include "rig/exchange/csv_grid.hpp"
#include "rig/exchange/mapped_file.hpp"

namespace jr {
namespace {

using csv::Grid;
using csv::Layout;
using csv::Row;
using csv::Rows;

/// Seconds since 1970 that lie in this century are a date, not a time since the start.
constexpr double kEarliestDate_s = 9.4e8, kLatestDate_s = 4.2e9;

std::string metadata_of(const Layout& layout, const Grid& grid) {
  nlohmann::ordered_json columns;
  const auto add = [&](const char* role, const std::optional<csv::Column>& column) {
    if (column) columns[role] = column->name;
  };
  add("time", layout.time), add("current", layout.current), add("voltage", layout.voltage);
  add("power", layout.power), add("energy", layout.energy), add("lines", layout.word);
  for (std::size_t k = 0; k < 8; ++k) add(("d" + std::to_string(k)).c_str(), layout.lines[k]);
  return nlohmann::ordered_json{{"program", layout.program},
                                {"columns", columns},
                                {"separator", std::string(1, layout.dialect.separator)},
                                {"decimal", std::string(1, layout.dialect.decimal)},
                                {"rows", grid.rows},
                                {"largest_stray_periods", grid.stray}}
      .dump(-1, ' ', false, nlohmann::ordered_json::error_handler_t::replace);
}

void remark_on(const Layout& layout, const Grid& grid, const ImportOptions& options, std::vector<std::string>& remarks) {
  if (!grid.by_time) remarks.push_back("The rate was given by hand: the rows were taken one period apart, whatever their time.");
  if (options.reorder_time) remarks.push_back("The rows were put in the order of their time.");
  if (grid.gaps)
    remarks.push_back(std::to_string(grid.missing) + " rows are missing in " + std::to_string(grid.gaps) + " gaps, by the times of their neighbours.");
  if (grid.without_value) remarks.push_back(std::to_string(grid.without_value) + " rows hold no value; they are missing in their place.");
  if (grid.stray > 0.01) {
    char words[96];
    std::snprintf(words, sizeof words, "Times stray by up to %.0f %% of the period (line %llu).", 100 * grid.stray,
                  static_cast<unsigned long long>(grid.stray_line));
    remarks.emplace_back(words);
  }
  if (grid.cut) remarks.push_back("The last line is cut short; it was left out.");
  if (layout.current && !layout.voltage && !options.supply_V && !layout.supply_V)
    remarks.push_back("The recording tells no voltage: for energies give the supply with --volts V.");
}

ForeignFacts facts_of(const Layout& layout, const Grid& grid, const SourceFile& source, const ImportOptions& options) {
  ForeignFacts facts;
  facts.format = "csv";
  facts.files = {source};
  facts.instrument = layout.instrument;
  facts.period_s = grid.period_s;
  facts.channels = layout.quantities();
  facts.has_lines = layout.has_lines();
  if (layout.current && !layout.voltage) facts.supply_V = options.supply_V ? options.supply_V : layout.supply_V;
  if (layout.time && grid.first_s > kEarliestDate_s && grid.first_s < kLatestDate_s)
    facts.started_ms = static_cast<std::int64_t>(std::round(grid.first_s * 1e3));
  facts.metadata = metadata_of(layout, grid);
  facts.remarks = layout.remarks;
  remark_on(layout, grid, options, facts.remarks);
  return facts;
}

Result<void> deliver(Rows& rows, const Layout& layout, const Grid& grid, ForeignSink& sink) {
  const std::size_t channels = layout.measured().size();
  BlockSender sender(sink, channels, layout.has_lines());
  Row row;
  double before_s = 0;
  for (bool first = true;; first = false) {
    const auto more = rows.next(row);
    if (!more) return Failure(more.error());
    if (!*more) return sender.flush();
    const std::uint64_t steps = first ? 1 : grid.steps(before_s, row.time_s);
    if (steps > 1)
      if (auto sent = sender.gap(steps - 1); !sent) return sent;
    if (auto sent = sender.sample({row.values.data(), channels}, row.lines); !sent) return sent;
    before_s = row.time_s;
  }
}

Result<void> read_csv_path(const std::string& path, const ImportOptions& options, ForeignSink& sink) {
  const auto file = MappedFile::open(path);
  if (!file) return Failure(file.error());
  return read_csv(file->bytes(), file->source(), options, sink);
}

const ImporterRegistration kCsvImporter({"csv", "traces in columns of text: nRF Power Profiler, Joulescope, Otii, LPM01A, PowerSensor3, CurrentRanger, any other", read_csv_path});

}  // namespace

Result<void> read_csv(std::span<const std::byte> bytes, const SourceFile& source, const ImportOptions& options,
                      ForeignSink& sink) {
  constexpr std::string_view kMark = "\xEF\xBB\xBF";  // a byte order mark of UTF-8
  std::string_view text(reinterpret_cast<const char*>(bytes.data()), bytes.size());
  if (text.starts_with(kMark)) text.remove_prefix(kMark.size());
  const auto layout = csv::layout_of(text, source.name, options);
  if (!layout) return Failure(layout.error());
  const auto grid = csv::grid_of(text, *layout, source.name, options);
  if (!grid) return Failure(grid.error());
  if (auto begun = sink.begin(facts_of(*layout, *grid, source, options)); !begun) return begun;
  Rows rows(text, *layout, source.name, options.reorder_time && grid->by_time);
  return deliver(rows, *layout, *grid, sink);
}

}  // namespace jr
