// A recording that another tool made, as it comes out of its file: facts first, then samples, gaps and windows.
// Readers know the formats; a sink knows what becomes of it. Neither ever holds a whole trace.
#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <map>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "rig/core/result.hpp"
#include "rig/core/value_sums.hpp"
#include "rig/core/window.hpp"

namespace jr {

/// A file that was read, so that anyone can tell whether theirs is the same.
struct SourceFile { std::string name, sha256; std::uint64_t bytes{}; };

/// Of what comes up again and again in a recording, so many are told.
inline constexpr std::size_t kMostRemarks = 20;

struct ForeignFacts {
  std::string format;                  ///< name of the importer: "ppk2", "energyrunner", …
  std::vector<SourceFile> files;
  std::string instrument, serial;      ///< kind as in drivers and spec cards ("ppk2", "lpm01a", "js110"); empty: unknown
  double period_s{};
  std::vector<Quantity> channels;      ///< one or two
  bool has_lines{};                    ///< blocks carry digital lines, bit k = Dk
  std::optional<double> supply_V;      ///< as the recording says, or as the user does
  std::int64_t started_ms{};           ///< UTC; 0: it does not say
  std::string board, model;            ///< as far as the recording says
  std::string metadata;                ///< JSON: what else it says
  std::vector<std::string> remarks;    ///< what was assumed or left out, a sentence each
};

/// Samples in their order. Shapes: channels as in the facts, all of one length; lines empty or of that length.
/// A NaN is a sample that is missing in its place.
struct ForeignBlock {
  std::vector<std::vector<double>> channels;
  std::vector<std::uint8_t> lines;
};

/// Half-open, in ordinals of samples delivered.
struct ForeignWindow {
  std::uint64_t start{}, end{}, inferences{1};
  WindowLabel label{WindowLabel::infer};
};

/// Takes what a reader reads, in this order: begin once, then samples and gaps, windows at any time after begin.
class ForeignSink {
 public:
  virtual ~ForeignSink() = default;
  virtual Result<void> begin(const ForeignFacts& facts) = 0;
  virtual Result<void> samples(const ForeignBlock& block) = 0;
  /// `length` samples are missing before the next block.
  virtual Result<void> gap(std::uint64_t length) = 0;
  virtual Result<void> window(const ForeignWindow& window) = 0;
};

/// What a person said about a recording, beside its path. Each reader says which it uses.
struct ImportOptions {
  std::optional<double> supply_V;
  std::optional<double> rate_Hz;
  std::map<std::string, std::string> columns;  ///< CSV: "time" -> "Timestamp(ms)", "current" -> "Current(uA)" or "#2"
  std::optional<std::uint64_t> inferences;     ///< in each window
  bool reorder_time{};                         ///< CSV: take time that goes backwards, sorted
};

/// One importer. A namespace-scope `const ImporterRegistration` in the reader's own file puts it into the table.
struct Importer {
  const char* format;
  const char* about;  ///< one line for --help
  Result<void> (*read)(const std::string& path, const ImportOptions& options, ForeignSink& sink);
};

struct ImporterRegistration { explicit ImporterRegistration(const Importer& importer); };
const std::vector<Importer>& importers();  ///< in alphabetical order

/// Blocks are handed on in pieces of about so many samples.
inline constexpr std::size_t kForeignBlock = 65'536;

}  // namespace jr
