// The tables of each schema version, as the SQL that leads there from the version before.
// A later version adds a step; it never edits one that has been released.
#pragma once

namespace jr {

inline constexpr const char* kSchema1 = R"sql(
CREATE TABLE run(
  id TEXT PRIMARY KEY, bench TEXT NOT NULL, sequence INTEGER NOT NULL, kind TEXT NOT NULL,
  state TEXT NOT NULL, simulated INTEGER NOT NULL, suspect INTEGER NOT NULL DEFAULT 0,
  started_ms INTEGER NOT NULL, finished_ms INTEGER NOT NULL DEFAULT 0,
  holder_pid INTEGER NOT NULL, holder_start INTEGER NOT NULL,
  verdict TEXT NOT NULL DEFAULT '', reason TEXT NOT NULL DEFAULT '',
  plan TEXT NOT NULL, bench_file TEXT NOT NULL, environment TEXT NOT NULL, firmware TEXT NOT NULL,
  UNIQUE(bench, sequence));
CREATE TABLE stream(
  run TEXT NOT NULL REFERENCES run(id), stream INTEGER NOT NULL,
  kind TEXT NOT NULL, serial TEXT NOT NULL, hardware TEXT NOT NULL, firmware TEXT NOT NULL,
  metadata TEXT NOT NULL, period_s REAL NOT NULL, limit_ppm REAL NOT NULL,
  polynomials TEXT NOT NULL, PRIMARY KEY(run, stream)) WITHOUT ROWID;
CREATE TABLE chunk(
  id INTEGER PRIMARY KEY, run TEXT NOT NULL, stream INTEGER NOT NULL,
  first_ordinal INTEGER NOT NULL, n INTEGER NOT NULL,
  codes BLOB NOT NULL, ranges BLOB NOT NULL, lines BLOB NOT NULL, moments BLOB NOT NULL,
  crc32c INTEGER NOT NULL, UNIQUE(run, stream, first_ordinal));
CREATE TABLE anchor(
  run TEXT NOT NULL, stream INTEGER NOT NULL, ordinal INTEGER NOT NULL, host_ns INTEGER NOT NULL,
  PRIMARY KEY(run, stream, ordinal)) WITHOUT ROWID;
CREATE TABLE gap(
  run TEXT NOT NULL, stream INTEGER NOT NULL, ordinal INTEGER NOT NULL, length INTEGER NOT NULL,
  length_limit INTEGER NOT NULL, place_limit INTEGER NOT NULL, cause TEXT NOT NULL);
CREATE INDEX gap_of ON gap(run, stream, ordinal);
CREATE TABLE window(
  run TEXT NOT NULL, stream INTEGER NOT NULL, grp INTEGER NOT NULL, attempt INTEGER NOT NULL,
  label TEXT NOT NULL, found_by TEXT NOT NULL, start INTEGER NOT NULL, end INTEGER NOT NULL,
  events INTEGER NOT NULL, edge_u_samples REAL NOT NULL, moments BLOB NOT NULL,
  lost_limit INTEGER NOT NULL, valid INTEGER NOT NULL, reason TEXT NOT NULL);
CREATE INDEX window_of ON window(run, stream, grp);
CREATE TABLE conversation(
  run TEXT NOT NULL, ordinal INTEGER NOT NULL, host_ns INTEGER NOT NULL, sent INTEGER NOT NULL,
  text TEXT NOT NULL);
CREATE INDEX conversation_of ON conversation(run, host_ns);
CREATE TABLE result(
  id INTEGER PRIMARY KEY, run TEXT NOT NULL REFERENCES run(id), calibration TEXT NOT NULL,
  created_ms INTEGER NOT NULL, json TEXT NOT NULL);
CREATE TABLE truth(run TEXT PRIMARY KEY REFERENCES run(id), json TEXT NOT NULL) WITHOUT ROWID;
CREATE TABLE outbox(
  bench TEXT NOT NULL, sequence INTEGER NOT NULL, state TEXT NOT NULL DEFAULT 'waiting',
  PRIMARY KEY(bench, sequence)) WITHOUT ROWID;
)sql";

/// Every attempt at a window, whether it came to a cut or was broken off.
inline constexpr const char* kSchema2 = R"sql(
CREATE TABLE attempt(
  run TEXT NOT NULL REFERENCES run(id), grp INTEGER NOT NULL, attempt INTEGER NOT NULL,
  stream INTEGER NOT NULL, started_ms INTEGER NOT NULL, valid INTEGER NOT NULL,
  reason TEXT NOT NULL, mended TEXT NOT NULL, PRIMARY KEY(run, grp, attempt)) WITHOUT ROWID;
)sql";

