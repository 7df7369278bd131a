// Opening, runs and their rows. Chunks and what is computed from them are in samples.cpp.
#include "rig/store/store.hpp"

#include <unistd.h>

#include <cstdlib>
#include <fstream>
#include <sstream>

#include "rig/core/host_clock.hpp"
#include "rig/store/attempt.hpp"
#include "rig/store/chunk.hpp"
#include "rig/store/schema.hpp"

namespace jr {
namespace {

/// Start time of a process in clock ticks since boot (field 22 of /proc/PID/stat); 0: no such process,
/// or one that has ended and only waits to be reaped.
std::int64_t start_of_process(std::int64_t pid) {
  std::ifstream stat("/proc/" + std::to_string(pid) + "/stat");
  std::string line;
  if (!std::getline(stat, line)) return 0;
  std::istringstream fields(line.substr(line.rfind(')') + 1));
  std::string field;
  for (int index = 3; index <= 22 && fields >> field; ++index)
    if (index == 3 && (field == "Z" || field == "X")) return 0;
  return std::atoll(field.c_str());
}

RunRow run_from(const sqlite::Statement& row) {
  RunRow run;
  run.id = row.text(0);
  run.facts.bench = row.text(1);
  run.sequence = row.integer(2);
  run.facts.kind = row.text(3);
  run.state = row.text(4);
  run.facts.simulated = row.integer(5) != 0;
  run.suspect = row.integer(6) != 0;
  run.facts.started_ms = row.integer(7);
  run.finished_ms = row.integer(8);
  run.verdict = row.text(9);
  run.reason = row.text(10);
  run.facts.plan = row.text(11);
  run.facts.bench_file = row.text(12);
  run.facts.environment = row.text(13);
  run.facts.firmware = row.text(14);
  return run;
}

constexpr const char* kRunColumns =
    "SELECT id, bench, sequence, kind, state, simulated, suspect, started_ms, finished_ms, verdict, "
    "reason, plan, bench_file, environment, firmware FROM run ";

int schema_of(sqlite3* db) {
  sqlite::Statement version(db, "PRAGMA user_version");
  version.step();
  return static_cast<int>(version.integer(0));
}

void create_schema(sqlite3* db) {
  sqlite::Transaction transaction(db);
  if (schema_of(db) == 0) {  // asked again: another process may have been first
    sqlite::run(db, kSchema1);
    sqlite::run(db, ("PRAGMA user_version=" + std::to_string(kSchemaVersion)).c_str());
  }
  transaction.commit();
}

}  // namespace

std::filesystem::path default_database() {
  if (const char* file = std::getenv("JOULERIG_DB"); file && *file) return file;
  if (const char* home = std::getenv("XDG_DATA_HOME"); home && *home)
    return std::filesystem::path(home) / "joulerig" / "joulerig.db";
  const char* home = std::getenv("HOME");
  return std::filesystem::path(home && *home ? home : ".") / ".local/share/joulerig/joulerig.db";
}

Result<std::unique_ptr<Store>> Store::open(const std::filesystem::path& file) {
  std::error_code ignored;
  if (file.has_parent_path()) std::filesystem::create_directories(file.parent_path(), ignored);
  std::unique_ptr<Store> store(new Store);
  store->file_ = file;
  return attempt("open the database", file, [&]() -> Result<std::unique_ptr<Store>> {
    const int code = sqlite3_open_v2(file.c_str(), &store->db_,
                                     SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE, nullptr);
    if (code != SQLITE_OK) throw sqlite::Failed(store->db_, "open");
    sqlite3_extended_result_codes(store->db_, 1);
    sqlite3_busy_timeout(store->db_, 10'000);
    const int version = schema_of(store->db_);
    if (version > kSchemaVersion)
      return fail(Trouble::storage, "The database " + file.string() + " was written by a newer JouleRig (schema " +
                                        std::to_string(version) + ", this program knows " +
                                        std::to_string(kSchemaVersion) +
                                        "): update joulerig, or use another file with --db.");
    if (version == 0) sqlite::run(store->db_, "PRAGMA page_size=16384");
    sqlite::run(store->db_, "PRAGMA journal_mode=WAL");
    sqlite::run(store->db_, "PRAGMA synchronous=FULL");
    sqlite::run(store->db_, "PRAGMA foreign_keys=ON");
    if (version == 0) create_schema(store->db_);
    return std::move(store);
  });
}

Store::~Store() { sqlite3_close(db_); }

void Store::limit_pages(std::int64_t pages) {
  const std::lock_guard guard(lock_);
  sqlite3_exec(db_, ("PRAGMA max_page_count=" + std::to_string(pages)).c_str(), nullptr, nullptr,
               nullptr);
}

Result<std::string> Store::begin_run(const RunFacts& facts) {
  const std::lock_guard guard(lock_);
  return attempt("begin a run", file_, [&]() -> Result<std::string> {
    sqlite::Transaction transaction(db_);
    sqlite::Statement last(db_, "SELECT coalesce(max(sequence), 0) FROM run WHERE bench=?");
    last.bind(facts.bench).step();
    const std::int64_t sequence = last.integer(0) + 1;
    const std::string id = facts.bench + "-" + std::to_string(sequence);
    sqlite::Statement insert(db_,
                             "INSERT INTO run(id, bench, sequence, kind, state, simulated, started_ms,"
                             " holder_pid, holder_start, plan, bench_file, environment, firmware)"
                             " VALUES(?,?,?,?,'open',?,?,?,?,?,?,?,?)");
    insert.bind(id).bind(facts.bench).bind(sequence).bind(facts.kind);
    insert.bind(std::int64_t{facts.simulated}).bind(facts.started_ms);
    insert.bind(std::int64_t{getpid()}).bind(start_of_process(getpid()));
    insert.bind(facts.plan).bind(facts.bench_file).bind(facts.environment).bind(facts.firmware);
    insert.step();
    transaction.commit();
    return id;
  });
}

Result<void> Store::set_documents(const std::string& run, const std::string& environment,
                                  const std::string& firmware) {
  const std::lock_guard guard(lock_);
  return attempt("record the set-up", file_, [&]() -> Result<void> {
    sqlite::Statement update(db_,
                             "UPDATE run SET environment=?, firmware=? WHERE id=? AND state='open'");
    update.bind(environment).bind(firmware).bind(run).step();
    return {};
  });
}

Result<int> Store::add_stream(const std::string& run, const StreamFacts& facts) {
  const std::lock_guard guard(lock_);
  return attempt("record a stream", file_, [&]() -> Result<int> {
    sqlite::Statement count(db_, "SELECT count(*) FROM stream WHERE run=?");
    count.bind(run).step();
    const std::int64_t stream = count.integer(0);
    sqlite::Statement insert(db_, "INSERT INTO stream VALUES(?,?,?,?,?,?,?,?,?,?)");
    insert.bind(run).bind(stream).bind(facts.kind).bind(facts.serial).bind(facts.hardware);
    insert.bind(facts.firmware).bind(facts.metadata).bind(facts.period_s).bind(facts.limit_ppm);
    insert.bind(facts.polynomials).step();
    return static_cast<int>(stream);
  });
}

Result<void> Store::set_gaps(const std::string& run, int stream, const std::vector<Gap>& gaps) {
  const std::lock_guard guard(lock_);
  return attempt("record gaps", file_, [&]() -> Result<void> {
    sqlite::Transaction transaction(db_);
    sqlite::Statement clear(db_, "DELETE FROM gap WHERE run=? AND stream=?");
    clear.bind(run).bind(std::int64_t{stream}).step();
    for (const Gap& gap : gaps) {
      sqlite::Statement insert(db_, "INSERT INTO gap VALUES(?,?,?,?,?,?,?)");
      insert.bind(run).bind(std::int64_t{stream});
      insert.bind(static_cast<std::int64_t>(gap.ordinal));
      insert.bind(static_cast<std::int64_t>(gap.length));
      insert.bind(static_cast<std::int64_t>(gap.length_limit));
      insert.bind(static_cast<std::int64_t>(gap.place_limit));
      insert.bind(std::string(name_of(gap.cause))).step();
    }
    transaction.commit();
    return {};
  });
}

Result<void> Store::add_window(const std::string& run, int stream, const WindowRow& row) {
  const std::lock_guard guard(lock_);
  return attempt("record a window", file_, [&]() -> Result<void> {
    const chunk::Bytes moments = chunk::encode_moments(row.moments);
    sqlite::Statement insert(db_, "INSERT INTO window VALUES(?,?,?,?,?,?,?,?,?,?,?,?,?,?)");
    insert.bind(run).bind(std::int64_t{stream}).bind(std::int64_t{row.group});
    insert.bind(std::int64_t{row.attempt}).bind(std::string(name_of(row.window.label)));
    insert.bind(std::string(name_of(row.window.found_by)));
    insert.bind(static_cast<std::int64_t>(row.window.start));
    insert.bind(static_cast<std::int64_t>(row.window.end));
    insert.bind(static_cast<std::int64_t>(row.window.events)).bind(row.window.edge_u_samples);
    insert.bind(moments).bind(static_cast<std::int64_t>(row.lost_limit));
    insert.bind(std::int64_t{row.valid}).bind(row.reason).step();
    return {};
  });
}

Result<void> Store::add_conversation(const std::string& run,
                                     const std::vector<ConversationRow>& lines) {
  const std::lock_guard guard(lock_);
  return attempt("record the conversation", file_, [&]() -> Result<void> {
    sqlite::Transaction transaction(db_);
    for (const ConversationRow& line : lines) {
      sqlite::Statement insert(db_, "INSERT INTO conversation VALUES(?,?,?,?,?)");
      insert.bind(run).bind(static_cast<std::int64_t>(line.ordinal)).bind(line.host_ns);
      insert.bind(std::int64_t{line.sent}).bind(line.text).step();
    }
    transaction.commit();
    return {};
  });
}

Result<void> Store::add_result(const std::string& run, const std::string& calibration,
                               const std::string& json) {
  const std::lock_guard guard(lock_);
  return attempt("record the result", file_, [&]() -> Result<void> {
    sqlite::Statement insert(db_,
                             "INSERT INTO result(run, calibration, created_ms, json) VALUES(?,?,?,?)");
    insert.bind(run).bind(calibration).bind(wall_now_ms()).bind(json).step();
    return {};
  });
}

Result<void> Store::add_truth(const std::string& run, const std::string& json) {
  const std::lock_guard guard(lock_);
  return attempt("record the truth", file_, [&]() -> Result<void> {
    sqlite::Statement insert(db_, "INSERT INTO truth VALUES(?,?)");
    insert.bind(run).bind(json).step();
    return {};
  });
}

Result<void> Store::close_run(const std::string& run, const std::string& verdict,
                              const std::string& reason, bool suspect, std::int64_t finished_ms,
                              const std::string& state) {
  const std::lock_guard guard(lock_);
  return attempt("close the run", file_, [&]() -> Result<void> {
    sqlite::Transaction transaction(db_);
    sqlite::Statement update(db_,
                             "UPDATE run SET state=?, verdict=?, reason=?, suspect=?, "
                             "finished_ms=? WHERE id=? AND state='open'");
    update.bind(state).bind(verdict).bind(reason).bind(std::int64_t{suspect}).bind(finished_ms).bind(run).step();
    if (sqlite3_changes(db_) != 1) return fail(Trouble::storage, "Run " + run + " is not open.");
    sqlite::Statement outbox(db_, "INSERT INTO outbox(bench, sequence) SELECT bench, sequence FROM run WHERE id=?");
    outbox.bind(run).step();
    transaction.commit();
    return {};
  });
}

Result<std::vector<std::string>> Store::mark_interrupted() {
  const std::lock_guard guard(lock_);
  return attempt("look for interrupted runs", file_, [&]() -> Result<std::vector<std::string>> {
    std::vector<std::string> orphans;
    {
      sqlite::Statement open(db_, "SELECT id, holder_pid, holder_start FROM run WHERE state='open'");
      while (open.step())
        if (start_of_process(open.integer(1)) != open.integer(2)) orphans.push_back(open.text(0));
    }
    for (const std::string& id : orphans) {
      sqlite::Statement update(db_,
                               "UPDATE run SET state='interrupted', verdict='rig-error', "
                               "reason='The process that measured ended before the run was closed.' "
                               "WHERE id=? AND state='open'");
      update.bind(id).step();
    }
    return orphans;
  });
}

Result<std::vector<RunRow>> Store::runs() const {
  const std::lock_guard guard(lock_);
  return attempt("list the runs", file_, [&]() -> Result<std::vector<RunRow>> {
    std::vector<RunRow> rows;
    sqlite::Statement select(db_, std::string(kRunColumns) + "ORDER BY started_ms DESC, rowid DESC");
    while (select.step()) rows.push_back(run_from(select));
    return rows;
  });
}

Result<RunRow> Store::run(const std::string& id) const {
  const std::lock_guard guard(lock_);
  return attempt("read run " + id, file_, [&]() -> Result<RunRow> {
    sqlite::Statement select(db_, std::string(kRunColumns) + "WHERE id=?");
    select.bind(id);
    if (select.step()) return run_from(select);
    sqlite::Statement newest(db_, "SELECT id FROM run ORDER BY started_ms DESC, rowid DESC LIMIT 1");
    return fail(Trouble::not_found,
                "There is no run '" + id + "' in " + file_.string() +
                    (newest.step() ? "; the newest is " + newest.text(0) + "."
                                   : ", which holds no run yet: joulerig measure makes one."));
  });
}

Result<StreamFacts> Store::stream(const std::string& run, int stream) const {
  const std::lock_guard guard(lock_);
  return attempt("read a stream of " + run, file_, [&]() -> Result<StreamFacts> {
    sqlite::Statement select(db_,
                             "SELECT kind, serial, hardware, firmware, metadata, period_s, limit_ppm,"
                             " polynomials FROM stream WHERE run=? AND stream=?");
    select.bind(run).bind(std::int64_t{stream});
    if (!select.step()) return fail(Trouble::not_found, "Run " + run + " holds no samples.");
    return StreamFacts{select.text(0), select.text(1), select.text(2), select.text(3),
                       select.text(4), select.real(5), select.real(6), select.text(7)};
  });
}

Result<std::vector<Gap>> Store::gaps(const std::string& run, int stream) const {
  const std::lock_guard guard(lock_);
  return attempt("read the gaps of " + run, file_, [&]() -> Result<std::vector<Gap>> {
    std::vector<Gap> gaps;
    sqlite::Statement select(db_,
                             "SELECT ordinal, length, length_limit, place_limit, cause FROM gap "
                             "WHERE run=? AND stream=? ORDER BY ordinal");
    select.bind(run).bind(std::int64_t{stream});
    while (select.step())
      gaps.push_back({static_cast<std::uint64_t>(select.integer(0)),
                      static_cast<std::uint64_t>(select.integer(1)),
                      static_cast<std::uint64_t>(select.integer(2)),
                      static_cast<std::uint64_t>(select.integer(3)),
                      gap_cause_named(select.text(4))});
    return gaps;
  });
}

Result<std::vector<WindowRow>> Store::windows(const std::string& run, int stream) const {
  const std::lock_guard guard(lock_);
  return attempt("read the windows of " + run, file_, [&]() -> Result<std::vector<WindowRow>> {
    std::vector<WindowRow> rows;
    sqlite::Statement select(db_,
                             "SELECT grp, attempt, label, found_by, start, end, events, "
                             "edge_u_samples, moments, lost_limit, valid, reason FROM window "
                             "WHERE run=? AND stream=? ORDER BY rowid");
    select.bind(run).bind(std::int64_t{stream});
    while (select.step()) {
      WindowRow row;
      row.group = static_cast<int>(select.integer(0));
      row.attempt = static_cast<int>(select.integer(1));
      row.window = {window_label_named(select.text(2)), found_by_named(select.text(3)),
                    static_cast<std::uint64_t>(select.integer(4)),
                    static_cast<std::uint64_t>(select.integer(5)),
                    static_cast<std::uint64_t>(select.integer(6)), select.real(7)};
      auto moments = chunk::decode_moments(select.blob(8));
      if (!moments) return Failure(moments.error());
      row.moments = *moments;
      row.lost_limit = static_cast<std::uint64_t>(select.integer(9));
      row.valid = select.integer(10) != 0;
      row.reason = select.text(11);
      rows.push_back(std::move(row));
    }
    return rows;
  });
}

Result<std::vector<ConversationRow>> Store::conversation(const std::string& run) const {
  const std::lock_guard guard(lock_);
  return attempt("read the conversation of " + run, file_,
                 [&]() -> Result<std::vector<ConversationRow>> {
    std::vector<ConversationRow> rows;
    sqlite::Statement select(
        db_, "SELECT ordinal, host_ns, sent, text FROM conversation WHERE run=? ORDER BY host_ns, rowid");
    select.bind(run);
    while (select.step())
      rows.push_back({static_cast<std::uint64_t>(select.integer(0)), select.integer(1),
                      select.integer(2) != 0, select.text(3)});
    return rows;
  });
}

Result<std::optional<std::string>> Store::result(const std::string& run) const {
  const std::lock_guard guard(lock_);
  return attempt("read the result of " + run, file_, [&]() -> Result<std::optional<std::string>> {
    sqlite::Statement select(db_, "SELECT json FROM result WHERE run=? ORDER BY id LIMIT 1");
    select.bind(run);
    if (!select.step()) return std::nullopt;
    return select.text(0);
  });
}

Result<std::optional<std::string>> Store::truth(const std::string& run) const {
  const std::lock_guard guard(lock_);
  return attempt("read the truth of " + run, file_, [&]() -> Result<std::optional<std::string>> {
    sqlite::Statement select(db_, "SELECT json FROM truth WHERE run=?");
    select.bind(run);
    if (!select.step()) return std::nullopt;
    return select.text(0);
  });
}

}  // namespace jr
