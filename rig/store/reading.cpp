// What is read back of runs: their rows, streams, gaps, windows, attempts, words and results.
// Never writes, and never touches a sample: samples.cpp does.
#include <limits>

#include "rig/store/attempt.hpp"
#include "rig/store/store_state.hpp"

namespace jr {
namespace {

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
  run.facts.source = row.text(15);
  run.recalled = row.text(16);
  return run;
}

constexpr const char* kRunColumns =
    "SELECT id, bench, sequence, kind, state, simulated, suspect, started_ms, finished_ms, verdict, "
    "reason, plan, bench_file, environment, firmware, source, "
    "(SELECT c.reason FROM result r JOIN calibration c ON c.id=r.calibration "
    "WHERE r.run=run.id AND c.state='revoked' LIMIT 1) FROM run ";

/// ?1 to ?6: bench, verdict, tag, since, imported, simulated; '' and -1 ask for nothing.
constexpr const char* kWanted =
    "WHERE (?1='' OR bench=?1) AND (?2='' OR verdict=?2) "
    "AND (?3='' OR EXISTS(SELECT 1 FROM run_tag t WHERE t.run=run.id AND t.tag=?3)) "
    "AND started_ms>=?4 AND (?5<0 OR (source<>'')=?5) AND (?6<0 OR (simulated<>0)=?6) ";

std::vector<std::string> tags_of(sqlite::Statements& statements, const std::string& run) {
  std::vector<std::string> tags;
  const auto select = statements("SELECT tag FROM run_tag WHERE run=? ORDER BY tag");
  select->bind(run);
  while (select->step()) tags.push_back(select->text(0));
  return tags;
}

}  // namespace

Result<std::vector<RunRow>> Store::runs(const RunFilter& filter) const {
  const std::lock_guard guard(lock_);
  return attempt("list the runs", file_, [&]() -> Result<std::vector<RunRow>> {
    std::vector<RunRow> rows;
    const auto either = [](const std::optional<bool>& wanted) { return std::int64_t{wanted ? *wanted : -1}; };
    sqlite::Statement select(db_, std::string(kRunColumns) + kWanted + "ORDER BY started_ms DESC, rowid DESC");
    select.bind(filter.bench).bind(filter.verdict).bind(filter.tag);
    select.bind(filter.since_ms.value_or(std::numeric_limits<std::int64_t>::min()));
    select.bind(either(filter.imported)).bind(either(filter.simulated));
    while (select.step()) {
      rows.push_back(run_from(select));
      rows.back().tags = tags_of(state_->statements, rows.back().id);
    }
    return rows;
  });
}

Result<RunRow> Store::run(const std::string& id) const {
  const std::lock_guard guard(lock_);
  return attempt("read run " + id, file_, [&]() -> Result<RunRow> {
    sqlite::Statement select(db_, std::string(kRunColumns) + "WHERE id=?");
    select.bind(id);
    if (select.step()) {
      RunRow row = run_from(select);
      row.tags = tags_of(state_->statements, id);
      return row;
    }
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
                             " polynomials, channels, coefficients FROM stream WHERE run=? AND stream=?");
    select.bind(run).bind(std::int64_t{stream});
    if (!select.step()) return fail(Trouble::not_found, "Run " + run + " holds no samples.");
    auto coefficients = chunk::decode_coefficients(select.blob(9));
    if (!coefficients) return Failure(coefficients.error());
    return StreamFacts{select.text(0), select.text(1), select.text(2), select.text(3),
                       select.text(4), select.real(5), select.real(6), select.text(7),
                       rows::channels_from(select.text(8)), std::move(*coefficients)};
  });
}

Result<int> Store::streams(const std::string& run) const {
  const std::lock_guard guard(lock_);
  return attempt("count the streams of " + run, file_, [&]() -> Result<int> {
    sqlite::Statement count(db_, "SELECT count(*) FROM stream WHERE run=?");
    count.bind(run).step();
    return static_cast<int>(count.integer(0));
  });
}

Result<std::vector<AttemptRow>> Store::attempts(const std::string& run) const {
  const std::lock_guard guard(lock_);
  return attempt("read the attempts of " + run, file_, [&]() -> Result<std::vector<AttemptRow>> {
    std::vector<AttemptRow> rows;
    sqlite::Statement select(db_, "SELECT grp, attempt, stream, started_ms, valid, reason, mended "
                                  "FROM attempt WHERE run=? ORDER BY grp, attempt");
    select.bind(run);
    while (select.step())
      rows.push_back({static_cast<int>(select.integer(0)), static_cast<int>(select.integer(1)),
                      static_cast<int>(select.integer(2)), select.integer(3), select.integer(4) != 0,
                      select.text(5), select.text(6)});
    return rows;
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
      row.stream = stream;
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