/// Bench calibrations, whose text is never edited, and certificates that were recalled.
inline constexpr const char* kSchema3 = R"sql(
CREATE TABLE calibration(
  id TEXT PRIMARY KEY, kind TEXT NOT NULL, serial TEXT NOT NULL,
  created TEXT NOT NULL, expires TEXT NOT NULL, certificate TEXT NOT NULL,
  state TEXT NOT NULL, reason TEXT NOT NULL, text TEXT NOT NULL);
CREATE INDEX calibration_of ON calibration(kind, serial);
CREATE TRIGGER calibration_is_never_edited
  BEFORE UPDATE OF id, kind, serial, created, expires, certificate, text ON calibration
  BEGIN SELECT RAISE(ABORT, 'a calibration is never edited'); END;
CREATE TABLE certificate(
  number TEXT PRIMARY KEY, revoked TEXT NOT NULL, reason TEXT NOT NULL) WITHOUT ROWID;
CREATE INDEX result_by ON result(calibration);
)sql";

/// How benches and instruments fare between runs, and which of them nobody should believe for now.
inline constexpr const char* kSchema4 = R"sql(
CREATE TABLE health(
  id INTEGER PRIMARY KEY, instrument TEXT NOT NULL, bench TEXT NOT NULL, kind TEXT NOT NULL,
  series TEXT NOT NULL, basis TEXT NOT NULL, time_ms INTEGER NOT NULL, value REAL NOT NULL,
  u REAL NOT NULL, lowest REAL, highest REAL, run TEXT NOT NULL, passed INTEGER NOT NULL,
  reason TEXT NOT NULL);
CREATE INDEX health_of ON health(bench, time_ms);
CREATE TABLE quarantine(
  id INTEGER PRIMARY KEY, instrument TEXT NOT NULL, bench TEXT NOT NULL, since_ms INTEGER NOT NULL,
  run TEXT NOT NULL, reason TEXT NOT NULL, lifted_ms INTEGER NOT NULL DEFAULT 0,
  lifted_by TEXT NOT NULL DEFAULT '', lifted_reason TEXT NOT NULL DEFAULT '',
  new_baseline INTEGER NOT NULL DEFAULT 0);
CREATE INDEX quarantine_of ON quarantine(lifted_ms, instrument);
)sql";

/// Packed codes and values beside raw codes, views at any zoom, where an imported run came from, tags and notes.
inline constexpr const char* kSchema5 = R"sql(
ALTER TABLE run ADD COLUMN source TEXT NOT NULL DEFAULT '';
ALTER TABLE stream ADD COLUMN channels TEXT NOT NULL DEFAULT '';
ALTER TABLE stream ADD COLUMN coefficients BLOB NOT NULL DEFAULT X'';
ALTER TABLE chunk ADD COLUMN codec INTEGER NOT NULL DEFAULT 0;
CREATE TABLE pyramid(
  id INTEGER PRIMARY KEY, run TEXT NOT NULL, stream INTEGER NOT NULL, channel INTEGER NOT NULL,
  level INTEGER NOT NULL, first_entry INTEGER NOT NULL, n INTEGER NOT NULL,
  columns BLOB NOT NULL, crc32c INTEGER NOT NULL, UNIQUE(run, stream, channel, level, first_entry));
CREATE TABLE run_tag(
  run TEXT NOT NULL REFERENCES run(id), tag TEXT NOT NULL, PRIMARY KEY(run, tag)) WITHOUT ROWID;
CREATE INDEX run_with_tag ON run_tag(tag);
CREATE TABLE note(
  id INTEGER PRIMARY KEY, run TEXT NOT NULL REFERENCES run(id), created_ms INTEGER NOT NULL, text TEXT NOT NULL);
CREATE INDEX note_of ON note(run, created_ms);
)sql";

/// Traces that were dropped by policy, and runs that are being taken in from elsewhere.
inline constexpr const char* kSchema6 = R"sql(
CREATE TABLE dropped(
  run TEXT NOT NULL REFERENCES run(id), stream INTEGER NOT NULL, dropped_ms INTEGER NOT NULL,
  samples INTEGER NOT NULL, bytes INTEGER NOT NULL, why TEXT NOT NULL, PRIMARY KEY(run, stream)) WITHOUT ROWID;
CREATE TABLE arrival(run TEXT PRIMARY KEY REFERENCES run(id)) WITHOUT ROWID;
)sql";

/// kSchemaSteps[v] leads from version v to v + 1.
inline constexpr const char* kSchemaSteps[] = {kSchema1, kSchema2, kSchema3, kSchema4, kSchema5, kSchema6};

}  // namespace jr
