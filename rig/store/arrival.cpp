// A run that comes from elsewhere as a whole: its rows as they were, and nobody takes it for a whole run before it is one.
// Never changes a run that was measured here.
#include <unistd.h>

#include "rig/store/attempt.hpp"
#include "rig/store/process.hpp"
#include "rig/store/store_state.hpp"

namespace jr {
namespace {

/// Tables with rows of a run that may be many; each of them by its own rowid or key.
struct Removal { const char* table; const char* key; };
constexpr Removal kPieces[] = {{"chunk", "id"}, {"conversation", "rowid"}, {"window", "rowid"}};
constexpr const char* kRest[] = {"pyramid", "anchor", "gap", "attempt", "result", "truth", "run_tag", "note", "dropped", "stream"};
constexpr int kRowsAtOnce = 128;  // a capture beside it waits no longer than these take

void delete_piecewise(sqlite3* db, const Removal& removal, const std::string& run) {
  const std::string sql = std::string("DELETE FROM ") + removal.table + " WHERE " + removal.key + " IN (SELECT " + removal.key +
                          " FROM " + removal.table + " WHERE run=? LIMIT ?)";
  do {
    sqlite::Statement(db, sql).bind(run).bind(std::int64_t{kRowsAtOnce}).step();
  } while (sqlite3_changes(db) == kRowsAtOnce);
}

void remove_importing(sqlite3* db, const std::string& run) {
  for (const Removal& removal : kPieces) delete_piecewise(db, removal, run);
  sqlite::Transaction transaction(db);
  for (const char* table : kRest) sqlite::Statement(db, std::string("DELETE FROM ") + table + " WHERE run=?").bind(run).step();
  sqlite::Statement(db, "DELETE FROM arrival WHERE run=?").bind(run).step();
  sqlite::Statement(db, "DELETE FROM run WHERE id=?").bind(run).step();
  transaction.commit();
}

bool is_importing(sqlite3* db, const std::string& run) {
  sqlite::Statement select(db, "SELECT 1 FROM arrival WHERE run=?");
  return select.bind(run).step();
}

/// The run's own number, or the next of its bench when somebody has it.
std::int64_t free_sequence(sqlite3* db, const RunRow& row) {
  sqlite::Statement taken(db, "SELECT 1 FROM run WHERE id=? OR (bench=? AND sequence=?)");
  if (!taken.bind(row.id).bind(row.facts.bench).bind(row.sequence).step()) return row.sequence;
  sqlite::Statement last(db, "SELECT max(sequence) FROM run WHERE bench=?");
  last.bind(row.facts.bench).step();
  return last.integer(0) + 1;
}

}  // namespace

Result<std::string> Store::begin_arrival(const RunRow& row) {
  const std::lock_guard guard(lock_);
  return attempt("take in a run", file_, [&]() -> Result<std::string> {
    // Thousands of small rows follow; only the last commit has to be on the disk, and it takes the others with it.
    sqlite::run(db_, "PRAGMA synchronous=NORMAL");
    sqlite::Transaction transaction(db_);
    const std::int64_t sequence = free_sequence(db_, row);
    const std::string id = row.facts.bench + "-" + std::to_string(sequence);
    sqlite::Statement insert(db_, "INSERT INTO run(id, bench, sequence, kind, state, simulated, started_ms, holder_pid, "
                                  "holder_start, plan, bench_file, environment, firmware, source) "
                                  "VALUES(?,?,?,?,'open',?,?,?,?,?,?,?,?,?)");
    insert.bind(id).bind(row.facts.bench).bind(sequence).bind(row.facts.kind);
    insert.bind(std::int64_t{row.facts.simulated}).bind(row.facts.started_ms);
    insert.bind(std::int64_t{getpid()}).bind(start_of_process(getpid()));
    insert.bind(row.facts.plan).bind(row.facts.bench_file).bind(row.facts.environment).bind(row.facts.firmware);
    insert.bind(row.facts.source).step();
    sqlite::Statement(db_, "INSERT INTO arrival VALUES(?)").bind(id).step();
    transaction.commit();
    return id;
  });
}

Result<void> Store::finish_arrival(const std::string& run, const RunRow& row) {
  if (const auto count = streams(run))
    for (int stream = 0; stream < *count; ++stream)
      if (auto ended = end_stream(run, stream); !ended) return ended;
  const std::lock_guard guard(lock_);
  return attempt("finish taking in run " + run, file_, [&]() -> Result<void> {
    sqlite::run(db_, "PRAGMA synchronous=FULL");
    if (!is_importing(db_, run)) return fail(Trouble::storage, "Run " + run + " is not being taken in.");
    sqlite::Transaction transaction(db_);
    sqlite::Statement update(db_, "UPDATE run SET state=?, suspect=?, finished_ms=?, verdict=?, reason=? WHERE id=?");
    update.bind(row.state).bind(std::int64_t{row.suspect}).bind(row.finished_ms).bind(row.verdict).bind(row.reason);
    update.bind(run).step();
    sqlite::Statement(db_, "DELETE FROM arrival WHERE run=?").bind(run).step();
    transaction.commit();
    return {};
  });
}

Result<void> Store::remove_arrival(const std::string& run) {
  const std::lock_guard guard(lock_);
  return attempt("remove the half of run " + run, file_, [&]() -> Result<void> {
    std::erase_if(state_->open, [&](const auto& stream) { return stream.first.first == run; });
    if (is_importing(db_, run)) remove_importing(db_, run);
    sqlite::run(db_, "PRAGMA synchronous=FULL");
    return {};
  });
}

Result<std::vector<std::string>> Store::remove_dead_arrivals() {
  const std::lock_guard guard(lock_);
  return attempt("look for imports that were cut off", file_, [&]() -> Result<std::vector<std::string>> {
    std::vector<std::string> dead;
    {
      sqlite::Statement select(db_, "SELECT id, holder_pid, holder_start FROM run WHERE id IN (SELECT run FROM arrival)");
      while (select.step())
        if (start_of_process(select.integer(1)) != select.integer(2)) dead.push_back(select.text(0));
    }
    for (const std::string& run : dead) remove_importing(db_, run);
    return dead;
  });
}

Result<void> Store::restore_results(const std::string& run, const std::vector<ResultRow>& results) {
  const std::lock_guard guard(lock_);
  return attempt("take in results", file_, [&]() -> Result<void> {
    sqlite::Transaction transaction(db_);
    for (const ResultRow& result : results)
      sqlite::Statement(db_, "INSERT INTO result(run, calibration, created_ms, json) VALUES(?,?,?,?)")
          .bind(run).bind(result.calibration).bind(result.created_ms).bind(result.json).step();
    transaction.commit();
    return {};
  });
}

Result<std::vector<ResultRow>> Store::results(const std::string& run) const {
  const std::lock_guard guard(lock_);
  return attempt("read the results of " + run, file_, [&]() -> Result<std::vector<ResultRow>> {
    std::vector<ResultRow> rows;
    sqlite::Statement select(db_, "SELECT calibration, created_ms, json FROM result WHERE run=? ORDER BY id");
    select.bind(run);
    while (select.step()) rows.push_back({select.text(0), select.integer(1), select.text(2)});
    return rows;
  });
}

Result<void> Store::restore_anchors(const std::string& run, int stream, const std::vector<HostAnchor>& anchors) {
  const std::lock_guard guard(lock_);
  return attempt("take in anchors", file_, [&]() -> Result<void> {
    sqlite::Transaction transaction(db_);
    for (const HostAnchor& anchor : anchors)
      sqlite::Statement(db_, "INSERT OR IGNORE INTO anchor(run, stream, ordinal, host_ns) VALUES(?,?,?,?)")
          .bind(run).bind(std::int64_t{stream}).bind(static_cast<std::int64_t>(anchor.ordinal)).bind(anchor.host_ns).step();
    transaction.commit();
    return {};
  });
}

Result<std::vector<HostAnchor>> Store::anchors(const std::string& run, int stream, std::uint64_t from, std::size_t limit) const {
  const std::lock_guard guard(lock_);
  return attempt("read the anchors of " + run, file_, [&]() -> Result<std::vector<HostAnchor>> {
    std::vector<HostAnchor> anchors;
    sqlite::Statement select(db_, "SELECT ordinal, host_ns FROM anchor WHERE run=? AND stream=? AND ordinal>=? "
                                  "ORDER BY ordinal LIMIT ?");
    select.bind(run).bind(std::int64_t{stream}).bind(static_cast<std::int64_t>(from)).bind(static_cast<std::int64_t>(limit));
    while (select.step()) anchors.push_back({static_cast<std::uint64_t>(select.integer(0)), select.integer(1)});
    return anchors;
  });
}

Result<void> Store::take_in_calibration(const CalibrationRow& c, const std::string& reason) {
  const std::lock_guard guard(lock_);
  return attempt("take in a calibration", file_, [&]() -> Result<void> {
    sqlite::Transaction transaction(db_);
    {
      sqlite::Statement same(db_, "SELECT text FROM calibration WHERE id=?");
      if (same.bind(c.id).step()) {
        if (same.text(0) == c.text) return {};
        return fail(Trouble::malformed, "The database holds another calibration under the id " + c.id +
                                            ": one of the two was tampered with.");
      }
    }
    std::string state = c.state, why = c.reason;
    if (sqlite::Statement recalled(db_, "SELECT reason FROM certificate WHERE number=?"); recalled.bind(c.certificate).step())
      state = "revoked", why = "certificate " + c.certificate + " was recalled: " + recalled.text(0);
    if (sqlite::Statement own(db_, "SELECT 1 FROM calibration WHERE kind=? AND serial=?");
        state == "active" && own.bind(c.kind).bind(c.serial).step())
      state = "superseded", why = reason;
    sqlite::Statement insert(db_, "INSERT INTO calibration VALUES(?,?,?,?,?,?,?,?,?)");
    insert.bind(c.id).bind(c.kind).bind(c.serial).bind(c.created).bind(c.expires).bind(c.certificate).bind(state).bind(why);
    insert.bind(c.text).step();
    transaction.commit();
    return {};
  });
}

}  // namespace jr
