// Scenario files: section by section into a scenario. The grammar is in fixtures/scenarios/README.md.
// Never fills in a figure that the file leaves out; what may be left out is optional in the scenario, too.
#include "rig/lca/scenario_file.hpp"

#include <algorithm>
#include <cmath>
#include <limits>

#include "rig/core/nearest.hpp"
#include "rig/lca/scenario_sections.hpp"

namespace jr::lca {
namespace {

namespace fs = std::filesystem;

Result<fs::path> find_scenario(const std::string& name, const Folders& folders) {
  std::error_code ignored;
  if (name.find('/') != std::string::npos || name.ends_with(".toml")) {
    if (fs::is_regular_file(name, ignored)) return fs::path(name);
    return fail(Trouble::usage, "There is no file " + name + ".");
  }
  for (const fs::path& folder : folders)
    if (fs::is_regular_file(folder / (name + ".toml"), ignored)) return folder / (name + ".toml");
  // Last, so that a file that lies here by chance takes no shipped name.
  if (fs::is_regular_file(name + ".toml", ignored)) return fs::path(name + ".toml");
  const std::vector<std::string> known = scenario_names(folders);
  std::string list;
  for (const std::string& word : known) list += (list.empty() ? "" : ", ") + word;
  const auto close = nearest(name, known);
  return fail(Trouble::usage, "There is no scenario '" + name + "' (" + list + ")" + (close ? "; did you mean '" + *close + "'?" : "."));
}

void read_heading(Section& root, Scenario& s) {
  auto heading = root.section("scenario");
  if (!heading) root.refuse("scenario", "is missing: a scenario begins with a section [scenario].");
  s.title = heading->needed_text("title");
  s.functional_unit = heading->needed_text("functional_unit");
  s.boundary = heading->needed_text("boundary");
  s.method = heading->needed_text("method");
  const std::vector<double> years = heading->numbers("use_years");
  if (!years.empty() && (years.size() != 2 || years[0] > years[1])) heading->refuse("use_years", "needs the first and the last year of use.");
  for (const double year : years) s.use_years.push_back(static_cast<int>(year));
  s.notes = heading->texts("notes");
  heading->finish();
}

void read_life(Section& root, Scenario& s, const Overrides& overrides) {
  auto life = root.section("life");
  if (!life) root.refuse("life", "is missing: how long is the device used?");
  s.lifetime = life->needed_quantity("lifetime", "s", "lifetime");
  if (overrides.lifetime) s.lifetime = *overrides.lifetime;
  s.fleet = life->number("fleet");
  (void)life->text("source");
  life->finish();
}

void read_training(Section& root, Scenario& s) {
  auto training = root.section("training");
  if (!training) root.refuse("training", "is missing: give its impact (0 with a source if it is left out).");
  s.training.impact = training->needed_quantity("impact", "kg", "ML training");
  const auto devices = training->number("devices");
  s.training.shared = devices.has_value();
  s.training.devices = devices.value_or(1);
  (void)training->text("source");
  training->finish();
}

void read_corrections(Section& root, Scenario& s) {
  if (auto section = root.section("end_of_life")) {
    s.end_of_life = section->needed_quantity("impact", "kg", "end of life");
    (void)section->text("source");
    section->finish();
  } else {
    root.refuse("end_of_life", "is missing: give its impact (0 with a source if it is left out).");
  }
  if (auto section = root.section("truncation")) {
    Truncation truncation{section->needed_quantity("factor", "1", "truncation factor"), {}};
    for (const std::string& key : section->texts("rows")) {
      const auto row = row_named(key);
      const auto close = nearest(key, row_keys());
      if (!row) section->refuse("rows", "names '" + key + "', which is no row" + (close ? "; did you mean '" + *close + "'?" : "."));
      if (std::find(truncation.rows.begin(), truncation.rows.end(), *row) != truncation.rows.end())
        section->refuse("rows", "names '" + key + "' twice: it would be multiplied twice.");
      truncation.rows.push_back(*row);
    }
    if (truncation.rows.empty()) section->refuse("rows", "is missing: which rows does the factor multiply?");
    (void)section->text("source");
    section->finish();
    s.truncation = std::move(truncation);
  }
  if (auto section = root.section("offset")) {
    s.offset = Offset{section->needed_quantity("avoided", "kg/y", "impact avoided elsewhere")};
    (void)section->text("source");
    section->finish();
  }
}

void read_sending(Section& root, Scenario& s) {
  auto section = root.section("sending");
  if (!section) return;
  SendingInstead sending;
  sending.send_energy = section->needed_quantity("energy", "J", "energy to send instead");
  sending.send_duration = section->needed_quantity("duration", "s", "time to send instead");
  if (!(sending.send_energy.value > 0 && sending.send_duration.value > 0)) section->refuse("energy", "and duration must be above 0.");
  sending.reported_share = section->quantity("reported_share", "1", "share of results that are sent");
  sending.report_energy = section->quantity("report_energy", "J", "energy to send a result");
  sending.remote_per_event = section->quantity("remote_impact", "kg", "network and cloud for each event sent");
  (void)section->text("source");
  section->finish();
  s.sending = std::move(sending);
}

}  // namespace

std::vector<std::string> scenario_names(const Folders& folders) {
  std::vector<std::string> names;
  std::error_code ignored;
  for (const fs::path& folder : folders)
    for (const auto& entry : fs::directory_iterator(folder, ignored))
      if (entry.path().extension() == ".toml") names.push_back(entry.path().stem().string());
  std::sort(names.begin(), names.end());
  names.erase(std::unique(names.begin(), names.end()), names.end());
  return names;
}

Result<Scenario> load_scenario(const std::string& name, const Folders& folders, const Overrides& overrides) {
  const auto file = find_scenario(name, folders);
  if (!file) return Failure(file.error());
  return reading([&]() -> Result<Scenario> {
    const Document document = read_document(*file);
    Section root(document, "", document.root);
    (void)root.section("sources");
    Scenario s;
    s.name = file->stem().string();
    s.file = document.file;
    const Surroundings around{file->parent_path(), folders, overrides};
    read_heading(root, s);
    read_life(root, s, overrides);
    read_training(root, s);
    read_blocks(root, s, around);
    read_use(root, s, around);
    read_supply(root, s);
    read_battery(root, s, around);
    read_harvest(root, s);
    read_grid(root, s, around);
    read_corrections(root, s);
    read_sending(root, s);
    root.finish();
    cite_all(s);
    return s;
  });
}

}  // namespace jr::lca
