// Looking a database through: what is damaged is listed, and the search goes on behind it.
// Never repairs, and never holds more than a chunk.
#include <algorithm>
#include <string_view>

#include "rig/store/attempt.hpp"
#include "rig/store/connection.hpp"
#include "rig/store/older_schema.hpp"
#include "rig/store/store.hpp"
#include "rig/store/upkeep.hpp"

namespace jr {
namespace {

std::string in_one_line(std::string text) {
  constexpr std::string_view kHeading = "*** in database main ***\n";
  if (text.starts_with(kHeading)) text.erase(0, kHeading.size());
  std::replace(text.begin(), text.end(), '\n', ';');
  return text;
}

/// One look through one file.
class Check {
 public:
  Check(const std::filesystem::path& file, const Store& store, const UpkeepProgress& progress)
      : store_(store), progress_(progress), db_(sqlite::connect_to_read(file)) {
    show_as_present_schema(db_.get(), static_cast<int>(sqlite::number(db_.get(), "PRAGMA user_version")));
  }

  CheckReport run() {
    file_itself();
    references();
    const auto streams = all_streams();
    chunks_in_all_ = std::max<std::int64_t>(1, counted("SELECT count(*) FROM chunk"));
    report_.runs = static_cast<std::uint64_t>(counted("SELECT count(*) FROM run"));
    report_.dropped_traces = static_cast<std::uint64_t>(counted("SELECT count(*) FROM dropped"));
    for (const auto& [run, stream] : streams) one_stream(run, stream);
    return std::move(report_);
  }

 private:
  void note(Damage damage) {
    ++report_.damages;
    if (report_.damage.size() < kDamageListed) report_.damage.push_back(std::move(damage));
  }

  /// Runs `body`; what SQLite throws there is damage to be noted, and no end of the search.
  template <class Body>
  void past_damage(const Damage& place, Body body) {
    try {
      body();
    } catch (const sqlite::Failed& failed) {
      Damage damage = place;
      damage.what += std::string(" cannot be read (") + sqlite3_errstr(failed.code) + ").";
      note(std::move(damage));
    }
  }

  std::int64_t counted(const char* sql) {
    std::int64_t count = 0;
    past_damage({"", {}, 0, 0, "A table"}, [&] { count = sqlite::number(db_.get(), sql); });
    return count;
  }

  void file_itself() {
    past_damage({"", {}, 0, 0, "The file"}, [&] {
      sqlite::Statement rows(db_.get(), "PRAGMA integrity_check");
      while (rows.step())
        if (rows.text(0) != "ok") note({"", {}, 0, 0, "SQLite says of the file: " + in_one_line(rows.text(0)) + "."});
    });
  }

  void references() {
    past_damage({"", {}, 0, 0, "A table"}, [&] {
      sqlite::Statement rows(db_.get(), "PRAGMA foreign_key_check");
      while (rows.step()) note({"", {}, 0, 0, "A row of the table " + rows.text(0) + " belongs to a " + rows.text(2) + " that is not there."});
    });
    for (const char* table : {"chunk", "pyramid", "anchor", "gap", "window", "conversation"})
      past_damage({"", {}, 0, 0, std::string("The table ") + table}, [&] {
        sqlite::Statement orphans(db_.get(), std::string("SELECT DISTINCT run FROM ") + table + " WHERE run NOT IN (SELECT id FROM run)");
        while (orphans.step()) note({orphans.text(0), {}, 0, 0, std::string("The table ") + table + " holds rows of a run that is not there."});
      });
  }

  std::vector<std::pair<std::string, int>> all_streams() {
    std::vector<std::pair<std::string, int>> streams;
    past_damage({"", {}, 0, 0, "The list of streams"}, [&] {
      sqlite::Statement rows(db_.get(), "SELECT run, stream FROM stream ORDER BY run, stream");
      while (rows.step()) streams.emplace_back(rows.text(0), static_cast<int>(rows.integer(1)));
    });
    return streams;
  }

  bool is_dropped(const std::string& run, int stream) {
    bool found = false;
    past_damage({run, stream, 0, 0, "What was dropped"}, [&] {
      sqlite::Statement row(db_.get(), "SELECT 1 FROM dropped WHERE run=? AND stream=?");
      found = row.bind(run).bind(std::int64_t{stream}).step();
    });
    return found;
  }

  /// From the index alone, which a damaged chunk leaves whole.
  std::vector<std::uint64_t> chunk_starts(const std::string& run, int stream) {
    std::vector<std::uint64_t> starts;
    past_damage({run, stream, 0, 0, "The list of its chunks"}, [&] {
      sqlite::Statement rows(db_.get(), "SELECT first_ordinal FROM chunk WHERE run=? AND stream=? ORDER BY first_ordinal");
      rows.bind(run).bind(std::int64_t{stream});
      while (rows.step()) starts.push_back(static_cast<std::uint64_t>(rows.integer(0)));
    });
    return starts;
  }

