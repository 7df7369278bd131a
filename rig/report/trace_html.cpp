// The page is whole without its script: the script only replaces the still picture by one that can be moved.
#include "rig/report/trace_html.hpp"

#include <algorithm>
#include <nlohmann/json.hpp>

#include "rig/report/canvas.hpp"
#include "rig/report/trace_assets.hpp"
#include "rig/report/trace_layers.hpp"

namespace jr {
namespace {

using json = nlohmann::ordered_json;

constexpr std::size_t kMostGaps = 20'000, kMostWindows = 4'000, kMostRows = 1'000;

/// [ordinal, length], neighbours joined until there are few enough.
json gaps_of(const std::vector<Gap>& gaps) {
  const std::size_t together = gaps.size() / kMostGaps + 1;
  json list = json::array();
  for (std::size_t k = 0; k < gaps.size(); k += together) {
    std::uint64_t length = 0;
    for (std::size_t i = k; i < std::min(k + together, gaps.size()); ++i) length += gaps[i].length;
    list.push_back({gaps[k].ordinal, length});
  }
  return list;
}

/// The windows that the page knows: all of them, or the marked ones, or the first of these.
std::vector<const PageWindow*> windows_kept(const TracePage& page) {
  std::vector<const PageWindow*> kept;
  const bool all = page.windows.size() <= kMostWindows;
  for (const PageWindow& window : page.windows)
    if ((all || window.marked) && kept.size() < kMostWindows) kept.push_back(&window);
  return kept;
}

/// The rest of the page's text must not be able to end the element that it stands in.
std::string embedded(const json& value) {
  std::string text = value.dump(-1, ' ', false, json::error_handler_t::replace), safe;
  for (const char c : text)
    if (c == '<') safe += "\\u003c";
    else safe += c;
  return safe;
}

std::string data_of(const TracePage& page, const std::vector<const PageWindow*>& windows) {
  json list = json::array();
  for (const PageWindow* w : windows)
    list.push_back({{"label", w->label}, {"first", w->first}, {"end", w->end}, {"marked", w->marked}, {"valid", w->valid}});
  const json head{{"run", page.run}, {"stream", page.stream}, {"channel", page.channel}, {"unit", page.unit},
                  {"period_s", page.period_s}, {"samples", page.samples}, {"from_s", page.start_s}, {"to_s", page.end_s}, {"basis", page.basis},
                  {"supply_V", page.supply_V ? json(*page.supply_V) : json()}, {"lead_ohm", page.lead_ohm}, {"calibration", page.calibration}, {"gaps", gaps_of(page.gaps)}, {"windows", list}};
  std::string text = embedded(head);
  text.pop_back();
  text += ",\"layers\":[";
  for (std::size_t k = 0; k < page.layers.size(); ++k) text += (k ? "," : "") + layer_json(page.layers[k]);
  return text + "]}";
}

std::string head_of(const TracePage& page) {
  std::string html = "<!doctype html>\n<html lang=\"en\"><head><meta charset=\"utf-8\">\n"
                     "<meta name=\"viewport\" content=\"width=device-width,initial-scale=1\">\n"
                     "<meta name=\"color-scheme\" content=\"light dark\">\n"
                     "<meta http-equiv=\"Content-Security-Policy\" content=\"default-src 'none'; script-src 'unsafe-inline'; "
                     "style-src 'unsafe-inline'; img-src data:\">\n";
  html += element("title", page.run + ": energy and trace") + "<style>\n" + kTraceStyle + "</style></head>\n<body>\n";
  html += "<header><div class=\"head\">" + element("h1", page.run) + element("span", page.verdict, "class=\"verdict\"") + "</div>\n";
  html += element("p", page.headline, "class=\"number\"");
  for (const std::string& flag : page.flags) html += element("p", flag, "class=\"flag\"");
  return html + "</header>\n";
}

std::string tools_of(const TracePage& page) {
  return std::string("<div class=\"tools\"><button id=\"whole\">whole trace</button><button id=\"in\">+</button>"
                     "<button id=\"out\">\u2212</button><button id=\"between\">between cursors</button>"
                     "<label><input type=\"checkbox\" id=\"log\"") + (page.logarithmic ? " checked" : "") +
         "> logarithmic</label><label><input type=\"checkbox\" id=\"zero\"" + (page.unit == "V" ? "" : " checked") +
         "> from zero</label><span class=\"soft\" id=\"view\"></span></div>\n";
}

std::string readout() {
  std::string html = "<div class=\"cursors\" aria-live=\"polite\">";
  for (const auto& [id, label] : {std::pair{"cursor-a", "cursor A"}, {"cursor-b", "cursor B"}, {"delta", "between them"},
                                  {"mean", "mean"}, {"range", "minimum to maximum"}, {"charge", "charge"}, {"energy", "energy, approximate"}})
    html += std::string("<div><span>") + label + "</span><b id=\"" + id + "\">\u2013</b></div>";
  return html + "</div>\n<p class=\"soft\" id=\"caveat\"></p>\n";
}

std::string plot_of(const TracePage& page) {
  std::string html = "<section>\n" + element("h2", "Trace");
  html += "<figure class=\"still\">" + page.still_svg + "</figure>\n<div class=\"app\">\n" + tools_of(page) +
          "<canvas id=\"plot\" tabindex=\"0\" role=\"img\" aria-label=\"" + markup("Current of " + page.run + " over time; the numbers are in the table below") +
          "\"></canvas>\n<canvas id=\"overview\"></canvas>\n" + readout() +
          "<p class=\"soft keys\">Wheel or pinch to zoom, drag to move, click to set a cursor, shift-drag to span both. Keys, once the plot has the "
          "focus: arrows, + and \u2212, 0 whole, n and p next and previous window, a and b cursors, l logarithmic, z from zero, Esc no cursors.</p>\n"
          "<p class=\"soft\">This view as a file: <code id=\"command\"></code></p>\n</div>\n";
  html += element("p", page.basis + " Between the cursors nothing has an uncertainty and the supply is taken as constant; "
                                    "the energies of the windows, with their uncertainty, are in the table.", "class=\"soft\"");
  return html + "</section>\n";
}

std::string table_of(const TracePage& page, const std::vector<const PageWindow*>& windows) {
  std::string rows;
  std::size_t shown = 0, wanted = 0;
  for (std::size_t k = 0; k < windows.size(); ++k) {
    const PageWindow& w = *windows[k];
    if (w.cells.empty() || ++wanted > kMostRows) continue;
    ++shown;
    rows += std::string("<tr") + (w.valid ? "" : " class=\"out\"") + "><td><button data-window=\"" + std::to_string(k) + "\">" + markup(w.label) + "</button></td>";
    for (const std::string& cell : w.cells) rows += "<td>" + markup(cell) + "</td>";
    rows += "</tr>\n";
  }
  if (shown == 0) return "";
  std::string html = "<section>\n" + element("h2", "Windows") + "<div class=\"wide\"><table><thead><tr><th>window</th>";
  for (const std::string& column : page.window_columns) html += "<th>" + markup(column) + "</th>";
  html += "</tr></thead><tbody>\n" + rows + "</tbody></table></div>\n";
  if (wanted > shown) html += element("p", "The first " + std::to_string(shown) + " of " + std::to_string(wanted) + ".", "class=\"soft\"");
  return html + "</section>\n";
}

std::string rest_of(const TracePage& page) {
  std::string html;
  if (!page.budget_svg.empty())
    html += "<section>\n" + element("h2", "Budget of uncertainty") + "<figure>" + page.budget_svg + "</figure></section>\n";
  html += "<section>\n" + element("h2", "What this rests on") + "<dl>\n";
  for (const auto& [label, text] : page.facts) html += element("dt", label) + element("dd", text);
  html += "</dl>\n";
  for (const std::string& remark : page.remarks) html += element("p", remark, "class=\"flag\"");
  if (page.gaps.size() > kMostGaps)
    html += element("p", "The " + std::to_string(page.gaps.size()) + " gaps are too many for a page: neighbours are drawn as one.", "class=\"flag\"");
  return html + "</section>\n" + element("footer", page.footer);
}

}  // namespace

std::string trace_html(const TracePage& page) {
  const std::vector<const PageWindow*> windows = windows_kept(page);
  std::string html = head_of(page) + "<main>\n" + plot_of(page) + table_of(page, windows) + rest_of(page) + "</main>\n";
  html += "<script type=\"application/json\" id=\"trace\">" + data_of(page, windows) + "</script>\n";
  return html + "<script>\n" + kTraceData + "</script>\n<script>\n" + kTracePage + "</script>\n</body></html>\n";
}

}  // namespace jr
