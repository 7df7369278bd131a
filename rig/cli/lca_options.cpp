// Quantities of the command line to inputs whose source is the command line.
// Never takes a number without a unit.
#include "rig/cli/lca_options.hpp"

#include <cmath>
#include <cstdlib>

#include "rig/lca/unit.hpp"
#include "rig/run/config.hpp"

namespace jr::cli {
namespace {

constexpr std::uint64_t kMostDraws = 10'000'000;

/// "3y" to an input in `unit` that is above 0.
Result<std::optional<lca::Input>> quantity(const std::string& option, const std::string& text, const std::string& unit,
                                           const std::string& name, const std::string& example, bool may_be_zero = false) {
  if (text.empty()) return std::optional<lca::Input>{};
  char* end = nullptr;
  const double number = std::strtod(text.c_str(), &end);
  std::string written(end);
  while (!written.empty() && written.front() == ' ') written.erase(0, 1);
  if (end == text.c_str() || !std::isfinite(number) || written.empty())
    return fail(Trouble::usage, "'" + text + "' needs a number and its unit: " + option + " " + example + ".");
  if (written.starts_with('/')) written = "1" + written;
  const auto value = lca::converted(number, written, unit);
  if (!value) {
    const std::string& why = value.error().message;
    return fail(Trouble::usage, option + " " + text + ": " + why + (why.ends_with("?") ? "" : "."));
  }
  if (!(*value > 0) && !(may_be_zero && *value == 0))
    return fail(Trouble::usage, option + " is " + text + ": it must be above 0.");
  return std::optional<lca::Input>(
      lca::fixed(name, *value, unit, {"command-line", "Given by hand on the command line", 0, "", "", true, true, {}}));
}

}  // namespace

void LcaOptions::declare(Arguments& arguments) {
  arguments.option("--country", country, "Whose grid: a name or an ISO code, e.g. DE or DEU, instead of the scenario's (joulerig lca countries)");
  arguments.option("--grid", grid, "A table of countries (with --country), or a time series, instead of the scenario's");
  arguments.option("--boundary", boundary, "Which intensities of that file: direct or life-cycle");
  arguments.option("--rate", rate, "How often the device infers, e.g. 1/s or 10/h");
  arguments.option("--lifetime", lifetime, "How long it is used, e.g. 3y");
  arguments.option("--sleep-power", sleep_power, "What it takes between inferences, e.g. 5uW");
  arguments.option("--tide", tide, "Your copy of Boavizta's iot_factors_tide.csv: its kilograms instead of the scenario's");
  arguments.count("--draws", draws, "Monte Carlo draws (default 100000)");
}

Result<lca::Overrides> LcaOptions::overrides() const {
  lca::Overrides over;
  if (!country.empty()) over.country = country;
  if (!grid.empty()) over.grid_file = grid;
  if (!tide.empty()) over.tide_file = tide;
  if (!boundary.empty()) {
    auto named = lca::boundary_named(boundary);
    if (!named) return Failure(named.error());
    over.boundary = *named;
  }
  auto per_s = quantity("--rate", rate, "1/s", "rate of inference", "1/s");
  if (!per_s) return Failure(per_s.error());
  auto life = quantity("--lifetime", lifetime, "s", "lifetime", "3y");
  if (!life) return Failure(life.error());
  auto asleep = quantity("--sleep-power", sleep_power, "W", "sleep power", "5uW", true);
  if (!asleep) return Failure(asleep.error());
  over.rate = *per_s;
  over.lifetime = *life;
  over.sleep_power = *asleep;
  return over;
}

Result<std::uint64_t> LcaOptions::number_of_draws() const {
  const std::uint64_t wanted = draws.value_or(lca::kDraws);
  if (wanted < 100 || wanted > kMostDraws) return fail(Trouble::usage, "--draws takes a number from 100 to 10000000.");
  return wanted;
}

Result<std::optional<lca::Input>> quantity_of(const std::string& option, const std::string& text, const std::string& unit, const std::string& name,
                                              const std::string& example, const std::string& source) {
  auto input = quantity(option, text, unit, name, example);
  if (input && *input && !source.empty()) (*input)->citation.text = source;
  return input;
}

lca::Folders scenario_folders() { return folders_of("scenarios"); }

}  // namespace jr::cli
