// The record: runs, raw codes, gaps, windows, conversation and results in one SQLite file.
// Never edits a closed run, never keeps amperes, never acknowledges what is not on the disk.
#pragma once

#include <cstdint>
#include <filesystem>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <vector>

#include "rig/core/gap.hpp"
#include "rig/core/moments.hpp"
#include "rig/core/result.hpp"
#include "rig/core/sample_block.hpp"
#include "rig/core/value_sums.hpp"
#include "rig/core/window.hpp"
#include "rig/store/coefficients.hpp"

struct sqlite3;

namespace jr {

/// Facts about a run that are known when it begins; JSON texts are opaque to the store.
struct RunFacts {
  std::string bench, kind;  ///< kind: "measure" or "record"
  bool simulated{};
  std::int64_t started_ms{};
  std::string plan, bench_file, environment, firmware;
  std::string source{};  ///< JSON: what it was imported from; empty: it was measured here
};

struct RunRow {
  std::string id;
  RunFacts facts;
  std::string state;  ///< "open", "closed", "interrupted"
  std::int64_t sequence{}, finished_ms{};
  std::string verdict, reason;
  bool suspect{};        ///< as it was closed
  std::string recalled;  ///< why a calibration that one of its results used was revoked; empty: none was
  std::vector<std::string> tags;  ///< in alphabetical order
};

/// What someone wrote about a run afterwards. Never part of what a result rests on.
struct NoteRow { std::int64_t created_ms{}; std::string text; };

/// Which runs; what is empty is not asked for.
struct RunFilter {
  std::string bench{}, verdict{}, tag{};
  std::optional<std::int64_t> since_ms{};
  std::optional<bool> imported{}, simulated{};
};

/// One stream of one instrument in a run.
struct StreamFacts {
  std::string kind, serial, hardware, firmware, metadata;  ///< metadata verbatim
  double period_s{};
  double limit_ppm{};
  std::string polynomials;  ///< JSON of the device's own modifiers as they were used
  std::vector<Quantity> channels{};  ///< empty: raw codes; else a stream of values
  Coefficients coefficients{};       ///< of raw codes, for views; a stream of values needs none
};

/// Values of a stretch of a stream that has no codes. Shapes: one vector a channel, all of one length; lines empty
/// or of that length. NaN: the sample is missing.
struct ValueStretch {
  std::uint64_t first_ordinal{};
  std::vector<std::vector<double>> channels{};
  std::vector<std::uint8_t> lines{};
};

/// A window as it was cut, with its attempt, its verdict and its exact sums.
struct WindowRow {
  int group{}, attempt{};
  Window window;
  Moments moments;
  std::uint64_t lost_limit{};
  bool valid{};
  std::string reason;  ///< why not, if not
  int stream{};        ///< whose ordinals the window counts; filled in by windows()
};

/// One attempt at a window, as it went.
struct AttemptRow {
  int group{}, attempt{};
  int stream{};               ///< the stream it was taken from
  std::int64_t started_ms{};  ///< UTC
  bool valid{};
  std::string reason;  ///< why it does not count, if it does not
  std::string mended;  ///< what was done before it because the one before had failed
};

struct ConversationRow {
  std::uint64_t ordinal{};  ///< sample being taken when the line was complete, by the clock fit
  std::int64_t host_ns{};
  bool sent{};
  std::string text;
};

struct HostAnchor { std::uint64_t ordinal{}; std::int64_t host_ns{}; };

/// Codes of a stretch of a stream, decoded from its chunks.
struct Stretch {
  std::uint64_t first_ordinal{};
  std::vector<std::uint16_t> codes;
  std::vector<std::uint8_t> ranges, lines;
};

/// A bench calibration as it is kept. All but state and reason is immutable.
struct CalibrationRow {
  std::string id;            ///< SHA-256 of its canonical text
  std::string kind, serial;  ///< of the instrument
  std::string created, expires;  ///< ISO 8601 UTC
  std::string certificate;       ///< of the reference
  std::string state{"active"};   ///< "active", "superseded", "revoked" or "failed"
  std::string reason;            ///< why it was revoked, or what failed
  std::string text;              ///< the whole record; opaque to the store
};

/// Which calibrations; what is empty is not asked for.
struct CalibrationFilter {
  std::string kind, serial, state, certificate;
};

/// A stored report, as it was written.
struct ResultRow {
  std::string calibration;
  std::int64_t created_ms{};
  std::string json;
};

/// The trace of a stream that was dropped by policy: what it held, when it went and why. What was computed from it stays.
struct DroppedRow {
  int stream{};
  std::int64_t dropped_ms{};
  std::uint64_t samples{}, bytes{};
  std::string why;
};

/// A stored result and the calibration that it rests on.
struct ResultUse {
  std::string run, calibration;
  std::int64_t created_ms{};
};

/// What a recalled certificate takes with it.
struct Recall {
  std::vector<std::string> calibrations;  ///< ids, all revoked now
  std::vector<ResultUse> results;
};

/// One look at how a bench fares.
struct HealthRow {
  std::string instrument, bench;  ///< instrument: "kind:serial"
  std::string kind;               ///< "reference": monitor over reference less one; "control": joule per inference
  std::string series;             ///< what is compared with what: "1 mA (range 3)", "kws01 3f2a91c4d5e6"
  std::string basis;              ///< id of the calibration or card; another basis is another chart
  std::int64_t time_ms{};         ///< UTC
  double value{}, u{};            ///< u standard
  std::optional<double> lowest{}, highest{};  ///< the limits it was held to; absent: none yet
  std::string run;
  bool passed{true};
  std::string reason;             ///< why it did not
};

/// An instrument that nobody should believe until someone has looked at it.
struct QuarantineRow {
  std::int64_t id{};
  std::string instrument, bench;  ///< the bench on which it showed
  std::int64_t since_ms{};
  std::string run, reason;
  std::int64_t lifted_ms{};       ///< 0: it still stands
  std::string lifted_by, lifted_reason;
  bool new_baseline{};            ///< the instrument's charts begin anew when it is lifted
};

/// How codes are written; what was written before stays as it is.
enum class Compression {
  packed,  ///< bit-packed
  zstd     ///< the same, then zstd: smaller, and slower to write and to read
};

struct Zoom;

/// One connection; every member may be called from any thread (one lock inside).
/// WAL, synchronous=FULL: when a call that writes returns, its rows survive power loss.
class Store {
 public:
  /// Opens or creates. Errors: storage (no rights, not a database, a newer schema: says which).
  static Result<std::unique_ptr<Store>> open(const std::filesystem::path& file);
  /// Opens what is there, to read: makes no file and no folder, brings no schema up to date, writes nothing, and works
  /// where nothing may be written. An older schema reads as the present one. Every call that writes is refused.
  /// Errors: not_found (no such file), storage (no rights, no JouleRig database, a newer schema).
  static Result<std::unique_ptr<Store>> open_read_only(const std::filesystem::path& file);
  ~Store();

