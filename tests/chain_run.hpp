// A run of the chain in a store, with all that a measured run carries: what a test of whole runs begins with.
// Never needs a port, a process or a clock.
#pragma once

#include <string>

#include "rig/run/evaluation.hpp"
#include "tests/property/chain.hpp"

namespace jr::test {

/// Stores `out` as `measure` would, result, truth, words, attempts, tags and notes included; returns its id. Throws what
/// the store answered when it refuses.
inline std::string keep_chain(Store& store, const ChainScript& script, const ChainOutcome& out) {
  const auto must = [](const auto& done) { if (!done) throw std::runtime_error(done.error().message); };
  Setup setup;
  setup.simulated = true;
  setup.supply_V = script.supply_V;
  setup.supply_kind = name_of(out.model.supply_kind);
  setup.lead_ohm = script.lead_ohm;
  setup.u_lead_ohm = script.u_lead_ohm;
  setup.spec_card = card_of_the_chain().text;
  RunFacts facts{"chain", "measure", true, 1'700'000'000'000, "[plan]\nwindows = 5\n", "[bench]\nname = \"chain\"\n",
                 to_json(setup), to_json(Firmware{}), ""};
  const auto begun = store.begin_run(facts);
  must(begun);
  const std::string run = *begun;
  StreamFacts stream{"ppk2", "on-chain", "hw", "fw", std::string("meta\0data", 9), sim::kPpk2Period_s, 50, to_json(out.model.ranges), {}, {}};
  stream.coefficients = {out.model.ranges, script.supply_V};
  must(store.add_stream(run, stream));
  for (const SampleBlock& block : out.blocks)
    must(store.append(run, 0, {block.first_ordinal, block.codes, block.ranges, block.lines}, {{block.first_ordinal, block.host_arrival_ns}}));
  must(store.set_gaps(run, 0, out.gaps));
  for (std::size_t w = 0; w < out.cuts.size(); ++w) {
    const CutWindow& cut = out.cuts[w];
    must(store.note_attempt(run, {static_cast<int>(w), 1, 0, 1'700'000'000'000 + static_cast<std::int64_t>(w), true, "", w ? "" : "power-cycled"}));
    for (const Window& piece : {cut.infer, cut.guard, cut.settled, cut.idle_before, cut.idle_after}) {
      const auto moments = store.moments_between(run, 0, piece.start, piece.end);
      must(moments);
      must(store.add_window(run, 0, {static_cast<int>(w), 1, piece, *moments, 0, true, "", 0}));
    }
  }
  must(store.add_conversation(run, {{10, 5, true, "infer 10 0%"}, {20, 7, false, std::string("\xFF\xFE broken \0 bytes", 18)}, {20, 7, false, "m-ready"}}));
  must(store.add_truth(run, "{\"windows\":[]}"));
  must(store.close_run(run, "pass", "", false, 1'700'000'060'000));
  const auto evaluation = evaluate(store, run);
  must(evaluation);
  must(store.add_result(run, "card", report_json(*evaluation, "{\"windows\":[]}")));
  must(store.tag(run, {"paper", "a-\"quoted\"-tag"}, {}));
  must(store.add_note(run, {1'700'000'070'000, "the lamp was on"}));
  return run;
}

/// A short run with a loss in it.
inline std::string keep_chain(Store& store, std::uint64_t seed = 4) {
  ChainScript script;
  script.seed = seed;
  script.inferences = 2;
  script.losses = {{9, 230'000}};
  return keep_chain(store, script, run_chain(script));
}

/// What a run says when it is computed again.
inline std::string report_of(const Store& store, const std::string& run) {
  const auto evaluation = evaluate(store, run);
  if (!evaluation) throw std::runtime_error(evaluation.error().message);
  return report_json(*evaluation, store.truth(run).value().value_or(""));
}

}  // namespace jr::test
