// [reference]: model, serial, certificate, ranges, and how its currents are set.
// Never fills in a doubt or a certificate that the file leaves out.
#include <cmath>
#include <regex>

#include "rig/run/config.hpp"
#include "rig/run/reference.hpp"

namespace jr {
namespace {

const std::vector<std::string> kReferenceKeys = {
    "kind",      "model",        "serial",     "certificate", "issuer",       "date",    "ranges",
    "highest_A", "u_gain",       "u_offset_A", "u_repeat_A",  "distribution", "ohm",     "u_ohm",
    "command",   "open_command", "table",      "supply_V",    "u_supply_V",   "u_open_A"};

/// What leaks through an open circuit when the file does not say better.
constexpr double kAssumedLeak_A = 1e-10;

Distribution distribution_in(const Config& file) {
  const std::string name = file.text("reference", "distribution", "normal");
  for (const auto known : {Distribution::normal, Distribution::rectangular,
                           Distribution::triangular, Distribution::arcsine})
    if (name == name_of(known)) return known;
  throw ConfigError{file.file().string() + ": [reference] distribution = \"" + name +
                    "\" is unknown (normal, rectangular, triangular, arcsine)."};
}

std::vector<double> doubts(const Config& file, const std::string& key, std::size_t count) {
  std::vector<double> list = file.numbers("reference", key);
  require(list.size() == count, file,
          "[reference] " + key + " must hold one number for each of its " + std::to_string(count) +
              " " + (key == "u_ohm" ? "resistors." : "ranges."));
  for (const double one : list)
    require(std::isfinite(one) && one >= 0, file,
            "[reference] " + key + " holds standard uncertainties of at least 0.");
  return list;
}

void read_identity(const Config& file, Reference& identity) {
  identity.model = file.text("reference", "model");
  identity.serial = file.text("reference", "serial");
  identity.certificate = file.text("reference", "certificate", "");
  identity.issuer = file.text("reference", "issuer", "");
  identity.date = file.text("reference", "date", "");
  require(!identity.certificate.empty(), file,
          "[reference] has no certificate: without one its readings lead to nothing; give the "
          "certificate's number.");
  require(std::regex_match(identity.date, std::regex("\\d{4}-\\d{2}-\\d{2}")), file,
          "[reference] needs the certificate's date, for example date = \"2026-03-14\".");
}

void read_ranges(const Config& file, ReferenceFile& reference) {
  const auto names = file.texts("reference", "ranges");
  const auto highest_A = file.numbers("reference", "highest_A");
  require(!names.empty() && highest_A.size() == names.size(), file,
          "[reference] needs ranges, and in highest_A how far each of them reaches.");
  const auto u_gain = doubts(file, "u_gain", names.size());
  const auto u_offset_A = doubts(file, "u_offset_A", names.size());
  for (std::size_t i = 0; i < names.size(); ++i) {
    require(std::isfinite(highest_A[i]) && highest_A[i] > (i ? highest_A[i - 1] : 0.0), file,
            "[reference] highest_A must ascend from above 0.");
    require(names[i] != kOpenRange, file,
            "[reference] a range cannot be called \"open\": that is the open circuit.");
    reference.identity.ranges.push_back(
        {names[i], highest_A[i], u_gain[i], u_offset_A[i], distribution_in(file)});
  }
  if (reference.kind == "hand" || reference.kind == "table")
    reference.u_repeat_A = doubts(file, "u_repeat_A", names.size());
}

/// A resistor board is one range: its voltage is common to all currents. What each resistor adds
/// stands with the reading of its own current.
void read_resistors(const Config& file, ReferenceFile& reference) {
  reference.ohm = file.numbers("reference", "ohm");
  require(!reference.ohm.empty(), file,
          "[reference] of kind \"resistors\" needs ohm, a list of resistances.");
  reference.u_ohm = doubts(file, "u_ohm", reference.ohm.size());
  reference.supply_V = file.number("reference", "supply_V");
  reference.u_supply_V = file.number("reference", "u_supply_V");
  require(std::isfinite(reference.supply_V) && reference.supply_V > 0 && reference.u_supply_V > 0,
          file,
          "[reference] supply_V and u_supply_V are the voltage measured across the resistors and "
          "its standard "
          "uncertainty, both above 0.");
  reference.open_command = file.texts("reference", "open_command");
  require(!reference.command.empty() && !reference.open_command.empty(), file,
          "[reference] of kind \"resistors\" needs command (with {channel}) and open_command.");
  double highest_A = 0;
  for (const double ohm : reference.ohm) {
    require(std::isfinite(ohm) && ohm > 0, file, "[reference] ohm holds resistances above 0.");
    highest_A = std::max(highest_A, reference.supply_V / ohm);
  }
  reference.identity.ranges = {
      {"V/R", highest_A, reference.u_supply_V / reference.supply_V, 0, distribution_in(file)}};
}

Result<ReferenceFile> read_reference(const Config& file) {
  ReferenceFile reference;
  reference.kind = file.text("reference", "kind");
  require(reference.kind == "hand" || reference.kind == "table" || reference.kind == "resistors" ||
              reference.kind == "virtual",
          file,
          "[reference] kind must be \"hand\", \"table\", \"resistors\" or \"virtual\", not \"" +
              reference.kind + "\".");
  read_identity(file, reference.identity);
  reference.command = file.texts("reference", "command");
  reference.kind == "resistors" ? read_resistors(file, reference) : read_ranges(file, reference);
  if (reference.kind == "table") {
    reference.table = file.text("reference", "table");
    if (reference.table.is_relative())
      reference.table = file.file().parent_path() / reference.table;
  }
  const double leak_A = file.number("reference", "u_open_A", kAssumedLeak_A);
  require(std::isfinite(leak_A) && leak_A > 0, file, "[reference] u_open_A must be above 0.");
  reference.identity.ranges.push_back({kOpenRange, 0, 0, leak_A, Distribution::normal});
  return reference;
}

}  // namespace

double ReferenceFile::highest_A() const {
  double highest_A = 0;
  for (const ReferenceRange& range : identity.ranges)
    highest_A = std::max(highest_A, range.highest_A);
  return highest_A;
}

Result<ReferenceFile> load_reference(const std::filesystem::path& path) {
  static const ConfigGrammar kGrammar = {{"reference", kReferenceKeys},
                                         {"bench", {"*"}},
                                         {"board", {"*"}},
                                         {"monitor", {"*"}},
                                         {"link", {"*"}},
                                         {"flash", {"*"}},
                                         {"firmware", {"*"}},
                                         {"wiring", {"*"}},
                                         {"limits", {"*"}},
                                         {"ambient", {"*"}},
                                         {"health", {"*"}},
                                         {"world", {"*"}}};
  auto file = Config::load(path, kGrammar);
  if (!file) return Failure(file.error());
  if (!file->has("reference"))
    return fail(Trouble::usage,
                path.string() +
                    " has no [reference]: say what the currents are measured against "
                    "(fixtures/benches/scripted.toml shows how), or name a file with --reference.");
  return checked([&] { return read_reference(*file); });
}

const ReferenceRange* range_for(const Reference& reference, double current_A) {
  for (const ReferenceRange& range : reference.ranges)
    if (range.name != kOpenRange && current_A <= range.highest_A) return &range;
  return nullptr;
}

Result<std::unique_ptr<CurrentReference>> open_reference(const ReferenceFile& file,
                                                         const ReferenceSurroundings& with) {
  if (file.kind == "hand") return reference_by_hand(file, with);
  if (file.kind == "table") return reference_by_table(file, with);
  if (file.kind == "resistors") return reference_by_resistors(file);
  if (with.world) return virtual_reference(file, *with.world);
  return fail(
      Trouble::usage,
      "A virtual reference can only stand in for the board of a virtual bench: this one is real.");
}

}  // namespace jr