  Result<std::string> begin_run(const RunFacts& facts);  ///< id "<bench>-<sequence>"
  /// Replaces the run's environment and firmware documents; only while it is open.
  Result<void> set_documents(const std::string& run, const std::string& environment,
                             const std::string& firmware);
  Result<int> add_stream(const std::string& run, const StreamFacts& facts);
  /// One transaction: chunks, the pyramid's blobs that became full, anchors. A long stretch becomes several chunks.
  /// Errors: storage, refused (the run is closed, or the stream holds values).
  Result<void> append(const std::string& run, int stream, const Stretch& samples,
                      const std::vector<HostAnchor>& anchors);
  /// The same for a stream of values: lossless, checksummed.
  Result<void> append_values(const std::string& run, int stream, const ValueStretch& samples);
  /// No more samples will come: what is left of the pyramid is written. close_run() does it for every stream.
  Result<void> end_stream(const std::string& run, int stream);
  void set_compression(Compression compression);  ///< of what is written from now on; packed if never called
  Result<void> set_gaps(const std::string& run, int stream, const std::vector<Gap>& gaps);
  Result<void> add_window(const std::string& run, int stream, const WindowRow& window);
  /// A later word on the same attempt replaces the first.
  Result<void> note_attempt(const std::string& run, const AttemptRow& attempt);
  Result<void> add_conversation(const std::string& run, const std::vector<ConversationRow>& lines);
  Result<void> add_result(const std::string& run, const std::string& calibration,
                          const std::string& json);
  Result<void> add_truth(const std::string& run, const std::string& json);
  /// `state` is "closed", or "interrupted" when a person stopped it.
  Result<void> close_run(const std::string& run, const std::string& verdict,
                         const std::string& reason, bool suspect, std::int64_t finished_ms,
                         const std::string& state = "closed");
  /// Marks open runs whose process is gone (its pid, or the start time of that pid) as interrupted,
  /// with everything that was committed kept; returns their ids.
  Result<std::vector<std::string>> mark_interrupted();

