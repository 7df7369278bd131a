// Opening, and all that is written but samples: those, and what is computed from them, are in samples.cpp.
// Never reads a row back for others: reading.cpp does.
#include "rig/store/store.hpp"

#include <unistd.h>

#include <cstdlib>

#include "rig/core/host_clock.hpp"
#include "rig/store/attempt.hpp"
#include "rig/store/chunk.hpp"
#include "rig/store/connection.hpp"
#include "rig/store/older_schema.hpp"
#include "rig/store/process.hpp"
#include "rig/store/schema.hpp"
#include "rig/store/store_state.hpp"

namespace jr {
namespace {

int schema_of(sqlite3* db) { return static_cast<int>(sqlite::number(db, "PRAGMA user_version")); }

Failure newer(const std::filesystem::path& file, int version) {
  return fail(Trouble::storage, "The database " + file.string() + " was written by a newer JouleRig (schema " +
                                    std::to_string(version) + ", this program knows " + std::to_string(kSchemaVersion) +
                                    "): update joulerig, or use another file with --db.");
}

/// From whatever version the file has to ours, in one transaction.
void bring_up_to_date(sqlite3* db) {
  sqlite::Transaction transaction(db);
  // Asked again under the lock: another process may have been first.
  for (int version = schema_of(db); version < kSchemaVersion; ++version)
    sqlite::run(db, kSchemaSteps[version]);
  sqlite::run(db, ("PRAGMA user_version=" + std::to_string(kSchemaVersion)).c_str());
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
    if (version > kSchemaVersion) return newer(file, version);
    if (version == 0) sqlite::run(store->db_, "PRAGMA page_size=16384");
    sqlite::run(store->db_, "PRAGMA journal_mode=WAL");
    sqlite::run(store->db_, "PRAGMA synchronous=FULL");
    sqlite::run(store->db_, "PRAGMA foreign_keys=ON");
    if (version < kSchemaVersion) bring_up_to_date(store->db_);
    store->state_ = std::make_unique<State>(store->db_);
    return std::move(store);
  });
}

Result<std::unique_ptr<Store>> Store::open_read_only(const std::filesystem::path& file) {
  std::error_code ignored;
  if (!std::filesystem::exists(file, ignored))
    return fail(Trouble::not_found, "There is no database " + file.string() +
                                        ": name another with --db; joulerig measure makes a new one.");
  std::unique_ptr<Store> store(new Store);
  store->file_ = file;
  return attempt("open the database", file, [&]() -> Result<std::unique_ptr<Store>> {
    store->db_ = sqlite::connect_to_read(file).release();
    const int version = schema_of(store->db_);
    if (version > kSchemaVersion) return newer(file, version);
    if (version == 0)
      return fail(Trouble::storage, "The file " + file.string() + " is no JouleRig database (it holds no runs at all): "
                                        "name another with --db.");
    show_as_present_schema(store->db_, version);
    store->state_ = std::make_unique<State>(store->db_);
    return std::move(store);
  });
}

Store::Store() = default;

Store::~Store() {
  state_.reset();  // its statements first
  sqlite3_close(db_);
}

void Store::set_compression(Compression compression) {
  const std::lock_guard guard(lock_);
  state_->compression = compression;
}

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
                             " holder_pid, holder_start, plan, bench_file, environment, firmware, source)"
                             " VALUES(?,?,?,?,'open',?,?,?,?,?,?,?,?,?)");
    insert.bind(id).bind(facts.bench).bind(sequence).bind(facts.kind);
    insert.bind(std::int64_t{facts.simulated}).bind(facts.started_ms);
    insert.bind(std::int64_t{getpid()}).bind(start_of_process(getpid()));
    insert.bind(facts.plan).bind(facts.bench_file).bind(facts.environment).bind(facts.firmware);
    insert.bind(facts.source).step();
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
    if (facts.coefficients.ranges.size() > kMaxRanges)
      throw std::invalid_argument("an instrument has at most " + std::to_string(kMaxRanges) + " ranges");
    const chunk::Bytes coefficients = chunk::encode_coefficients(facts.coefficients);
    sqlite::Statement insert(db_, "INSERT INTO stream(run, stream, kind, serial, hardware, firmware, metadata, period_s,"
                                  " limit_ppm, polynomials, channels, coefficients) VALUES(?,?,?,?,?,?,?,?,?,?,?,?)");
    insert.bind(run).bind(stream).bind(facts.kind).bind(facts.serial).bind(facts.hardware);
    insert.bind(facts.firmware).bind(facts.metadata).bind(facts.period_s).bind(facts.limit_ppm);
    insert.bind(facts.polynomials).bind(rows::text_of(facts.channels)).bind(coefficients).step();
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

Result<void> Store::note_attempt(const std::string& run, const AttemptRow& row) {
  const std::lock_guard guard(lock_);
  return attempt("record an attempt", file_, [&]() -> Result<void> {
    sqlite::Statement insert(db_, "INSERT OR REPLACE INTO attempt VALUES(?,?,?,?,?,?,?,?)");
    insert.bind(run).bind(std::int64_t{row.group}).bind(std::int64_t{row.attempt});
    insert.bind(std::int64_t{row.stream}).bind(row.started_ms).bind(std::int64_t{row.valid});
    insert.bind(row.reason).bind(row.mended).step();
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
  // A pyramid is a cache: a disk that has no room for its end does not keep the run from being closed.
  if (const auto count = streams(run))
    for (int stream = 0; stream < *count; ++stream) (void)end_stream(run, stream);
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

}  // namespace jr
