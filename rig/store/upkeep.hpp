// What keeps a database fit over years: looking it through, copying it while it is written, putting a copy back,
// and letting old traces go. Never loses a fact: a dropped trace leaves its windows, sums, results and a word of why.
#pragma once

#include <cstdint>
#include <filesystem>
#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "rig/core/result.hpp"

namespace jr {

/// From 0 to 1, now and then.
using UpkeepProgress = std::function<void(double)>;

/// A place that is not as it was written.
struct Damage {
  std::string run;             ///< empty: it cannot be told whose
  std::optional<int> stream;
  std::uint64_t first_sample{}, samples{};  ///< of the stream; 0: not of samples
  std::string what;            ///< a sentence
};

struct CheckReport {
  std::uint64_t runs{}, chunks{}, samples{};
  std::uint64_t pyramids{};  ///< of streams, made anew and compared
  std::uint64_t pyramid_rows_missing{};  ///< no damage: what a killed capture did not write is computed when asked for
  std::uint64_t dropped_traces{};
  std::vector<Damage> damage;  ///< at most kDamageListed
  std::uint64_t damages{};     ///< all of them
};
inline constexpr std::size_t kDamageListed = 1000;

/// SQLite's own check of the file, references, each chunk's checksum and sums against its samples, windows' sums, and
/// each stream's pyramid against one made anew. The file may be written meanwhile.
/// Errors: not_found, storage (it cannot be opened at all, or is of a newer schema).
Result<CheckReport> check_store(const std::filesystem::path& file, const UpkeepProgress& progress = {});

struct BackupReport { std::uint64_t bytes{}, runs{}; };

/// A whole copy as of one moment, while others may write: first under a temporary name beside `to`, then looked through
/// by SQLite, then renamed. An older backup under that name is replaced. Errors: not_found, refused (`to` is the
/// database itself, no database, or one that is in use), malformed (the copy is damaged: so is the file), storage.
Result<BackupReport> backup_store(const std::filesystem::path& file, const std::filesystem::path& to,
                                  const UpkeepProgress& progress = {});

struct RestoreReport {
  std::uint64_t runs{};
  std::filesystem::path old;  ///< where the database before it lies now; empty: there was none
};

/// Puts a backup in the place of `file`, after it was looked through. A database that is there stays beside it under
/// another name, and only with `force`. At every moment there is a whole database under `file`, the old or the new.
/// Errors: not_found, malformed (the backup is damaged), refused (a database is there, or in use), storage.
Result<RestoreReport> restore_store(const std::filesystem::path& backup, const std::filesystem::path& file, bool force,
                                    const UpkeepProgress& progress = {});

struct RetainPolicy {
  std::int64_t before_ms{};             ///< traces of runs that began earlier (UTC) go
  std::vector<std::string> keep_tags;   ///< but not those of runs with one of these
  std::string why;                      ///< kept beside what was dropped
  std::int64_t now_ms{};
  bool dry_run{};                       ///< only says what would go
};

struct RetainedTrace {
  std::string run;
  std::uint64_t samples{}, bytes{};
  std::string kept_because;  ///< empty: dropped
};

struct RetainReport {
  std::vector<RetainedTrace> traces;  ///< of runs that are old enough
  std::uint64_t bytes_returned{};     ///< to the file system
  std::string remark;                 ///< why the file did not shrink, if it did not
};

/// Drops chunks, pyramid and anchors of old runs, a piece at a time so that a capture beside it does not wait. What was
/// dropped is said first: a run whose trace is gone by half counts as dropped, and the next call takes the rest.
/// Traces of values stay, for their windows hold no sums. Errors: not_found, storage.
Result<RetainReport> retain_store(const std::filesystem::path& file, const RetainPolicy& policy);

}  // namespace jr