  Result<std::vector<RunRow>> runs(const RunFilter& filter = {}) const;  ///< newest first
  Result<RunRow> run(const std::string& id) const;  ///< not_found names the newest id
  Result<StreamFacts> stream(const std::string& run, int stream) const;
  Result<int> streams(const std::string& run) const;  ///< how many; each reconnection begins one
  Result<std::vector<AttemptRow>> attempts(const std::string& run) const;  ///< in their order
  Result<std::uint64_t> samples(const std::string& run, int stream) const;
  Result<std::vector<Gap>> gaps(const std::string& run, int stream) const;
  Result<std::vector<WindowRow>> windows(const std::string& run, int stream) const;
  Result<std::vector<ConversationRow>> conversation(const std::string& run) const;
  Result<std::optional<std::string>> result(const std::string& run) const;  ///< the first one
  Result<std::optional<std::string>> truth(const std::string& run) const;

  /// Samples [start, end) as far as they are stored.
  Result<Stretch> samples_between(const std::string& run, int stream, std::uint64_t start,
                                  std::uint64_t end) const;
  /// Exact sums over [start, end): whole chunks by their stored moments, the ends decoded.
  /// `lost` is left 0: gaps are the caller's. Fails when a part is not stored or a chunk is corrupt.
  Result<Moments> moments_between(const std::string& run, int stream, std::uint64_t start,
                                  std::uint64_t end) const;
  /// The same sums from the codes alone, with no chunk's stored moments: the proof of the other.
  Result<Moments> moments_anew(const std::string& run, int stream, std::uint64_t start,
                               std::uint64_t end) const;

  /// Values [start, end) as far as they are stored.
  Result<ValueStretch> values_between(const std::string& run, int stream, std::uint64_t start, std::uint64_t end) const;
  /// Their sums, in the order of the samples. Fails when a part is not stored or a chunk is corrupt.
  Result<ValueSums> value_sums(const std::string& run, int stream, std::uint64_t start, std::uint64_t end) const;

  // The pyramid (pyramid_rows.cpp): a cache beside the chunks; zoom.hpp reads it.

  /// Makes the stream's pyramid anew from its chunks; damaged or missing ones have no value in it. `coefficients`
  /// are kept for a stream of codes that was stored without any. Errors: unsupported (it has none and none are
  /// given), refused (the stream is being written), storage.
  Result<void> rebuild_pyramid(const std::string& run, int stream, const Coefficients& coefficients = {});
  /// Compares every stored entry with one made anew from the chunks. A sentence for each blob that differs, is
  /// missing or cannot be read; empty when all is well or the stream has no pyramid.
  Result<std::vector<std::string>> check_pyramid(const std::string& run, int stream) const;

  // Tags and notes (labels.cpp): they may change after a run is closed; nothing that a result rests on may.

  Result<void> tag(const std::string& run, const std::vector<std::string>& add, const std::vector<std::string>& remove);
  Result<void> add_note(const std::string& run, const NoteRow& note);
  Result<std::vector<NoteRow>> notes(const std::string& run) const;  ///< oldest first

  // Calibrations (calibrations.cpp).

