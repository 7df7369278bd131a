// The documents inside a bundle: rows of the record as JSON and CSV, and back from bytes of anyone.
// Pure functions; whatever the bytes, they are rows or one sentence.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "rig/exchange/bundle_archive.hpp"
#include "rig/store/store.hpp"

namespace jr::bundle {

inline constexpr int kFormatVersion = 1;
inline constexpr const char* kManifestName = "manifest.json";

struct Manifest {
  std::string tool_version, run, created;  ///< created: ISO 8601 UTC, when the run was finished
  std::vector<Entry> entries;
};

/// Ends with its own hash: of this text with the 64 digits of that hash as zeros.
std::string to_text(const Manifest& manifest);
/// Errors: malformed (no manifest, not by its own hash, an entry twice), unsupported (another version: says which).
Result<Manifest> manifest_from(const std::string& text);

/// Everything of a run's row but its texts, which are entries of their own.
std::string run_text(const RunRow& row);
Result<RunRow> run_from(const std::string& text);

/// A stream and how long it is. `dropped`: its trace was dropped by policy before the bundle was made.
struct StreamDocument {
  StreamFacts facts;
  std::uint64_t samples{};
  std::optional<DroppedRow> dropped;
};
std::string stream_text(const StreamDocument& stream);
Result<StreamDocument> stream_from(const std::string& text);

struct Labels { std::vector<std::string> tags; std::vector<NoteRow> notes; };
std::string labels_text(const Labels& labels);
Result<Labels> labels_from(const std::string& text);

/// A calibration with its text. Active and superseded are one in a bundle, and read back as active.
std::string calibration_text(const CalibrationRow& calibration);
Result<CalibrationRow> calibration_row_from(const std::string& text);

/// calibration and time of each report; the reports are entries of their own.
std::string results_text(const std::vector<ResultRow>& results);
Result<std::vector<ResultRow>> results_from(const std::string& text);

// One JSON object a line, without the line feed.

std::string attempt_line(const AttemptRow& row);
Result<AttemptRow> attempt_from(const std::string& line);
std::string window_line(const WindowRow& row);
Result<WindowRow> window_from(const std::string& line);
std::string conversation_line(const ConversationRow& row);
Result<ConversationRow> conversation_from(const std::string& line);

// CSV: a heading, then lines of decimal numbers.

inline constexpr const char* kRunsHeading = "first_sample,samples,value";
inline constexpr const char* kAnchorsHeading = "sample,host_ns";
inline constexpr const char* kGapsHeading = "sample,length,length_limit,place_limit,cause";

/// `samples` equal values from `first` on.
struct ValueRun { std::uint64_t first{}, samples{}; std::uint8_t value{}; };
std::string line_of(const ValueRun& run);
Result<ValueRun> value_run_from(std::string_view line);
std::string line_of(const HostAnchor& anchor);
Result<HostAnchor> anchor_from(std::string_view line);
std::string line_of(const Gap& gap);
Result<Gap> gap_from(std::string_view line);

}  // namespace jr::bundle
