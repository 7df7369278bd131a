// A person, or a table and a tool, sets the currents; what the reference read is typed in or looked
// up. Never takes the asked-for current for what flows.
#include <cmath>
#include <cstdio>
#include <fstream>
#include <istream>
#include <ostream>
#include <sstream>

#include "drivers/transport/child.hpp"
#include "rig/core/quantity.hpp"
#include "rig/run/reference.hpp"

namespace jr {
namespace {

constexpr auto kSettingLimit = std::chrono::seconds(30);

std::string precise_ampere(double current_A) {
  char text[40];
  std::snprintf(text, sizeof text, "%.6g A", current_A);
  return text;
}

std::string trimmed_line(const std::string& text) {
  const auto first = text.find_first_not_of(" \t\r"), last = text.find_last_not_of(" \t\r");
  return first == std::string::npos ? "" : text.substr(first, last - first + 1);
}

/// Asks on one stream and waits for a line on the other.
class Person {
 public:
  explicit Person(const ReferenceSurroundings& with) : with_(with) {}

  Result<std::string> answers(const std::string& question) const {
    if (!with_.answers || !with_.questions)
      return fail(Trouble::usage,
                  "This reference needs a person who answers, and nobody is there.");
    *with_.questions << question << std::flush;
    std::string line;
    const bool came = static_cast<bool>(std::getline(*with_.answers, line));
    if (with_.interrupted && *with_.interrupted) return fail(Trouble::interrupted, "Interrupted.");
    if (!came)
      return fail(
          Trouble::usage,
          "No more answers on standard input, and the reference's reading is needed: type it, "
          "or pipe one line a current.");
    return trimmed_line(line);
  }

 private:
  ReferenceSurroundings with_;
};

double u_repeat_of(const ReferenceFile& file, const std::string& range) {
  for (std::size_t i = 0; i < file.u_repeat_A.size(); ++i)
    if (file.identity.ranges[i].name == range) return file.u_repeat_A[i];
  return 0;
}

/// "1.2345 mA", and "1.2345m" too: a reading is in ampere whatever else.
Result<double> ampere_from(const std::string& typed) {
  const std::string text = trimmed_line(typed);
  auto whole = parse_quantity(text, "A");
  if (whole) return whole;
  const auto without_unit = parse_quantity(text + "A", "A");
  return without_unit ? without_unit : whole;
}

/// "1.2345m", "1.2345 mA" or, with the range behind a comma, "1.2345m, 10 mA".
Result<ReferenceReading> reading_from(const std::string& typed, const ReferenceFile& file) {
  const auto comma = typed.find(',');
  auto reading_A = ampere_from(typed.substr(0, comma));
  if (!reading_A) return Failure(reading_A.error());
  std::string range = comma == std::string::npos ? "" : trimmed_line(typed.substr(comma + 1));
  if (range.empty())
    if (const ReferenceRange* fits = range_for(file.identity, std::abs(*reading_A)))
      range = fits->name;
  for (const ReferenceRange& known : file.identity.ranges)
    if (known.name == range && range != kOpenRange)
      return ReferenceReading{{*reading_A}, u_repeat_of(file, range), range};
  return fail(Trouble::usage,
              range.empty()
                  ? "None of the reference's ranges reaches to " + precise_ampere(*reading_A) + "."
                  : "The reference has no range '" + range + "': [reference] ranges names them.");
}

class ByHand : public CurrentReference {
 public:
  ByHand(const ReferenceFile& file, const ReferenceSurroundings& with)
      : file_(file), person_(with), with_(with) {}

  const Reference& identity() const override { return file_.identity; }

  /// A slip of the finger is asked for again, three times in all.
  Result<ReferenceReading> apply(Ampere wanted) override {
    std::string before;
    for (int slips = 0;; ++slips) {
      auto typed =
          person_.answers(before + "Set about " + precise_ampere(wanted.value) +
                          ", wait until it is steady, and type what the reference reads: ");
      if (!typed) return Failure(typed.error());
      auto reading = reading_from(*typed, file_);
      if (reading || slips == 2) return reading;
      before = reading.error().message + " ";
    }
  }

  Result<ReferenceReading> open() override {
    if (auto done = person_.answers("Put the reference in the board's place on the monitor's "
                                    "output, leave the circuit open so that nothing "
                                    "flows, and press Enter: ");
        !done)
      return Failure(done.error());
    return ReferenceReading{{0}, 0, kOpenRange};
  }