  /// Of one instrument only the newest active one stays active, the others become superseded. The same
  /// record again changes nothing. Errors: refused (its certificate was recalled), malformed (another
  /// text under the same id).
  Result<void> add_calibration(const CalibrationRow& calibration);
  Result<void> check_certificate(const std::string& number) const;  ///< refused when it was recalled
  Result<std::vector<CalibrationRow>> calibrations(const CalibrationFilter& filter = {}) const;  ///< newest first
  /// By its id, or by so much of its beginning as is unique. Errors: not_found, usage (not unique).
  Result<CalibrationRow> calibration(const std::string& id_or_beginning) const;
  Result<void> set_calibration_state(const std::string& id, const std::string& state,
                                     const std::string& reason);
  /// Revokes every calibration that rests on the certificate, and keeps the number so that none is added
  /// later. Errors: not_found lists the certificates there are.
  Result<Recall> recall_certificate(const std::string& number, const std::string& reason,
                                    const std::string& date);

  // A run that comes from elsewhere as a whole (arrival.cpp).

  /// Takes in a run's row, under its own number when that is free, else the next of its bench; returns the id. Until
  /// finish_arrival() the run is "open", and what is written on this connection is not flushed at each commit.
  Result<std::string> begin_arrival(const RunRow& row);
  /// State, verdict and times as in `row`; everything that was written survives power loss from here on.
  Result<void> finish_arrival(const std::string& run, const RunRow& row);
  /// Takes a run that was begun so out again, piece by piece: others may write meanwhile.
  Result<void> remove_arrival(const std::string& run);
  /// Removes what processes that are gone had begun to take in; returns the ids.
  Result<std::vector<std::string>> remove_dead_arrivals();
  Result<void> restore_results(const std::string& run, const std::vector<ResultRow>& results);
  Result<void> restore_anchors(const std::string& run, int stream, const std::vector<HostAnchor>& anchors);
  /// A calibration that comes with a run, which it may be in force for: active only where the instrument has none, and
  /// revoked where its certificate was recalled. Errors: malformed (another text under the same id).
  Result<void> take_in_calibration(const CalibrationRow& calibration, const std::string& reason);
  Result<std::vector<ResultRow>> results(const std::string& run) const;  ///< oldest first
  /// At most `limit` anchors from the sample `from` on, ascending.
  Result<std::vector<HostAnchor>> anchors(const std::string& run, int stream, std::uint64_t from, std::size_t limit) const;

  // Traces that were dropped (dropped.cpp).

  Result<void> note_dropped(const std::string& run, const DroppedRow& trace);
  Result<std::vector<DroppedRow>> dropped(const std::string& run) const;  ///< by stream

  // How benches fare (health.cpp).

  Result<void> add_health(const HealthRow& look);
  /// Of the bench, oldest first, whatever became of them; empty: of all benches.
  Result<std::vector<HealthRow>> health(const std::string& bench) const;
  Result<void> quarantine(const QuarantineRow& why);
  /// Of the instrument or the bench, whichever is not empty, newest first; those that stand when `standing`.
  Result<std::vector<QuarantineRow>> quarantines(const std::string& instrument, const std::string& bench,
                                                 bool standing) const;
  /// Lifts what stands on the bench or holds one of its instruments, or that instrument ("ppk2:E1") itself, and
  /// returns it as it now is. Errors:
  /// not_found when nothing stands there.
  Result<std::vector<QuarantineRow>> lift_quarantine(const std::string& bench_or_instrument, const std::string& by,
                                                     const std::string& reason, bool new_baseline,
                                                     std::int64_t now_ms);

  const std::filesystem::path& file() const { return file_; }
  void limit_pages(std::int64_t pages);  ///< makes the disk "full" early, for tests and quotas

 private:
  struct State;  // store_state.hpp
  friend Result<Zoom> zoom(const Store&, const std::string&, int, std::uint64_t, std::uint64_t, std::size_t,
                           std::size_t, const Coefficients&);

  Store();
  std::filesystem::path file_;
  sqlite3* db_{};
  mutable std::mutex lock_;
  std::unique_ptr<State> state_;
};

inline constexpr int kSchemaVersion = 6;

/// `--db`, else $JOULERIG_DB, else $XDG_DATA_HOME/joulerig/joulerig.db.
std::filesystem::path default_database();

}  // namespace jr
