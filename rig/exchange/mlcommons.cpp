// Two passes: facts, windows and their sums first, samples second.
// Never silently takes the last two events where there are more: it says how many there were.
#include "rig/exchange/mlcommons.hpp"

#include <algorithm>
#include <cmath>
#include <cstdio>
#include <nlohmann/json.hpp>

#include "rig/exchange/mlcommons_json.hpp"
#include "rig/exchange/source_file.hpp"

namespace jr {
namespace {

using nlohmann::ordered_json;

constexpr double kPeriod_s = 1e-3;  // the runner takes 1000 samples a second, whatever the instrument
constexpr double kLeastWindow_s = 10;
constexpr std::size_t kMostTrials = 10'000;

struct TrialWindow { std::uint64_t start{}, end{}, inferences{}; };

struct Session {
  std::vector<TrialWindow> windows;
  std::uint64_t samples{}, missing{};
  std::size_t trials{};
  std::int64_t last_counter{-1};
  std::optional<double> voltage_V;
  std::vector<std::string> remarks;

  void remark(std::string sentence) {
    if (remarks.size() < kMostRemarks) remarks.push_back(std::move(sentence));
  }
};

Failure unusable(std::size_t trial, const std::string& why) {
  return fail(Trouble::malformed, "Trial " + std::to_string(trial) + " of the session " + why + ".");
}

/// Counters go on from trial to trial; one that is missing is an edge that nobody saw.
void check_counters(Session& session, const Trial& trial) {
  for (const TrialEvent& event : trial.events) {
    if (session.last_counter >= 0 && event.counter != session.last_counter + 1)
      session.remark("Trial " + std::to_string(session.trials) + ": event " + std::to_string(event.counter) + " follows event " +
                     std::to_string(session.last_counter) + "; edges were lost.");
    session.last_counter = event.counter;
  }
}

Result<void> take_trial(Session& session, const Trial& trial, const ImportOptions& options) {
  const std::size_t number = session.trials++;
  if (!trial.has_power) {
    if (trial.mode.empty() || trial.mode == "e") return unusable(number, "has no energy samples");
    return fail(Trouble::malformed, "The session was run in mode '" + trial.mode + "' and holds no energy: only energy mode does.");
  }
  if (session.trials > kMostTrials) return unusable(number, "is one of more than " + std::to_string(kMostTrials));
  const std::string name = "Trial " + std::to_string(number);
  check_counters(session, trial);
  if (trial.voltage_V) session.voltage_V = trial.voltage_V;
  const std::uint64_t first = session.samples - trial.samples, events = trial.events.size();
  if (events < 2) {
    session.remark(name + " has " + std::to_string(events) + (events == 1 ? " event" : " events") + " and no window.");
    return {};
  }
  const TrialEvent& from = trial.events[events - 2];
  const TrialEvent& to = trial.events[events - 1];
  if (from.samples >= to.samples || to.samples > trial.samples)
    return unusable(number, "has a window from sample " + std::to_string(from.samples) + " to " + std::to_string(to.samples) +
                                " of " + std::to_string(trial.samples));
  const std::uint64_t inferences = options.inferences.value_or(trial.iterations);
  if (inferences == 0)
    return fail(Trouble::usage, name + " does not say how many inferences its window holds: give --inferences.");
  if (events > 2) session.remark(name + " has " + std::to_string(events) + " events; the last two are its window.");
  if (static_cast<double>(to.samples - from.samples) * kPeriod_s < kLeastWindow_s)
    session.remark(name + " is shorter than the 10 s that a submission needs.");
  session.windows.push_back({first + from.samples, first + to.samples, inferences});
  return {};
}

Result<void> rewind(std::istream& file) {
  file.clear();
  file.seekg(0);
  return file ? Result<void>{} : fail(Trouble::storage, "results.json cannot be read from its beginning: copy it to a disk.");
}

Result<Session> survey(std::istream& file, const ImportOptions& options) {
  if (auto back = rewind(file); !back) return Failure(back.error());
  Session session;
  TrialVisitor visitor;
  visitor.sample = [&](double energy_J) -> Result<void> {
    ++session.samples;
    if (std::isnan(energy_J)) ++session.missing;
    return {};
  };
  visitor.trial = [&](const Trial& trial) { return take_trial(session, trial, options); };
  if (auto read = read_trials(file, visitor); !read) return Failure(read.error());
  if (session.trials == 0 || session.samples == 0)
    return fail(Trouble::malformed, "results.json holds no energy samples: the runner writes them in energy mode only.");
  if (session.missing > 0) session.remark(std::to_string(session.missing) + " samples are no number and count as missing.");
  if (session.trials != 5)
    session.remark("A submission needs five trials, and this session has " + std::to_string(session.trials) + ".");
  if (session.trials > 1)
    session.remark("The trials are taken to follow one another without a break, because the runner's stream goes on between them.");
  return session;
}

ordered_json windows_json(const Session& session) {
  ordered_json windows = ordered_json::array();
  for (const TrialWindow& window : session.windows)
    windows.push_back({static_cast<double>(window.start) * kPeriod_s, static_cast<double>(window.end) * kPeriod_s});
  return windows;
}

/// "Device name retrieved: STMicroelectronics": what stands behind the words.
void names_from(std::istream& log, ForeignFacts& facts) {
  constexpr std::size_t kLongestName = 64;
  std::string line;
  const auto behind = [&](const std::string& words) {
    const auto at = line.find(words);
    return at == std::string::npos ? std::string() : line.substr(at + words.size(), kLongestName);
  };
  while (next_line(log, line)) {
    if (auto name = behind("Device name retrieved: "); !name.empty()) facts.board = std::move(name);
    if (auto model = behind("Device model retrieved: "); !model.empty()) facts.model = std::move(model);
  }
}

Result<void> hand_on(std::istream& file, const Session& session, ForeignSink& sink) {
  for (const TrialWindow& window : session.windows)
    if (auto cut = sink.window({window.start, window.end, window.inferences, WindowLabel::infer}); !cut) return cut;
  if (auto back = rewind(file); !back) return back;
  ForeignBlock block;
  block.channels.resize(1);
  const auto flush = [&]() -> Result<void> {
    if (block.channels[0].empty()) return {};
    auto taken = sink.samples(block);
    block.channels[0].clear();
    return taken;
  };
  TrialVisitor visitor;
  visitor.sample = [&](double energy_J) -> Result<void> {
    block.channels[0].push_back(energy_J);
    return block.channels[0].size() < kForeignBlock ? Result<void>{} : flush();
  };
  visitor.trial = [](const Trial&) { return Result<void>{}; };
  if (auto read = read_trials(file, visitor); !read) return read;
  return flush();
}

}  // namespace

Result<void> read_mlcommons(MlcommonsSession& session, const ImportOptions& options, ForeignSink& sink) {
  const auto surveyed = survey(*session.results, options);
  if (!surveyed) return Failure(surveyed.error());
  ForeignFacts facts;
  facts.format = "mlcommons";
  facts.files = session.files;
  facts.period_s = kPeriod_s;
  facts.channels = {Quantity::energy_J};
  facts.supply_V = options.supply_V ? options.supply_V : surveyed->voltage_V;
  facts.metadata = ordered_json{{"trials", surveyed->trials}, {"windows_s", windows_json(*surveyed)}}.dump();
  facts.remarks = surveyed->remarks;
  if (session.log) names_from(*session.log, facts);
  if (auto begun = sink.begin(facts); !begun) return begun;
  return hand_on(*session.results, *surveyed, sink);
}

}  // namespace jr
