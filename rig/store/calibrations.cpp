// Bench calibrations in the record: taken in whole, superseded, revoked with their certificate.
// Never edits a calibration's text, and never looks into it.
#include <algorithm>

#include "rig/store/attempt.hpp"
#include "rig/store/store.hpp"

namespace jr {
namespace {

constexpr const char* kColumns =
    "SELECT id, kind, serial, created, expires, certificate, state, reason, text FROM calibration ";
constexpr const char* kNewestFirst = "ORDER BY created DESC, rowid DESC";

CalibrationRow calibration_from_row(const sqlite::Statement& row) {
  return {row.text(0), row.text(1), row.text(2), row.text(3), row.text(4),
          row.text(5), row.text(6), row.text(7), row.text(8)};
}

/// Why the certificate was recalled; empty: it was not.
std::string recalled(sqlite3* db, const std::string& certificate) {
  sqlite::Statement select(db, "SELECT revoked, reason FROM certificate WHERE number=?");
  select.bind(certificate);
  return select.step() ? "on " + select.text(0) + " (" + select.text(1) + ")" : "";
}

Result<void> valid_certificate(sqlite3* db, const std::string& number) {
  const std::string why = recalled(db, number);
  if (why.empty()) return {};
  return fail(Trouble::refused,
              "Certificate " + number + " was recalled " + why +
                  ": no calibration that rests on it is taken in; use a reference with a "
                  "valid certificate.");
}

/// Of one instrument only the newest active calibration stays active.
void supersede(sqlite3* db, const std::string& kind, const std::string& serial) {
  sqlite::Statement update(
      db,
      "UPDATE calibration SET state='superseded' "
      "WHERE kind=? AND serial=? AND state='active' AND id<>("
      "SELECT id FROM calibration WHERE kind=? AND serial=? AND state='active' "
      "ORDER BY created DESC, rowid DESC LIMIT 1)");
  update.bind(kind).bind(serial).bind(kind).bind(serial).step();
}

void insert_calibration(sqlite3* db, const CalibrationRow& c) {
  sqlite::Statement insert(db, "INSERT INTO calibration VALUES(?,?,?,?,?,?,?,?,?)");
  insert.bind(c.id).bind(c.kind).bind(c.serial).bind(c.created).bind(c.expires);
  insert.bind(c.certificate).bind(c.state).bind(c.reason).bind(c.text).step();
}

std::string certificates_in(sqlite3* db) {
  std::string list;
  sqlite::Statement select(db, "SELECT DISTINCT certificate FROM calibration ORDER BY certificate");
  while (select.step()) list += (list.empty() ? "" : ", ") + select.text(0);
  return list;
}

}  // namespace

Result<void> Store::add_calibration(const CalibrationRow& c) {
  const std::lock_guard guard(lock_);
  return attempt("keep the calibration", file_, [&]() -> Result<void> {
    sqlite::Transaction transaction(db_);
    {
      sqlite::Statement same(db_, "SELECT text FROM calibration WHERE id=?");
      if (same.bind(c.id).step()) {
        if (same.text(0) == c.text) return {};
        return fail(Trouble::malformed, "The database holds another calibration under the id " +
                                            c.id + ": one of the two was tampered with.");
      }
    }
    if (auto valid = valid_certificate(db_, c.certificate); !valid) return valid;
    insert_calibration(db_, c);
    supersede(db_, c.kind, c.serial);
    transaction.commit();
    return {};
  });
}

Result<void> Store::check_certificate(const std::string& number) const {
  const std::lock_guard guard(lock_);
  return attempt("look for the certificate", file_, [&] { return valid_certificate(db_, number); });
}

Result<std::vector<CalibrationRow>> Store::calibrations(const CalibrationFilter& filter) const {
  const std::lock_guard guard(lock_);
  return attempt("list the calibrations", file_, [&]() -> Result<std::vector<CalibrationRow>> {
    std::vector<CalibrationRow> rows;
    sqlite::Statement select(db_, std::string(kColumns) +
                                      "WHERE ?1 IN ('', kind) AND ?2 IN ('', serial) AND "
                                      "?3 IN ('', state) AND ?4 IN ('', certificate) " +
                                      kNewestFirst);
    select.bind(filter.kind).bind(filter.serial).bind(filter.state).bind(filter.certificate);
    while (select.step()) rows.push_back(calibration_from_row(select));
    return rows;
  });
}

Result<CalibrationRow> Store::calibration(const std::string& id_or_beginning) const {
  const std::lock_guard guard(lock_);
  return attempt("read the calibration", file_, [&]() -> Result<CalibrationRow> {
    sqlite::Statement select(db_, std::string(kColumns) + "WHERE substr(id, 1, length(?1))=?1 " +
                                      kNewestFirst + " LIMIT 2");
    select.bind(id_or_beginning);
    if (!id_or_beginning.empty() && select.step()) {
      CalibrationRow found = calibration_from_row(select);
      if (found.id == id_or_beginning || !select.step()) return found;
      return fail(Trouble::usage, "More than one calibration begins with '" + id_or_beginning +
                                      "': give more of its id (joulerig calibration list).");
    }
    sqlite::Statement newest(db_, std::string(kColumns) + kNewestFirst + " LIMIT 1");
    return fail(
        Trouble::not_found,
        "There is no calibration '" + id_or_beginning + "' in " + file_.string() +
            (newest.step() ? "; the newest is " + newest.text(0).substr(0, 12) + "."
                           : ", which holds none yet: joulerig calibrate BENCH makes one."));
  });
}

Result<void> Store::set_calibration_state(const std::string& id, const std::string& state,
                                          const std::string& reason) {
  const std::lock_guard guard(lock_);
  return attempt("mark the calibration", file_, [&]() -> Result<void> {
    sqlite::Statement update(db_, "UPDATE calibration SET state=?, reason=? WHERE id=?");
    update.bind(state).bind(reason).bind(id).step();
    if (sqlite3_changes(db_) != 1)
      return fail(Trouble::not_found, "There is no calibration '" + id + "'.");
    return {};
  });
}

Result<Recall> Store::recall_certificate(const std::string& number, const std::string& reason,
                                         const std::string& date) {
  const std::lock_guard guard(lock_);
  return attempt("recall the certificate", file_, [&]() -> Result<Recall> {
    sqlite::Transaction transaction(db_);
    Recall recall;
    {
      sqlite::Statement resting(
          db_, "SELECT id FROM calibration WHERE certificate=? ORDER BY created, rowid");
      resting.bind(number);
      while (resting.step()) recall.calibrations.push_back(resting.text(0));
    }
    if (recall.calibrations.empty()) {
      const std::string known = certificates_in(db_);
      return fail(Trouble::not_found, "No calibration rests on the certificate '" + number + "'" +
                                          (known.empty() ? ": the database holds no calibration."
                                                         : "; there is: " + known + "."));
    }
    sqlite::Statement(db_, "INSERT OR IGNORE INTO certificate VALUES(?,?,?)")
        .bind(number)
        .bind(date)
        .bind(reason)
        .step();
    sqlite::Statement(
        db_,
        "UPDATE calibration SET state='revoked', reason=? WHERE certificate=? AND state<>'revoked'")
        .bind("certificate " + number + " was recalled: " + reason)
        .bind(number)
        .step();
    sqlite::Statement used(
        db_,
        "SELECT r.run, r.calibration, r.created_ms FROM result r JOIN calibration c "
        "ON c.id=r.calibration WHERE c.certificate=? ORDER BY r.created_ms, r.id");
    used.bind(number);
    while (used.step()) recall.results.push_back({used.text(0), used.text(1), used.integer(2)});
    transaction.commit();
    return recall;
  });
}

}  // namespace jr