 private:
  ReferenceFile file_;
  Person person_;
  ReferenceSurroundings with_;
};

struct TableRow {
  double nominal_A{};
  ReferenceReading reading;
};

Failure bad_row(const ReferenceFile& file, int line, const std::string& what) {
  return fail(Trouble::malformed,
              file.table.string() + ", line " + std::to_string(line) + ": " + what +
                  "; each line is nominal_A,reading_A,range, for example 0.001,0.00100023,1 mA.");
}

Result<std::vector<TableRow>> read_table(const ReferenceFile& file) {
  std::ifstream stream(file.table);
  if (!stream)
    return fail(Trouble::not_found, "Cannot read the reference's table " + file.table.string() +
                                        ": is [reference] table right?");
  std::vector<TableRow> rows;
  std::string line;
  for (int number = 1; std::getline(stream, line); ++number) {
    if (trimmed_line(line).empty() || line.starts_with("#") ||
        (number == 1 && line.starts_with("nominal")))
      continue;
    std::istringstream cells(line);
    std::string nominal, reading, range;
    std::getline(cells, nominal, ',');
    std::getline(cells, reading, ',');
    std::getline(cells, range);
    auto nominal_A = ampere_from(nominal);
    if (!nominal_A || !(*nominal_A > 0))
      return bad_row(file, number, "'" + nominal + "' is no current");
    auto read = reading_from(reading + "," + range, file);
    if (!read) return bad_row(file, number, read.error().message);
    if (!rows.empty() && *nominal_A <= rows.back().nominal_A)
      return bad_row(file, number, "the nominal currents must ascend");
    rows.push_back({*nominal_A, *read});
  }
  if (rows.empty()) return bad_row(file, 1, "the table is empty");
  return rows;
}

/// Fixed currents whose readings are known: a tool sets them, or a person who is told to.
class ByTable : public CurrentReference {
 public:
  ByTable(const ReferenceFile& file, const ReferenceSurroundings& with, std::vector<TableRow> rows)
      : file_(file), person_(with), rows_(std::move(rows)) {}

  const Reference& identity() const override { return file_.identity; }
  std::vector<double> currents_A() const override {
    std::vector<double> currents;
    for (const TableRow& row : rows_) currents.push_back(row.nominal_A);
    return currents;
  }

  Result<ReferenceReading> apply(Ampere wanted) override {
    const TableRow* nearest = &rows_.front();
    for (const TableRow& row : rows_)
      if (std::abs(row.nominal_A - wanted.value) < std::abs(nearest->nominal_A - wanted.value))
        nearest = &row;
    if (auto done = set(nearest->nominal_A); !done) return Failure(done.error());
    return nearest->reading;
  }

  Result<ReferenceReading> open() override {
    if (auto done = set(0); !done) return Failure(done.error());
    return ReferenceReading{{0}, 0, kOpenRange};
  }

 private:
  Result<void> set(double nominal_A) {
    if (file_.command.empty()) {
      auto done = person_.answers(nominal_A > 0 ? "Set " + precise_ampere(nominal_A) +
                                                      ", wait until it is steady, and press Enter: "
                                                : "Open the circuit and press Enter: ");
      return done ? Result<void>{} : Failure(done.error());
    }
    std::vector<std::string> argv = file_.command;
    char text[40];
    std::snprintf(text, sizeof text, "%.9g", nominal_A);
    for (std::string& word : argv)
      if (const auto at = word.find("{nominal_A}"); at != std::string::npos)
        word.replace(at, 11, text);
    auto done = run_child(argv, kSettingLimit);
    if (!done) return Failure(done.error());
    if (done->exit_code == 0) return {};
    return fail(Trouble::refused, "The reference's tool " + argv.front() + " could not set " +
                                      precise_ampere(nominal_A) + " (exit code " +
                                      std::to_string(done->exit_code) +
                                      "): run it by hand, and check [reference] command.");
  }

  ReferenceFile file_;
  Person person_;
  std::vector<TableRow> rows_;
};

}  // namespace

std::unique_ptr<CurrentReference> reference_by_hand(const ReferenceFile& file,
                                                    const ReferenceSurroundings& with) {
  return std::make_unique<ByHand>(file, with);
}

Result<std::unique_ptr<CurrentReference>> reference_by_table(const ReferenceFile& file,
                                                             const ReferenceSurroundings& with) {
  auto rows = read_table(file);
  if (!rows) return Failure(rows.error());
  return std::make_unique<ByTable>(file, with, std::move(*rows));
}

}  // namespace jr
