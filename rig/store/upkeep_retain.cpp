// Letting old traces go: first it is written down what goes and why, then the rows go, a few at a time.
// Never touches a run that is not closed, a window, a result, a calibration or a note.
#include <algorithm>

#include "rig/store/attempt.hpp"
#include "rig/store/connection.hpp"
#include "rig/store/store.hpp"
#include "rig/store/upkeep.hpp"

namespace jr {
namespace {

constexpr int kDroppedAtOnce = 128;  // a capture beside it waits no longer than these take

constexpr const char* kTraces =
    "SELECT s.run, s.stream, s.channels<>'', coalesce(sum(c.n), 0), "
    "coalesce(sum(length(c.codes)+length(c.ranges)+length(c.lines)+length(c.moments)), 0), r.state "
    "FROM stream s JOIN run r ON r.id=s.run LEFT JOIN chunk c ON c.run=s.run AND c.stream=s.stream "
    "WHERE r.started_ms < ? AND NOT EXISTS(SELECT 1 FROM dropped d WHERE d.run=s.run AND d.stream=s.stream) "
    "GROUP BY s.run, s.stream HAVING count(c.id) > 0 ORDER BY r.started_ms, s.run, s.stream";

/// A stream of a run that is old enough, and what its trace takes.
struct Trace {
  std::string run;
  int stream{};
  bool of_values{};
  std::uint64_t samples{}, bytes{};
  std::string state;
};

std::vector<Trace> old_traces(sqlite3* db, std::int64_t before_ms) {
  std::vector<Trace> traces;
  sqlite::Statement rows(db, kTraces);
  rows.bind(before_ms);
  while (rows.step())
    traces.push_back({rows.text(0), static_cast<int>(rows.integer(1)), rows.integer(2) != 0,
                      static_cast<std::uint64_t>(rows.integer(3)), static_cast<std::uint64_t>(rows.integer(4)), rows.text(5)});
  return traces;
}

std::string reason_to_keep(sqlite3* db, const Trace& trace, const std::vector<std::string>& keep_tags) {
  if (trace.state != "closed" && trace.state != "interrupted") return "it is " + trace.state;
  if (trace.of_values) return "its windows hold no sums: without the trace nothing could be computed again";
  for (const std::string& tag : keep_tags) {
    sqlite::Statement tagged(db, "SELECT 1 FROM run_tag WHERE run=? AND tag=?");
    if (tagged.bind(trace.run).bind(tag).step()) return "it is tagged " + tag;
  }
  return "";
}

/// Written down before the first row goes.
void write_down(sqlite3* db, const Trace& trace, const RetainPolicy& policy) {
  sqlite::Statement insert(db, "INSERT INTO dropped(run, stream, dropped_ms, samples, bytes, why) VALUES(?,?,?,?,?,?)");
  insert.bind(trace.run).bind(std::int64_t{trace.stream}).bind(policy.now_ms);
  insert.bind(static_cast<std::int64_t>(trace.samples)).bind(static_cast<std::int64_t>(trace.bytes)).bind(policy.why).step();
}

/// Whatever there still is of traces that were written down, also by a call that was cut off.
void take_away(sqlite3* db) {
  std::vector<std::pair<std::string, std::int64_t>> gone;
  {
    sqlite::Statement rows(db, "SELECT run, stream FROM dropped");
    while (rows.step()) gone.emplace_back(rows.text(0), rows.integer(1));
  }
  for (const auto& [run, stream] : gone) {
    for (const char* table : {"pyramid", "anchor"})
      sqlite::Statement(db, std::string("DELETE FROM ") + table + " WHERE run=? AND stream=?").bind(run).bind(stream).step();
    do {
      sqlite::Statement(db, "DELETE FROM chunk WHERE id IN (SELECT id FROM chunk WHERE run=? AND stream=? LIMIT ?)")
          .bind(run).bind(stream).bind(std::int64_t{kDroppedAtOnce}).step();
    } while (sqlite3_changes(db) == kDroppedAtOnce);
  }
}

std::uint64_t bytes_of(const std::filesystem::path& file) {
  std::uint64_t sum = 0;
  for (const char* suffix : {"", "-wal"}) {
    std::error_code missing;
    const auto bytes = std::filesystem::file_size(file.string() + suffix, missing);
    if (!missing) sum += bytes;
  }
  return sum;
}

/// Gives the free pages back. That needs the file to itself for a moment; if it cannot have it, they are used again.
std::string shrink(sqlite3* db) {
  try {
    sqlite::run(db, sqlite::number(db, "PRAGMA auto_vacuum") == 2 ? "PRAGMA incremental_vacuum" : "VACUUM");
    sqlite::run(db, "PRAGMA wal_checkpoint(TRUNCATE)");
    return "";
  } catch (const sqlite::Failed& failed) {
    return std::string("The file did not shrink (") + sqlite3_errstr(failed.code) +
           "); the space inside it is used again by the next runs.";
  }
}

}  // namespace

Result<RetainReport> retain_store(const std::filesystem::path& file, const RetainPolicy& policy) {
  std::error_code ignored;
  if (!std::filesystem::exists(file, ignored))
    return fail(Trouble::not_found, "There is no database " + file.string() + ": name another with --db.");
  if (const auto current = Store::open(file); !current) return Failure(current.error());  // an older schema lacks the table
  return attempt("drop old traces", file, [&]() -> Result<RetainReport> {
    const sqlite::Connection db = sqlite::connect(file, sqlite::Access::write);
    sqlite::run(db.get(), "PRAGMA synchronous=FULL");
    const std::uint64_t before = bytes_of(file);
    RetainReport report;
    bool drops = false;
    for (const Trace& trace : old_traces(db.get(), policy.before_ms)) {
      const std::string keep = reason_to_keep(db.get(), trace, policy.keep_tags);
      if (keep.empty() && !policy.dry_run) write_down(db.get(), trace, policy), drops = true;
      report.traces.push_back({trace.run, trace.samples, trace.bytes, keep});
    }
    if (policy.dry_run) return report;
    take_away(db.get());
    if (drops || sqlite::number(db.get(), "PRAGMA freelist_count") > 0) report.remark = shrink(db.get());
    const std::uint64_t after = bytes_of(file);
    report.bytes_returned = before > after ? before - after : 0;
    return report;
  });
}

}  // namespace jr
