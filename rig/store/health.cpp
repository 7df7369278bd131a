// How benches fare, look by look, and which instruments are in quarantine.
// Never judges a look, and never takes one back.
#include <limits>

#include "rig/store/attempt.hpp"
#include "rig/store/store.hpp"

namespace jr {
namespace {

constexpr const char* kHealthColumns =
    "SELECT instrument, bench, kind, series, basis, time_ms, value, u, lowest, highest, run, "
    "passed, "
    "reason, lowest IS NULL, highest IS NULL FROM health ";
constexpr const char* kQuarantineColumns =
    "SELECT id, instrument, bench, since_ms, run, reason, lifted_ms, lifted_by, lifted_reason, "
    "new_baseline FROM quarantine ";

HealthRow health_from(const sqlite::Statement& row) {
  HealthRow look;
  look.instrument = row.text(0);
  look.bench = row.text(1);
  look.kind = row.text(2);
  look.series = row.text(3);
  look.basis = row.text(4);
  look.time_ms = row.integer(5);
  look.value = row.real(6);
  look.u = row.real(7);
  if (!row.integer(13)) look.lowest = row.real(8);
  if (!row.integer(14)) look.highest = row.real(9);
  look.run = row.text(10);
  look.passed = row.integer(11) != 0;
  look.reason = row.text(12);
  return look;
}

QuarantineRow quarantine_from(const sqlite::Statement& row) {
  return {row.integer(0), row.text(1),    row.text(2), row.integer(3), row.text(4),
          row.text(5),    row.integer(6), row.text(7), row.text(8),    row.integer(9) != 0};
}

std::vector<QuarantineRow> standing_on(sqlite3* db, const std::string& bench) {
  std::vector<QuarantineRow> rows;
  sqlite::Statement select(db,
                           std::string(kQuarantineColumns) +
                               "WHERE lifted_ms=0 AND (bench=?1 OR instrument=?1 OR instrument IN "
                               "(SELECT instrument FROM health WHERE bench=?1)) ORDER BY id DESC");
  select.bind(bench);
  while (select.step()) rows.push_back(quarantine_from(select));
  return rows;
}

}  // namespace

Result<void> Store::add_health(const HealthRow& look) {
  const std::lock_guard guard(lock_);
  return attempt("record how the bench fares", file_, [&]() -> Result<void> {
    // Limits that there are none of are NULL: NaN is what SQLite stores as NULL.
    constexpr double kNone = std::numeric_limits<double>::quiet_NaN();
    sqlite::Statement insert(
        db_,
        "INSERT INTO health(instrument, bench, kind, series, basis, time_ms, value, u, "
        "lowest, highest, run, passed, reason) VALUES(?,?,?,?,?,?,?,?,?,?,?,?,?)");
    insert.bind(look.instrument)
        .bind(look.bench)
        .bind(look.kind)
        .bind(look.series)
        .bind(look.basis);
    insert.bind(look.time_ms).bind(look.value).bind(look.u);
    insert.bind(look.lowest.value_or(kNone)).bind(look.highest.value_or(kNone));
    insert.bind(look.run).bind(std::int64_t{look.passed}).bind(look.reason).step();
    return {};
  });
}

Result<std::vector<HealthRow>> Store::health(const std::string& bench) const {
  const std::lock_guard guard(lock_);
  return attempt("read how the bench fared", file_, [&]() -> Result<std::vector<HealthRow>> {
    std::vector<HealthRow> rows;
    sqlite::Statement select(
        db_, std::string(kHealthColumns) + "WHERE ?1 IN ('', bench) ORDER BY time_ms, id");
    select.bind(bench);
    while (select.step()) rows.push_back(health_from(select));
    return rows;
  });
}

Result<void> Store::quarantine(const QuarantineRow& why) {
  const std::lock_guard guard(lock_);
  return attempt("record a quarantine", file_, [&]() -> Result<void> {
    sqlite::Statement insert(
        db_, "INSERT INTO quarantine(instrument, bench, since_ms, run, reason) VALUES(?,?,?,?,?)");
    insert.bind(why.instrument)
        .bind(why.bench)
        .bind(why.since_ms)
        .bind(why.run)
        .bind(why.reason)
        .step();
    return {};
  });
}

Result<std::vector<QuarantineRow>> Store::quarantines(const std::string& instrument,
                                                      const std::string& bench,
                                                      bool standing) const {
  const std::lock_guard guard(lock_);
  return attempt("look for quarantines", file_, [&]() -> Result<std::vector<QuarantineRow>> {
    std::vector<QuarantineRow> rows;
    sqlite::Statement select(db_, std::string(kQuarantineColumns) +
                                      "WHERE (?1='' OR instrument=?1) AND (?2='' OR bench=?2) AND "
                                      "(?3=0 OR lifted_ms=0) ORDER BY id DESC");
    select.bind(instrument).bind(bench).bind(std::int64_t{standing});
    while (select.step()) rows.push_back(quarantine_from(select));
    return rows;
  });
}

Result<std::vector<QuarantineRow>> Store::lift_quarantine(const std::string& bench,
                                                          const std::string& by,
                                                          const std::string& reason,
                                                          bool new_baseline, std::int64_t now_ms) {
  const std::lock_guard guard(lock_);
  return attempt("lift a quarantine", file_, [&]() -> Result<std::vector<QuarantineRow>> {
    sqlite::Transaction transaction(db_);
    std::vector<QuarantineRow> rows = standing_on(db_, bench);
    if (rows.empty())
      return fail(Trouble::not_found,
                  "Nothing of '" + bench + "' is in quarantine in " + file_.string() + ".");
    for (QuarantineRow& row : rows) {
      row.lifted_ms = now_ms, row.lifted_by = by, row.lifted_reason = reason,
      row.new_baseline = new_baseline;
      sqlite::Statement update(db_,
                               "UPDATE quarantine SET lifted_ms=?, lifted_by=?, lifted_reason=?, "
                               "new_baseline=? WHERE id=?");
      update.bind(now_ms)
          .bind(by)
          .bind(reason)
          .bind(std::int64_t{new_baseline})
          .bind(row.id)
          .step();
    }
    transaction.commit();
    return rows;
  });
}

}  // namespace jr
