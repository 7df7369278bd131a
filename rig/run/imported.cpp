// Documents of an imported run: a set-up that says what is not known, and where the bytes came from.
// The keys are promises, as those of the set-up are.
#include "rig/run/imported.hpp"

#include <algorithm>
#include <nlohmann/json.hpp>

#include "calibration/spec_card.hpp"
#include "rig/core/host_clock.hpp"
#include "rig/energy/value_energy.hpp"
#include "rig/run/config.hpp"
#include "rig/run/setup.hpp"

namespace jr {
namespace {

using nlohmann::ordered_json;

constexpr std::size_t kLongestBenchName = 64;

bool is_bench_name(const std::string& name) {
  const auto fits = [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '-' || c == '_' || c == '.';
  };
  return !name.empty() && name.size() <= kLongestBenchName && name.front() != '-' && std::all_of(name.begin(), name.end(), fits);
}

/// A text of JSON inside a document of ours; what is none is kept as a string.
ordered_json document(const std::string& text) {
  auto parsed = ordered_json::parse(text, nullptr, false);
  return parsed.is_discarded() ? ordered_json(text) : parsed;
}

/// The supply as far as anyone states it. Voltage and energy that were recorded together need no other.
void state_supply(Setup& setup, const ForeignFacts& facts, const ImportOptions& options) {
  const auto basis = basis_of(facts.channels);
  setup.supply_V = facts.supply_V.value_or(0);
  setup.supply_kind = !facts.supply_V      ? "unknown"
                      : options.supply_V   ? "assumed"
                                           : "set";
  if (basis == ValueBasis::current_and_voltage) setup.supply_kind = "measured";
}

Result<void> add_card(Setup& setup, const std::string& instrument) {
  setup.calibration_kind = "values of the recording";
  if (instrument.empty() || instrument.find('/') != std::string::npos) return {};
  const auto card = load_spec_card(cards_folder(), instrument);
  if (!card) return card.error().trouble == Trouble::not_found ? Result<void>{} : Failure(card.error());
  setup.spec_card = card->text;
  setup.calibration_id = card->id;
  setup.calibration_kind = "spec card, values of the recording";
  return {};
}

/// The hashes in an order that does not depend on how the folder was read.
std::vector<std::string> hashes_of(const ImportedFrom& source) {
  std::vector<std::string> hashes;
  for (const ImportedFrom::File& file : source.files) hashes.push_back(file.sha256);
  std::sort(hashes.begin(), hashes.end());
  return hashes;
}

ImportedFrom source_of(const ForeignFacts& facts, const ImportRequest& request) {
  ImportedFrom source{facts.format, {}, facts.remarks, facts.metadata, options_json(request)};
  for (const SourceFile& file : facts.files) source.files.push_back({file.name, file.sha256, file.bytes});
  return source;
}

}  // namespace

std::string options_json(const ImportRequest& request) {
  const ImportOptions& options = request.options;
  ordered_json json = ordered_json::object();
  if (options.supply_V) json["supply_V"] = *options.supply_V;
  if (options.rate_Hz) json["rate_Hz"] = *options.rate_Hz;
  if (options.inferences) json["inferences"] = *options.inferences;
  if (request.mark_line) json["mark"] = "D" + std::to_string(*request.mark_line);
  if (!options.columns.empty()) json["columns"] = options.columns;
  if (options.reorder_time) json["reorder_time"] = true;
  return json.dump();
}

std::string to_json(const ImportedFrom& source) {
  ordered_json files = ordered_json::array();
  for (const ImportedFrom::File& file : source.files)
    files.push_back({{"name", file.name}, {"sha256", file.sha256}, {"bytes", file.bytes}});
  // A foreign file may hold any bytes; a document of ours is UTF-8.
  return ordered_json{{"format", source.format}, {"files", std::move(files)}, {"remarks", source.remarks},
                      {"metadata", document(source.metadata)}, {"options", document(source.options)}}
      .dump(-1, ' ', false, ordered_json::error_handler_t::replace);
}

std::optional<ImportedFrom> imported_from(const std::string& text) {
  const auto json = ordered_json::parse(text, nullptr, false);
  if (!json.is_object() || !json.contains("format")) return std::nullopt;
  try {
    ImportedFrom source;
    source.format = json.at("format").get<std::string>();
    for (const auto& file : json.value("files", ordered_json::array()))
      source.files.push_back({file.at("name"), file.at("sha256"), file.at("bytes")});
    source.remarks = json.value("remarks", std::vector<std::string>{});
    source.metadata = json.value("metadata", ordered_json()).dump();
    source.options = json.value("options", ordered_json::object()).dump();
    return source;
  } catch (const ordered_json::exception&) {
    return std::nullopt;
  }
}

Result<RunFacts> facts_of_import(const ForeignFacts& facts, const ImportRequest& request) {
  if (!is_bench_name(request.bench))
    return fail(Trouble::usage, "'" + request.bench + "' is no name for a bench: letters, digits, '-', '_' and '.', at most 64 of them.");
  Setup setup = setup_of(Bench{}, Plan{});
  setup.board = facts.board;
  setup.model = facts.model;
  setup.simulated = false;
  setup.notes = facts.remarks;
  if (facts.started_ms <= 0)
    setup.notes.push_back("The recording does not say when it was made: the run carries the time of its import.");
  state_supply(setup, facts, request.options);
  if (auto card = add_card(setup, facts.instrument); !card) return Failure(card.error());
  RunFacts run;
  run.bench = request.bench;
  run.kind = "import";
  run.started_ms = facts.started_ms > 0 ? facts.started_ms : wall_now_ms();
  run.environment = to_json(setup);
  run.firmware = to_json(Firmware{});
  run.source = to_json(source_of(facts, request));
  return run;
}

Result<std::string> same_import(const Store& store, const ForeignFacts& facts, const ImportRequest& request) {
  RunFilter imports;
  imports.imported = true;
  const auto runs = store.runs(imports);
  if (!runs) return Failure(runs.error());
  const ImportedFrom wanted = source_of(facts, request);
  for (const RunRow& row : *runs) {
    if (row.state != "closed" || row.facts.kind != "import") continue;
    const auto known = imported_from(row.facts.source);
    if (known && known->format == wanted.format && hashes_of(*known) == hashes_of(wanted) && known->options == wanted.options)
      return row.id;
  }
  return std::string();
}

Result<Evaluation> conclude_import(Store& store, const std::string& run) {
  const auto judged = evaluate(store, run);
  if (!judged) return Failure(judged.error());
  if (auto closed = store.close_run(run, name_of(judged->verdict), judged->reason, false, wall_now_ms()); !closed)
    return Failure(closed.error());
  auto evaluation = evaluate(store, run);
  if (!evaluation) return evaluation;
  if (auto kept = store.add_result(run, evaluation->calibration_id, report_json(*evaluation, "")); !kept)
    return Failure(kept.error());
  return evaluation;
}

}  // namespace jr
