// From a run of the record to what a picture of it says: one stream, its windows with their energies, its origin.
// Never draws, never reads a sample.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "rig/report/trace_html.hpp"
#include "rig/report/trace_layers.hpp"
#include "rig/report/trace_view.hpp"
#include "rig/run/evaluation.hpp"
#include "rig/store/store.hpp"

namespace jr::cli {

/// One stream of a run with all that stands around it.
struct Viewed {
  RunRow row;
  int stream{}, streams{};
  StreamFacts facts;
  std::vector<Gap> gaps;
  std::vector<WindowRow> windows;  ///< of the stream, valid or not
  std::uint64_t samples{};
  std::optional<Evaluation> evaluation;
  Coefficients coefficients;       ///< by which codes are drawn: those that the evaluation's energies rest on
  std::string trouble;             ///< why there is no evaluation

  TraceClock clock() const { return {facts.period_s, gaps}; }
  double duration_s() const { return clock().end_before(samples); }
  std::string unit(std::size_t channel) const;
  /// Codes are drawn by a bench calibration, not by what the instrument states itself.
  bool is_calibrated() const;
};

/// `stream` absent: that of inference window `window`, else the first with a valid window, else the first with samples.
/// `calibration`: as evaluate() takes it.
/// Errors: not_found (no such run, no such stream, no samples: says what to do), usage (no such window); what hinders a
/// calibration that was asked for.
Result<Viewed> look_at(const Store& store, const std::string& run, std::optional<int> stream, std::optional<int> window,
                       const std::string& calibration = {});

/// Inference window `group` with its surroundings: what was measured around it, but at most half its length on either side.
/// Errors: usage (no such window in this stream; names those there are).
Result<OrdinalSpan> span_of_window(const Viewed& viewed, int group);

/// All but the columns: title, notes, windows and gaps in time.
TraceView view_of(const Viewed& viewed, double start_s, double end_s, std::size_t channel);

/// All but layers and pictures.
TracePage page_of(const Viewed& viewed, std::size_t channel);

/// Energy per inference of a valid inference window with its expanded uncertainty; absent: it has none.
struct WindowNumber { double energy_J{}; std::optional<double> U_J; double mean_current_A{}; std::uint64_t lost{}; };
std::optional<WindowNumber> number_of(const Viewed& viewed, const WindowRow& row);

/// "infer 3", "infer 3 (attempt 2)".
std::string label_of(const WindowRow& row);
/// What the run is about: inferences, phases, shams; not what stands around them.
bool is_marked(WindowLabel label);

}  // namespace jr::cli
