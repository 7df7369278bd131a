// One width for all, so that labels are of one size on a page; the largest bar fills the room that its words leave.
#include "rig/cli/lca_pictures.hpp"

#include <algorithm>
#include <cmath>

#include "rig/cli/lca_words.hpp"
#include "rig/core/words.hpp"
#include "rig/lca/unit.hpp"
#include "rig/report/svg.hpp"

namespace jr::cli {
namespace {

using namespace jr::lca;

constexpr double kPictureWidth = 760, kLabel = 190, kRow = 26, kBarHigh = 14;
constexpr std::size_t kBars = 10;

void axis(Svg& picture, const Scale& scale, double top, double bottom, const std::string& unit) {
  for (const double mark : ticks(scale.low, scale.high, 6)) {
    picture.line(scale.at(mark), top, scale.at(mark), bottom, Ink::faint, 0.7);
    picture.words(scale.at(mark), bottom + 16, number_text("%g", std::abs(mark) < 1e-12 ? 0 : mark), Anchor::middle);
  }
  picture.words((scale.from + scale.to) / 2, bottom + 34, unit, Anchor::middle);
}

/// Ends of a range as a line with two feet.
void whisker(Svg& picture, double from, double to, double y) {
  picture.line(from, y, to, y, Ink::text, 1.2);
  picture.line(from, y - 4, from, y + 4, Ink::text, 1.2);
  picture.line(to, y - 4, to, y + 4, Ink::text, 1.2);
}

std::string distribution(const Histogram& shape, double scaled, const Quantiles& quantiles, const std::string& title, const std::string& unit) {
  if (shape.share.empty()) return "";
  constexpr double kHigh = 150, kTop = 26;
  Svg picture(kPictureWidth, kTop + kHigh + 44, title);
  const Scale x{shape.low * scaled, shape.high * scaled, 30, kPictureWidth - 30};
  axis(picture, x, kTop, kTop + kHigh, unit);
  const double most = *std::max_element(shape.share.begin(), shape.share.end());
  const double step = (x.to - x.from) / static_cast<double>(shape.share.size());
  for (std::size_t i = 0; i < shape.share.size(); ++i) {
    const double high = kHigh * shape.share[i] / most;
    picture.bar(x.from + static_cast<double>(i) * step + 0.5, kTop + kHigh - high, step - 1, high, Ink::first, 0.75);
  }
  for (const auto& [value, name] : {std::pair{quantiles.p2_5, "2.5 %"}, {quantiles.p50, "median"}, {quantiles.p97_5, "97.5 %"}}) {
    const double at = x.at(value * scaled);
    if (!(at >= x.from && at <= x.to)) continue;
    picture.line(at, kTop, at, kTop + kHigh, Ink::second, 1.5);
    picture.words(at, kTop - 8, name, Anchor::middle, Ink::second);
  }
  return picture.text();
}

}  // namespace

std::string stages_svg(const Assessment& a) {
  const Figures& figures = a.life_cycle.figures;
  std::vector<std::size_t> rows;
  double most = 0;
  for (std::size_t i = 0; i < kRows; ++i) {
    if (figures.kg[i] == 0 && a.simulation.stages[i].p97_5 == 0) continue;
    rows.push_back(i);
    most = std::max({most, figures.kg[i], a.simulation.stages[i].p97_5});
  }
  if (!(most > 0) || !std::isfinite(most)) return "";
  const double bottom = 8 + kRow * static_cast<double>(rows.size());
  Svg picture(kPictureWidth, bottom + 44, "Stages of the life cycle");
  const Scale x{0, most, kLabel, kPictureWidth - 90};
  axis(picture, x, 4, bottom, "kg CO\u2082-eq");
  for (std::size_t i = 0; i < rows.size(); ++i) {
    const double y = 8 + kRow * static_cast<double>(i), kg = figures.kg[rows[i]];
    const auto& range = a.simulation.stages[rows[i]];
    const bool use = static_cast<Row>(rows[i]) == Row::use;
    picture.words(kLabel - 10, y + 14, words_of(static_cast<Row>(rows[i])), Anchor::end);
    picture.bar(kLabel, y + 3, std::max(1.0, x.at(kg) - kLabel), kBarHigh, use ? Ink::second : Ink::first, 0.85);
    if (range.p97_5 > range.p2_5) whisker(picture, x.at(range.p2_5), x.at(range.p97_5), y + 3 + kBarHigh / 2);
    picture.words(x.at(std::max(kg, range.p97_5)) + 8, y + 14, kg_text(kg));
  }
  return picture.text();
}

std::string tornado_svg(const Assessment& a) {
  const auto& all = a.simulation.contributions;
  const std::size_t count = std::min(kBars, all.size());
  if (count == 0) return "";
  const double total = a.life_cycle.figures.total_kg;
  double low = total, high = total;
  for (std::size_t i = 0; i < count; ++i) {
    low = std::min({low, all[i].low_kg, all[i].high_kg});
    high = std::max({high, all[i].low_kg, all[i].high_kg});
  }
  if (!(high > low) || !std::isfinite(high - low)) return "";
  const double bottom = 22 + kRow * static_cast<double>(count), label = 260;
  Svg picture(kPictureWidth, bottom + 44, "Where the spread comes from");
  const Scale x{low, high, label, kPictureWidth - 80};
  axis(picture, x, 18, bottom, "total, kg CO\u2082-eq");
  picture.words(kPictureWidth - 4, 12, "of the variance", Anchor::end);
  picture.words(label, 12, "input at its 5 %", Anchor::start, Ink::first);
  picture.words(label + 120, 12, "input at its 95 %", Anchor::start, Ink::second);
  for (std::size_t i = 0; i < count; ++i) {
    const double y = 22 + kRow * static_cast<double>(i);
    std::string name = factor_text(all[i].factor);
    if (name.size() > 40) name = name.substr(0, 38) + "...";
    picture.words(label - 10, y + 14, name, Anchor::end);
    const double from = std::min(all[i].low_kg, total), to = std::max(all[i].low_kg, total);
    picture.bar(x.at(from), y + 3, x.at(to) - x.at(from), kBarHigh, Ink::first, 0.85);
    const double begin = std::min(all[i].high_kg, total), end = std::max(all[i].high_kg, total);
    picture.bar(x.at(begin), y + 3, x.at(end) - x.at(begin), kBarHigh, Ink::second, 0.85);
    picture.words(kPictureWidth - 4, y + 14, number_text("%.1f %%", all[i].percent), Anchor::end);
  }
  picture.line(x.at(total), 16, x.at(total), bottom, Ink::text, 1.2);
  return picture.text();
}

std::string total_svg(const Assessment& a) {
  return distribution(a.simulation.total_shape, 1, a.simulation.total_kg.quantiles, "Distribution of the total", "total, kg CO\u2082-eq");
}

std::string battery_life_svg(const Assessment& a) {
  if (!a.scenario.battery) return "";
  const Histogram& shape = a.simulation.battery_life_shape;
  const bool years = shape.high >= kSecondsPerYear;
  return distribution(shape, 1 / (years ? kSecondsPerYear : 86400), a.simulation.battery_life_s.quantiles, "Distribution of the life of a battery",
                      years ? "life of one battery, years" : "life of one battery, days");
}

}  // namespace jr::cli
