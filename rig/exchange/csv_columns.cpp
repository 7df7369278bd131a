// A header's words become roles and units; a table of programs knows whose header it is.
// Never guesses a unit silently: a column without one is SI, and a remark says so.
#include "rig/exchange/csv_columns.hpp"

#include <algorithm>
#include <cctype>
#include <span>

#include "rig/core/nearest.hpp"

namespace jr::csv {
namespace {

constexpr std::size_t kMostFields = 4096, kMostPreface = 1 << 20;

/// A program whose export is known by words of its header (public sources of each: FORMATS.md).
struct Program {
  const char* name;
  const char* instrument;
  std::vector<std::string_view> words;  ///< every one is part of the header, in lower case
  bool power_first;                     ///< its power column says more than current and voltage
  const char* remark;
};

const std::vector<Program>& programs() {
  static const std::vector<Program> known{
      {"JouleRig", "", {"time_s", "_a"}, false, ""},
      {"nRF Power Profiler", "ppk2", {"timestamp(ms)", "current(ua)"}, false,
       "The app leaves rows without a value out: they were found as gaps by their time."},
      {"nRF Power Profiler", "ppk2", {"current(ua)", "d0"}, false, ""},
      {"Joulescope UI statistics", "", {"current", "voltage", "power", "charge", "energy"}, true,
       "Each row is a mean over its interval; the energy is that of the mean power."},
      {"Joulescope UI waveform", "", {"time,", ".current"}, true,
       "The Joulescope UI exports what it displays: reduced means, other signals interpolated to the first."},
      {"Joulescope UI waveform", "", {"time,", ".power"}, true,
       "The Joulescope UI exports what it displays: reduced means, other signals interpolated to the first."},
      {"PowerSensor3", "powersensor3", {"marker", "dt_micro", "device_timestamp"}, true,
       "The time is the host's, not the instrument's."},
      {"LPM01A-lib", "lpm01a", {"current (ua)", "rx timestamp (us)"}, false,
       "The time is that of reception; the board's own has steps of 1 s."},
      {"Otii", "otii", {"timestamp (s)", "main current (a)"}, false, ""},
      {"CurrentRanger", "currentranger", {"timestamp", "amps"}, false, ""},
  };
  return known;
}

struct Role {
  const char* name;
  char base;                            ///< letter of its unit; 0: none
  std::vector<std::string_view> words;  ///< names of such a column, in lower case, without the unit; best first
};

const std::vector<Role>& roles() {
  static const std::vector<Role> known{
      {"time", 's', {"timestamp", "time", "rx timestamp", "t"}},
      {"current", 'A', {"current", "main current", "amps", "i", "current0"}},
      {"voltage", 'V', {"voltage", "main voltage", "volts", "v", "u", "voltage0"}},
      {"power", 'W', {"power_total", "power", "main power", "p"}},
      {"energy", 'J', {}},  // most programs mean a running sum; only a person can say that theirs is a sample's
      {"lines", 0, {"d0-d7"}},
      {"d0", 0, {"d0"}}, {"d1", 0, {"d1"}}, {"d2", 0, {"d2"}}, {"d3", 0, {"d3"}},
      {"d4", 0, {"d4"}}, {"d5", 0, {"d5"}}, {"d6", 0, {"d6"}}, {"d7", 0, {"d7"}},
  };
  return known;
}

std::string lower(std::string_view text) {
  std::string result(text);
  for (char& c : result) c = static_cast<char>(std::tolower(static_cast<unsigned char>(c)));
  return result;
}

/// 1e-6 of "uA" for a role in ampere; nothing when it is no such unit.
std::optional<double> scale_of(std::string_view unit, char base) {
  std::string letters(unit);
  for (const std::string_view mu : {"\xC2\xB5", "\xCE\xBC", "\xB5"})
    if (letters.starts_with(mu)) letters.replace(0, mu.size(), "u");
  if (base == 's' && (letters == "sec" || letters == "seconds")) letters = "s";
  if (letters.empty() || letters.size() > 2 || (letters.back() | 0x20) != (base | 0x20)) return std::nullopt;
  if (letters.size() == 1) return 1.0;
  switch (letters.front()) {
    case 'k': return 1e3;
    case 'm': return 1e-3;
    case 'u': return 1e-6;
    case 'n': return 1e-9;
    case 'p': return 1e-12;
    default: return std::nullopt;
  }
}

/// A header's word as name and unit: "Main Current (A)", "Current[uA]", "voltage_v", "JS220-1.current".
struct Heading {
  std::string name, unit;  ///< name in lower case
};

Heading heading_of(std::string_view word) {
  const std::size_t open = word.find_last_of("([");
  if (open != std::string_view::npos && open > 0 && (word.back() == ')' || word.back() == ']'))
    return {lower(trimmed(word.substr(0, open))), std::string(trimmed(word.substr(open + 1, word.size() - open - 2)))};
  const std::size_t low = word.rfind('_');
  if (low != std::string_view::npos && low > 0)
    for (const char base : {'s', 'A', 'V', 'W', 'J'})
      if (const std::string_view unit = word.substr(low + 1); scale_of(unit, base))
        return {lower(word.substr(0, low)), std::string(unit)};
  const std::size_t dot = word.rfind('.');
  return {lower(dot == std::string_view::npos ? word : word.substr(dot + 1)), ""};
}

/// The words above the columns, and where the rows begin.
struct Opening {
  std::vector<std::string> header;  ///< empty: there is none
  std::string line;                 ///< as it stands, in lower case
  std::size_t columns{}, body{};
  std::uint64_t lines_before{};
  std::optional<double> supply_V;
};

/// At least half of its fields are numbers.
bool is_row(const std::vector<std::string_view>& fields, Dialect dialect) {
  const auto numbers = std::count_if(fields.begin(), fields.end(), [&](std::string_view field) {
    return !field.empty() && number_in(field, dialect.decimal);
  });
  return numbers > 0 && 2 * static_cast<std::size_t>(numbers) >= fields.size();
}

/// "# supply_V: 3.3", as our own export writes it.
void look_for_supply(std::string_view comment, Opening& opening) {
  constexpr std::string_view kKey = "supply_V:";
  if (comment.starts_with(kKey))
    if (const auto value = number_in(trimmed(comment.substr(kKey.size())), '.'); value && *value > 0) opening.supply_V = value;
}

Result<Opening> opening_of(std::string_view text, Dialect dialect, const std::string& file) {
  Opening opening;
  std::vector<std::string> candidates;
  std::vector<std::string_view> fields;
  Lines lines(text);
  std::size_t at = 0;
  for (std::string_view line; at < kMostPreface && lines.next(line); at = text.size() - lines.rest().size()) {
    if (is_comment(line)) line = trimmed(line.substr(1));
    else {
      split(line, dialect, kMostFields, fields);
      if (is_row(fields, dialect)) {
        opening.columns = fields.size();
        opening.body = at;
        opening.lines_before = lines.number() - 1;
        break;
      }
    }
    look_for_supply(line, opening);
    if (!trimmed(line).empty()) candidates.emplace_back(line);
  }
  if (opening.columns == 0) return fail(Trouble::malformed, file + " holds no row of numbers in columns: it is no CSV trace.");
  for (auto line = candidates.rbegin(); line != candidates.rend() && opening.header.empty(); ++line) {
    split(*line, dialect, kMostFields, fields);
    if (fields.size() != opening.columns) continue;
    opening.header.assign(fields.begin(), fields.end());
    opening.line = lower(*line);
  }
  return opening;
}

std::string listed(const std::vector<std::string>& words) {
  std::string list;
  for (const std::string& word : words) list += (list.empty() ? "'" : ", '") + word + "'";
  return list;
}

/// "#2" as an index; nothing when the text is no such number.
std::optional<std::size_t> numbered(std::string_view text) {
  if (text.size() < 2 || text.front() != '#') return std::nullopt;
  std::size_t number = 0;
  for (const char c : text.substr(1)) {
    if (c < '0' || c > '9' || number > kMostFields) return std::nullopt;
    number = 10 * number + static_cast<std::size_t>(c - '0');
  }
  return number >= 1 ? std::optional(number - 1) : std::nullopt;
}

std::optional<std::size_t> find_column(const Opening& opening, std::string_view name) {
  if (const auto index = numbered(name); index && *index < opening.columns) return index;
  for (std::size_t i = 0; i < opening.header.size(); ++i)
    if (opening.header[i] == name) return i;
  for (std::size_t i = 0; i < opening.header.size(); ++i)
    if (lower(opening.header[i]) == lower(name)) return i;
  return std::nullopt;
}

/// The column that a person named for a role, "NAME", "#2" or either with ":UNIT".
Result<Column> chosen(const Opening& opening, const Role& role, const std::string& said, const std::string& file) {
  std::string name = said, unit;
  auto index = find_column(opening, name);
  if (const std::size_t colon = said.rfind(':'); !index && colon != std::string::npos) {
    name = said.substr(0, colon), unit = said.substr(colon + 1);
    index = find_column(opening, name);
  }
  if (!index) {
    const auto close = nearest(name, opening.header);
    return fail(Trouble::usage, file + " has no column '" + name + "'" + (close ? "; did you mean '" + *close + "'?" : ".") +
                                    (opening.header.empty() ? " It has no header: #1 to #" + std::to_string(opening.columns) + " are there."
                                                            : " There is: " + listed(opening.header) + "."));
  }
  Column column{*index, 1, opening.header.empty() ? "#" + std::to_string(*index + 1) : opening.header[*index]};
  if (unit.empty() && !opening.header.empty()) {
    const Heading heading = heading_of(opening.header[*index]);
    if (const auto scale = scale_of(heading.unit, role.base)) column.scale = *scale;
  } else if (!unit.empty()) {
    const auto scale = scale_of(unit, role.base);
    if (!scale) return fail(Trouble::usage, "'" + unit + "' is no unit for " + role.name + ": write for example u" + std::string(1, role.base) + ".");
    column.scale = *scale;
  }
  return column;
}

/// The column whose heading is one of the role's words, the best word first. Programs that are known write SI where
/// they name no unit.
std::optional<Column> recognised(const Opening& opening, const Role& role, bool units_known, std::vector<std::string>& remarks) {
  for (const std::string_view word : role.words)
    for (std::size_t i = 0; i < opening.header.size(); ++i) {
      const Heading heading = heading_of(opening.header[i]);
      if (heading.name != word && lower(opening.header[i]) != word) continue;
      const auto scale = scale_of(heading.unit, role.base);
      if (role.base && !heading.unit.empty() && !scale) continue;
      if (role.base && heading.unit.empty() && role.base != 's' && word.size() <= 2) continue;  // too short to believe
      if (role.base && heading.unit.empty() && !units_known)
        remarks.push_back("The column '" + opening.header[i] + "' names no unit; it was taken in " + std::string(1, role.base) + ".");
      return Column{i, scale.value_or(1), opening.header[i]};
    }
  return std::nullopt;
}

const Program* program_of(const Opening& opening) {
  for (const Program& program : programs())
    if (!opening.header.empty() && std::all_of(program.words.begin(), program.words.end(), [&](std::string_view word) {
          return opening.line.find(word) != std::string::npos;
        }))
      return &program;
  return nullptr;
}

std::optional<Column>& place_of(Layout& layout, std::string_view role) {
  if (role == "time") return layout.time;
  if (role == "current") return layout.current;
  if (role == "voltage") return layout.voltage;
  if (role == "power") return layout.power;
  if (role == "energy") return layout.energy;
  if (role == "lines") return layout.word;
  return layout.lines[static_cast<std::size_t>(role[1] - '0')];
}

/// pyjoulescope's recordings have no header: time, current and voltage in SI (joulescope/data_recorder's save_csv).
void guess_headerless(Layout& layout, const Opening& opening) {
  if (!opening.header.empty() || opening.columns != 3) return;
  layout.time = Column{0, 1, "#1"}, layout.current = Column{1, 1, "#2"}, layout.voltage = Column{2, 1, "#3"};
  layout.program = "pyjoulescope";
  layout.remarks.push_back("There is no header: the three columns were taken for time, current and voltage in SI units, as pyjoulescope writes "
                           "them, with few digits.");
}

Result<void> check_roles(const ImportOptions& options) {
  std::vector<std::string> known;
  for (const Role& role : roles()) known.emplace_back(role.name);
  for (const auto& [role, column] : options.columns)
    if (std::find(known.begin(), known.end(), role) == known.end()) {
      const auto close = nearest(role, known);
      return fail(Trouble::usage, "A column cannot be '" + role + "'" + (close ? "; did you mean '" + *close + "'?" : ".") +
                                      " It can be time, current, voltage, power, energy, lines or d0 to d7.");
    }
  return {};
}

/// One of current, power, energy decides what the trace is; what a person named goes before what was found.
void settle(Layout& layout, const ImportOptions& options, bool power_first) {
  const auto said = [&](const char* role) { return options.columns.contains(role); };
  const auto keep = [&](bool current, bool power, bool energy) {
    if (!current) layout.current.reset(), layout.voltage.reset();
    if (!power) layout.power.reset();
    if (!energy) layout.energy.reset();
  };
  if (said("energy")) return keep(false, false, true);
  if (said("power") && !said("current")) return keep(false, true, false);
  if (layout.power && !said("current") && (power_first || !layout.current)) return keep(false, true, false);
  keep(layout.current.has_value(), !layout.current && layout.power, false);
}

void count_fields(Layout& layout) {
  const auto reach = [&](const std::optional<Column>& column) {
    if (column) layout.fields = std::max(layout.fields, column->index + 1);
  };
  for (const auto* column : {&layout.time, &layout.current, &layout.voltage, &layout.power, &layout.energy, &layout.word}) reach(*column);
  for (const auto& column : layout.lines) reach(column);
}

}  // namespace

bool Layout::has_lines() const {
  return word || std::any_of(lines.begin(), lines.end(), [](const auto& line) { return line.has_value(); });
}

std::vector<Quantity> Layout::quantities() const {
  if (current && voltage) return {Quantity::current_A, Quantity::voltage_V};
  if (current) return {Quantity::current_A};
  return {power ? Quantity::power_W : Quantity::energy_J};
}

std::vector<Column> Layout::measured() const {
  if (current && voltage) return {*current, *voltage};
  return {current ? *current : power ? *power : *energy};
}

Result<Layout> layout_of(std::string_view text, const std::string& file, const ImportOptions& options) {
  if (auto known = check_roles(options); !known) return Failure(known.error());
  Layout layout;
  layout.dialect = sniff(text);
  const auto opening = opening_of(text, layout.dialect, file);
  if (!opening) return Failure(opening.error());
  layout.body = opening->body;
  layout.lines_before = opening->lines_before;
  layout.supply_V = opening->supply_V;
  const Program* program = program_of(*opening);
  if (program) {
    layout.program = program->name, layout.instrument = program->instrument;
    if (*program->remark) layout.remarks.emplace_back(program->remark);
  }
  if (options.columns.empty()) guess_headerless(layout, *opening);
  for (const Role& role : roles()) {
    auto& place = place_of(layout, role.name);
    if (const auto said = options.columns.find(role.name); said != options.columns.end()) {
      auto column = chosen(*opening, role, said->second, file);
      if (!column) return Failure(column.error());
      place = std::move(*column);
    } else if (auto found = recognised(*opening, role, program != nullptr, layout.remarks)) {
      place = std::move(*found);
    }
  }
  settle(layout, options, program && program->power_first);
  if (!layout.current && !layout.power && !layout.energy)
    return fail(Trouble::usage, "Which column of " + file + " is the current? Say so with --column current=NAME:uA" +
                                    (opening->header.empty() ? std::string(" (it has no header: #1 to #") + std::to_string(opening->columns) + ")."
                                                             : "; there is: " + listed(opening->header) + "."));
  if (layout.word) layout.lines = {};
  count_fields(layout);
  return layout;
}

}  // namespace jr::csv
