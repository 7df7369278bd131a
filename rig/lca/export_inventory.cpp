// Physical amounts of one device over its life.
// Takes a level's amounts as they are listed; multiplies only what a life takes several of, and says so in `pieces`.
#include <algorithm>

#include "rig/lca/export_tables.hpp"
#include "rig/lca/unit.hpp"

namespace jr::lca {
namespace {

struct Line {
  std::string block, level, item, unit;
  double amount{};
  std::string low, high, pieces{"1"};
  Citation citation;
  std::string remark{};
};

double chosen(const Amount& amount, const std::string& figure) { return figure == "low" ? amount.low : figure == "high" ? amount.high : amount.typical; }

/// Cells that go with every battery: what is replaced is a cell, not the parts around it.
bool is_cell(const Amount& amount) { return amount.what.find("cell") != std::string::npos; }

const Amount* amount_of(const Block& block, const std::string& what) {
  const auto found = std::find_if(block.amounts.begin(), block.amounts.end(), [&](const Amount& a) { return a.what == what; });
  return found == block.amounts.end() ? nullptr : &*found;
}

class Inventory {
 public:
  Inventory(const ExportSubject& subject, std::string& text) : a_(subject.assessment), s_(a_.scenario), text_(text) {}

  void write() {
    for (const Block& block : s_.blocks) add_block(block);
    add_battery();
    const double grid_kWh = a_.life_cycle.figures.grid_J / kJoulesPerKWh;
    line({"use", "", "electricity out of the socket, over the life", "kWh", grid_kWh, "", "", "1", s_.grid.intensity.citation,
          "taken in " + (s_.grid.place.empty() ? std::string("a place that is not stated") : s_.grid.place) + "; the source is the grid figure's"});
    only_kilograms("training", s_.training.impact, s_.training.shared ? 1 / s_.training.devices : 1);
    only_kilograms("end_of_life", s_.end_of_life, 1);
  }

 private:
  void line(const Line& l) {
    text_ += csv_row({a_.run ? a_.run->run : "", s_.name, l.block, l.level, l.item, csv_number(l.amount), l.unit, l.low, l.high, l.pieces, l.citation.id,
                      l.citation.text, l.citation.licence, warning_of(a_) + l.remark});
  }

  void only_kilograms(const std::string& block, const Input& impact, double factor) {
    if (impact.value != 0) line({block, "", "no physical amount is known", "kg CO2-eq", factor * impact.value, "", "", "1", impact.citation, "kilograms only"});
  }

  void add_block(const Block& block) {
    const std::string key = key_of(block.row), level = "HSL-" + std::to_string(block.level) + " " + block.chosen;
    if (block.amounts.empty()) {
      if (block.impact.value != 0)
        line({key, level, block.description.empty() ? "no physical amount is known" : block.description, "kg CO2-eq", block.impact.value, "", "", "1",
              block.impact.citation, "kilograms only"});
      return;
    }
    const bool replaced = block.holds_battery && s_.battery;
    for (const Amount& amount : block.amounts)
      line({key, level, amount.what, amount.unit, chosen(amount, block.chosen), csv_number(amount.low), csv_number(amount.high),
            replaced && is_cell(amount) ? csv_number(a_.life_cycle.figures.battery.count) : "1", amount.citation,
            replaced && is_cell(amount) ? "an amount for each battery, as many as pieces says" : ""});
    if (block.row == Row::transport) add_haul(block, level);
  }

  /// Databases count transport in tonne-kilometres.
  void add_haul(const Block& block, const std::string& level) {
    const Amount* mass = amount_of(block, "mass");
    if (!mass || mass->unit != "g") return;
    for (const char* by : {"truck", "plane"})
      if (const Amount* way = amount_of(block, by); way && way->unit == "km")
        line({"transport", level, std::string("transport by ") + by, "t km", 1e-6 * chosen(*mass, block.chosen) * chosen(*way, block.chosen),
              csv_number(1e-6 * mass->low * way->low), csv_number(1e-6 * mass->high * way->high), "1", way->citation, "mass times distance: in place of the lines above"});
  }

  void add_battery() {
    if (!s_.battery) return;
    const Battery& battery = *s_.battery;
    line({"battery", "", "battery pack, " + battery.chemistry.name, "Wh", battery.capacity.value * battery.chemistry.nominal_V.value / 3600, "", "",
          csv_number(a_.life_cycle.figures.battery.count), battery.capacity.citation,
          std::string("capacity times nominal voltage; counted as ") + name_of(battery.counting) + " numbers; the same cells as in power_supply, if it lists some"});
  }

  const Assessment& a_;
  const Scenario& s_;
  std::string& text_;
};

}  // namespace

std::string inventory_csv(std::span<const ExportSubject> subjects) {
  std::string text = csv_row({"run", "scenario", "block", "level", "item", "amount", "unit", "low", "high", "pieces", "source", "source_text", "licence", "remark"});
  for (const ExportSubject& subject : subjects) Inventory(subject, text).write();
  return text;
}

}  // namespace jr::lca