  void one_stream(const std::string& run, int stream) {
    const auto facts = store_.stream(run, stream);
    if (!facts) return note({run, stream, 0, 0, facts.error().message});
    if (is_dropped(run, stream)) return;  // what there still is of it goes with the next retain
    const std::vector<std::uint64_t> starts = chunk_starts(run, stream);
    std::uint64_t end = 0;
    for (std::size_t i = 0; i < starts.size(); ++i) {
      const std::uint64_t first = starts[i], room = i + 1 < starts.size() ? starts[i + 1] - first : 0;
      if (first > end) note({run, stream, end, first - end, "Samples are missing between two chunks."});
      const std::uint64_t n = length_of(run, stream, first, room);
      if (!n) {
        end = first + room;
        continue;
      }
      one_chunk(run, stream, first, n, !facts->channels.empty());
      end = std::max(end, first + n);
      ++report_.chunks, report_.samples += n;
      if (progress_) progress_(std::min(1.0, static_cast<double>(report_.chunks) / static_cast<double>(chunks_in_all_)));
    }
    if (starts.empty()) return;
    if (facts->channels.empty()) windows(run, stream);
    pyramid(run, stream);
  }

  /// 0: it cannot be told; the next chunk leaves room for so many.
  std::uint64_t length_of(const std::string& run, int stream, std::uint64_t first, std::uint64_t room) {
    std::int64_t n = 0;
    past_damage({run, stream, first, room, "The chunk at sample " + std::to_string(first)}, [&] {
      sqlite::Statement row(db_.get(), "SELECT n FROM chunk WHERE run=? AND stream=? AND first_ordinal=?");
      row.bind(run).bind(std::int64_t{stream}).bind(static_cast<std::int64_t>(first));
      if (row.step()) n = row.integer(0);
    });
    if (n < 0) note({run, stream, first, room, "The chunk at sample " + std::to_string(first) + " has no length."});
    return static_cast<std::uint64_t>(std::max<std::int64_t>(0, n));
  }

  void one_chunk(const std::string& run, int stream, std::uint64_t first, std::uint64_t n, bool of_values) {
    const auto damaged = [&](const std::string& what) { note({run, stream, first, n, what}); };
    if (of_values) {
      if (const auto sums = store_.value_sums(run, stream, first, first + n); !sums) damaged(sums.error().message);
      return;
    }
    const auto stored = store_.moments_between(run, stream, first, first + n);
    if (!stored) return damaged(stored.error().message);
    const auto anew = store_.moments_anew(run, stream, first, first + n);
    if (!anew) return damaged(anew.error().message);
    if (!(*stored == *anew)) damaged("The chunk at sample " + std::to_string(first) + " has other sums than its codes.");
  }

  void windows(const std::string& run, int stream) {
    const auto rows = store_.windows(run, stream);
    if (!rows) return note({run, stream, 0, 0, rows.error().message});
    for (const WindowRow& row : *rows) {
      if (row.window.start >= row.window.end) continue;
      auto sums = store_.moments_between(run, stream, row.window.start, row.window.end);
      if (!sums) continue;  // its chunk was named already
      sums->lost = row.moments.lost;  // gaps became known later
      if (!(*sums == row.moments))
        note({run, stream, row.window.start, row.window.end - row.window.start,
              "Window " + std::to_string(row.group) + " (" + name_of(row.window.label) + ") has other sums than its samples."});
    }
  }

  void pyramid(const std::string& run, int stream) {
    const auto troubles = store_.check_pyramid(run, stream);
    if (!troubles) return note({run, stream, 0, 0, troubles.error().message});
    for (const std::string& trouble : *troubles) {
      // A capture that was killed leaves the end of its pyramid unwritten; a view computes it from the chunks.
      if (trouble.find(" is missing at sample ") != std::string::npos) ++report_.pyramid_rows_missing;
      else note({run, stream, 0, 0, trouble});
    }
    ++report_.pyramids;
  }

  const Store& store_;
  const UpkeepProgress& progress_;
  sqlite::Connection db_;
  CheckReport report_;
  std::int64_t chunks_in_all_{1};
};

}  // namespace

Result<CheckReport> check_store(const std::filesystem::path& file, const UpkeepProgress& progress) {
  std::error_code ignored;
  if (!std::filesystem::exists(file, ignored))
    return fail(Trouble::not_found, "There is no database " + file.string() + ": name another with --db.");
  const auto store = Store::open_read_only(file);
  if (!store) return Failure(store.error());
  return attempt("look through the database", file, [&]() -> Result<CheckReport> { return Check(file, **store, progress).run(); });
}

}  // namespace jr
