// Drawing charts with letters and with lines.
#include "rig/cli/history_page.hpp"

#include <algorithm>
#include <cmath>
#include <cstdio>
#include <nlohmann/json.hpp>

#include "rig/cli/printing.hpp"
#include "rig/report/svg.hpp"

namespace jr::cli {
namespace {

using nlohmann::ordered_json;

constexpr std::size_t kChartColumns = 60;
constexpr int kChartRows = 11;
constexpr double kChartWidth = 760, kChartHeight = 190, kChartLeft = 120, kChartRight = 740, kChartTop = 34, kChartBottom = 165;

/// How a value of the series is shown: deviations in per cent, energies with their prefix.
std::string shown(const HealthSeries& series, double value) {
  if (series.kind == "control") return with_unit(value, "J");
  char text[32];
  std::snprintf(text, sizeof text, "%+.4f %%", 100 * value);
  return text;
}

std::string heading(const HealthSeries& series) {
  const std::string what =
      series.kind == "control" ? "control run, " : "monitor against reference, ";
  return what + series.series + ", " + series.instrument + " by " + series.basis.substr(0, 20);
}

struct ValueSpan {
  double low{}, high{};
};

/// From the lowest to the highest of values and limits, with a little air.
ValueSpan span_of(const HealthSeries& series, std::size_t first) {
  ValueSpan span{INFINITY, -INFINITY};
  const auto take = [&](double value) {
    span.low = std::min(span.low, value), span.high = std::max(span.high, value);
  };
  for (std::size_t i = first; i < series.looks.size(); ++i) take(series.looks[i].value);
  if (series.next.values > 0) take(series.next.lowest), take(series.next.highest);
  double air = 0.05 * (span.high - span.low);
  if (!(air > 0)) air = std::max(1e-3 * std::abs(span.low), 1e-12);
  return {span.low - air, span.high + air};
}

std::string state_of(const HealthSeries& series) {
  const HealthRow& last = series.looks.back();
  if (!last.passed) return "OUT: " + last.reason;
  if (series.next.values == 0) return "ok";
  return series.next.by_history ? "ok" : "ok (limits by allowance until 8 looks)";
}

std::vector<std::string> table_row(const HealthSeries& series) {
  const HealthRow& last = series.looks.back();
  const bool limits = series.next.values > 0;
  return {series.kind,
          series.series,
          std::to_string(series.looks.size()),
          local_time(last.time_ms),
          shown(series, last.value),
          limits ? shown(series, series.next.lowest) + " to " + shown(series, series.next.highest)
                 : "-",
          state_of(series)};
}

std::string quarantine_lines(const BenchHistory& history) {
  std::string lines;
  for (const QuarantineRow& row : history.quarantines)
    lines += "  " + row.instrument + ", " + local_time(row.since_ms) +
             (row.run.empty() ? "" : " (" + row.run + ")") + ": " + row.reason +
             (row.lifted_ms == 0
                  ? " STANDS: joulerig bench release " + history.bench + " --reason TEXT"
                  : " Released " + local_time(row.lifted_ms) + " by " + row.lifted_by + ": " +
                        row.lifted_reason + (row.new_baseline ? " (charts begin anew)" : "")) +
             "\n";
  return lines.empty() ? "" : "\nQuarantine:\n" + lines;
}

void draw(Svg& picture, const HealthSeries& series, double top) {
  const ValueSpan span = span_of(series, 0);
  const Scale y{span.low, span.high, top + kChartBottom, top + kChartTop};
  const double last = std::max<double>(1, static_cast<double>(series.looks.size()) - 1);
  const Scale x{0, last, kChartLeft + 10, kChartRight - 10};
  picture.words(8, top + 20, heading(series));
  for (const double tick : ticks(span.low, span.high, 4)) {
    picture.line(kChartLeft, y.at(tick), kChartRight, y.at(tick), Ink::faint, 0.5);
    picture.words(kChartLeft - 6, y.at(tick) + 4, shown(series, tick), Anchor::end);
  }
  if (series.next.values > 0) {
    for (const double edge : {series.next.lowest, series.next.highest})
      picture.line(kChartLeft, y.at(edge), kChartRight, y.at(edge), Ink::warning);
    picture.line(kChartLeft, y.at(series.next.centre), kChartRight, y.at(series.next.centre), Ink::second);
  }
  std::vector<std::pair<double, double>> path;
  for (std::size_t i = 0; i < series.looks.size(); ++i)
    path.emplace_back(x.at(static_cast<double>(i)), y.at(series.looks[i].value));
  picture.path(path, Ink::first, 1);
  for (std::size_t i = 0; i < series.looks.size(); ++i)
    picture.dot(path[i].first, path[i].second, series.looks[i].passed ? 2.5 : 4,
                series.looks[i].passed ? Ink::first : Ink::warning);
  picture.words(kChartLeft, top + kChartBottom + 16, local_time(series.looks.front().time_ms));
  picture.words(kChartRight, top + kChartBottom + 16, local_time(series.looks.back().time_ms), Anchor::end);
}

}  // namespace

std::string chart_text(const HealthSeries& series) {
  const std::size_t first = series.looks.size() > kChartColumns ? series.looks.size() - kChartColumns : 0;
  const std::size_t columns = series.looks.size() - first;
  const ValueSpan span = span_of(series, first);
  const auto row_of = [&](double value) {
    return static_cast<int>(std::lround((value - span.low) / (span.high - span.low) * (kChartRows - 1)));
  };
  std::vector<std::string> rows(kChartRows, std::string(columns + 2, ' '));
  const auto across = [&](double value, char ink) {
    const int row = row_of(value);
    if (row >= 0 && row < kChartRows) rows[static_cast<std::size_t>(row)].assign(columns + 2, ink);
  };
  if (series.next.values > 0)
    across(series.next.centre, '-'), across(series.next.lowest, '='),
        across(series.next.highest, '=');
  for (std::size_t i = 0; i < columns; ++i) {
    const HealthRow& look = series.looks[first + i];
    rows[static_cast<std::size_t>(row_of(look.value))][i + 1] = look.passed ? 'o' : 'X';
  }
  std::string text = "  " + heading(series) + "\n";
  for (int row = kChartRows - 1; row >= 0; --row) {
    const double value = span.low + (span.high - span.low) * row / (kChartRows - 1);
    const bool labelled = row == 0 || row == kChartRows - 1 || row == kChartRows / 2;
    const std::string label = labelled ? shown(series, value) : "";
    const auto width = static_cast<std::size_t>(
        std::count_if(label.begin(), label.end(), [](char c) { return (c & 0xC0) != 0x80; }));
    text += std::string(width < 14 ? 14 - width : 0, ' ') + label + " \u2502" +
            rows[static_cast<std::size_t>(row)] + "\n";
  }
  return text + std::string(15, ' ') + "\u2514 " + local_time(series.looks[first].time_ms) +
         " to " + local_time(series.looks.back().time_ms) + "\n";
}

std::string history_page(const BenchHistory& history) {
  if (history.series.empty())
    return "Nobody has looked at the bench " + history.bench +
           " yet: [health] in its file has reference loads checked with each run, "
           "and joulerig bench control " +
           history.bench + " compares it with itself.\n" + quarantine_lines(history);
  std::vector<std::vector<std::string>> rows{
      {"kind", "what", "looks", "last", "value", "limits for the next", "state"}};
  for (const HealthSeries& series : history.series) rows.push_back(table_row(series));
  std::string page = table(rows);
  for (const HealthSeries& series : history.series) page += "\n" + chart_text(series);
  return page + quarantine_lines(history);
}

std::string history_svg(const BenchHistory& history) {
  const double charts = std::max<double>(1, static_cast<double>(history.series.size()));
  Svg picture(kChartWidth, 30 + kChartHeight * charts, "How the bench " + history.bench + " fared");
  picture.words(8, 18,
                history.series.empty() ? "Nobody has looked at the bench " + history.bench + " yet"
                                       : "Bench " + history.bench);
  double top = 24;
  for (const HealthSeries& series : history.series) {
    draw(picture, series, top);
    top += kChartHeight;
  }
  return picture.text();
}

std::string history_json(const BenchHistory& history) {
  const auto optional = [](const std::optional<double>& value) {
    return value ? ordered_json(*value) : ordered_json();
  };
  auto list = ordered_json::array();
  for (const HealthSeries& series : history.series) {
    const bool limits = series.next.values > 0;
    auto points = ordered_json::array();
    for (const HealthRow& look : series.looks)
      points.push_back({{"time_ms", look.time_ms},
                        {"value", look.value},
                        {"u", look.u},
                        {"lowest", optional(look.lowest)},
                        {"highest", optional(look.highest)},
                        {"run", look.run},
                        {"passed", look.passed},
                        {"reason", look.reason}});
    list.push_back({{"kind", series.kind},
                    {"instrument", series.instrument},
                    {"series", series.series},
                    {"basis", series.basis},
                    {"unit", series.kind == "control" ? "J" : "1"},
                    {"centre", limits ? ordered_json(series.next.centre) : ordered_json()},
                    {"lowest", limits ? ordered_json(series.next.lowest) : ordered_json()},
                    {"highest", limits ? ordered_json(series.next.highest) : ordered_json()},
                    {"limits_by_history", series.next.by_history},
                    {"looks", std::move(points)}});
  }
  auto quarantines = ordered_json::array();
  for (const QuarantineRow& row : history.quarantines)
    quarantines.push_back({{"instrument", row.instrument},
                           {"bench", row.bench},
                           {"since_ms", row.since_ms},
                           {"run", row.run},
                           {"reason", row.reason},
                           {"stands", row.lifted_ms == 0},
                           {"lifted_ms", row.lifted_ms},
                           {"lifted_by", row.lifted_by},
                           {"lifted_reason", row.lifted_reason},
                           {"new_baseline", row.new_baseline}});
  return ordered_json{{"bench", history.bench},
                      {"series", std::move(list)},
                      {"quarantines", std::move(quarantines)}}
      .dump();
}

}  // namespace jr::cli
