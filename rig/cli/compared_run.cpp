// Facts in one order, the same for every run, so that two lists can be laid side by side.
#include "rig/cli/compared_run.hpp"

#include <algorithm>
#include <nlohmann/json.hpp>
#include <sstream>

#include "rig/cli/printing.hpp"
#include "rig/core/words.hpp"

namespace jr::cli {
namespace {

/// What a plan asks for, without its comments and headings, for one line.
std::string keys_of(const std::string& toml) {
  std::string keys;
  std::istringstream lines(toml);
  for (std::string line; std::getline(lines, line);) {
    line.resize(std::min(line.size(), line.find('#')));
    const auto begin = line.find_first_not_of(" \t\r");
    if (begin == std::string::npos || line[begin] == '[') continue;
    keys = joined(keys, line.substr(begin, line.find_last_not_of(" \t\r") + 1 - begin), "; ");
  }
  return keys;
}

std::string calibration_of(const Evaluation& e) {
  const bool is_hash = e.calibration_id.size() == 64;
  return joined(is_hash ? e.calibration_id.substr(0, 12) : e.calibration_id, e.calibration_kind);
}

std::string origin_of(const Evaluation& e) {
  if (e.row.facts.source.empty()) return e.setup.simulated ? "simulated" : "measured";
  const auto source = nlohmann::json::parse(e.row.facts.source, nullptr, false);
  const bool has_format = source.is_object() && source.contains("format") && source["format"].is_string();
  return "imported" + (has_format ? " from " + source["format"].get<std::string>() : "");
}

std::string ambient_of(const Setup& setup) {
  return setup.ambient_C ? number_text("%.1f \u00b0C", *setup.ambient_C) : "unknown";
}

std::string inferences_of(const Evaluation& e) {
  std::uint64_t sum = 0;
  for (const WindowResult& window : e.summary->windows) sum += window.inferences;
  return std::to_string(sum) + " in " + std::to_string(e.summary->windows.size()) + " windows";
}

std::vector<Fact> facts_of(const Evaluation& e) {
  const Setup& s = e.setup;
  const Firmware& f = e.firmware;
  return {{"origin", origin_of(e)},
          {"bench", e.row.facts.bench},
          {"board", joined(s.board, s.mcu == s.board || s.mcu == "none" ? "" : s.mcu)},
          {"instrument", joined(e.stream.kind, e.stream.serial, " ")},
          {"instrument_version", joined(e.stream.hardware, e.stream.firmware)},
          {"calibration", calibration_of(e)},
          {"supply", s.supply_V > 0 ? joined(number_text("%g V", s.supply_V), s.supply_kind) : ""},
          {"leads", number_text("%g ohm", s.lead_ohm)},
          {"ambient", ambient_of(s)},
          {"model", s.model},
          {"firmware", f.name},
          {"firmware_sha256", f.sha256},
          {"firmware_size", f.image_bytes > 0 ? std::to_string(f.image_bytes) + " bytes" : ""},
          {"firmware_commit", f.commit},
          {"compiler", f.compiler},
          {"flags", f.flags},
          {"plan", keys_of(e.row.facts.plan)},
          {"inferences", inferences_of(e)},
          {"tool_version", tool_version_of(s)}};
}

std::vector<std::uint64_t> samples_in_ranges(const Evaluation& e) {
  std::vector<std::uint64_t> samples(kMaxRanges);
  for (const WindowGroup& group : e.groups)
    for (std::size_t r = 0; r < kMaxRanges; ++r) samples[r] += group.infer.moments.ranges[r].n;
  return samples;
}

/// The energy of `run` under the calibration that `other` rests on.
std::optional<Statement> under_calibration_of(const Store& store, const Evaluation& run, const Evaluation& other) {
  if (other.setup.calibration_text.empty()) return std::nullopt;
  const auto again = evaluate(store, run.row.id, other.setup.calibration_text);
  if (!again || !again->summary) return std::nullopt;
  return again->summary->mean;
}

}  // namespace

ComparedRun compared_run(const Evaluation& e) {
  ComparedRun run;
  run.run = e.row.id;
  run.energy = e.summary->mean;
  run.latency = e.summary->latency;
  if (e.summary->idle_power.value != 0) run.idle_power = e.summary->idle_power;
  if (e.protocols) run.phases = e.protocols->phases;
  run.samples_in_range = samples_in_ranges(e);
  run.supply_V = e.setup.supply_V;
  run.facts = facts_of(e);
  return run;
}

PowerSource power_source(const Evaluation& e) {
  return {e.row.id,         e.inferences.front().stream, e.stream.channels,         e.model.ranges,
          e.model.supply, {e.model.lead_ohm},          e.model.true_period_s()};
}

std::optional<Statement> share_of_calibration(const Store& store, const Evaluation& first, const Evaluation& other) {
  if (first.calibration_id == other.calibration_id) return std::nullopt;
  if (first.stream.kind != other.stream.kind || first.stream.serial != other.stream.serial) return std::nullopt;
  if (const auto as_first = under_calibration_of(store, other, first))
    return difference_of(other.summary->mean, *as_first);
  if (const auto as_other = under_calibration_of(store, first, other))
    return difference_of(*as_other, first.summary->mean);
  return std::nullopt;
}

}  // namespace jr::cli
