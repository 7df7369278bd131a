// Which traces were dropped, so that nobody takes their absence for damage.
// Never drops one: upkeep.cpp does.
#include "rig/store/attempt.hpp"
#include "rig/store/store.hpp"

namespace jr {

Result<void> Store::note_dropped(const std::string& run, const DroppedRow& trace) {
  const std::lock_guard guard(lock_);
  return attempt("record a dropped trace", file_, [&]() -> Result<void> {
    sqlite::Statement insert(db_, "INSERT INTO dropped(run, stream, dropped_ms, samples, bytes, why) VALUES(?,?,?,?,?,?)");
    insert.bind(run).bind(std::int64_t{trace.stream}).bind(trace.dropped_ms);
    insert.bind(static_cast<std::int64_t>(trace.samples)).bind(static_cast<std::int64_t>(trace.bytes));
    insert.bind(trace.why).step();
    return {};
  });
}

Result<std::vector<DroppedRow>> Store::dropped(const std::string& run) const {
  const std::lock_guard guard(lock_);
  return attempt("look for dropped traces of " + run, file_, [&]() -> Result<std::vector<DroppedRow>> {
    std::vector<DroppedRow> rows;
    sqlite::Statement select(db_, "SELECT stream, dropped_ms, samples, bytes, why FROM dropped WHERE run=? ORDER BY stream");
    select.bind(run);
    while (select.step())
      rows.push_back({static_cast<int>(select.integer(0)), select.integer(1), static_cast<std::uint64_t>(select.integer(2)),
                      static_cast<std::uint64_t>(select.integer(3)), select.text(4)});
    return rows;
  });
}

}  // namespace jr
