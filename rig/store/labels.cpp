// Tags and notes: what people say about a run afterwards.
// Never touches what a result rests on.
#include <algorithm>

#include "rig/store/attempt.hpp"
#include "rig/store/store.hpp"

namespace jr {
namespace {

constexpr std::size_t kLongestTag = 64;

Result<void> check_tag(const std::string& tag) {
  const bool is_word = std::all_of(tag.begin(), tag.end(), [](char c) {
    const auto byte = static_cast<unsigned char>(c);
    return byte > ' ' && byte != 0x7F && c != ',';
  });
  if (!tag.empty() && tag.size() <= kLongestTag && is_word) return {};
  return fail(Trouble::usage, "'" + tag + "' is no tag: take one word of at most " + std::to_string(kLongestTag) +
                                  " bytes without spaces and commas, such as baseline.");
}

}  // namespace

Result<void> Store::tag(const std::string& run, const std::vector<std::string>& add,
                        const std::vector<std::string>& remove) {
  for (const std::string& tag : add)
    if (auto fits = check_tag(tag); !fits) return fits;
  if (auto known = this->run(run); !known) return Failure(known.error());
  const std::lock_guard guard(lock_);
  return attempt("tag run " + run, file_, [&]() -> Result<void> {
    sqlite::Transaction transaction(db_);
    for (const std::string& tag : add) {
      sqlite::Statement insert(db_, "INSERT OR IGNORE INTO run_tag VALUES(?,?)");
      insert.bind(run).bind(tag).step();
    }
    for (const std::string& tag : remove) {
      sqlite::Statement erase(db_, "DELETE FROM run_tag WHERE run=? AND tag=?");
      erase.bind(run).bind(tag).step();
    }
    transaction.commit();
    return {};
  });
}

Result<void> Store::add_note(const std::string& run, const NoteRow& note) {
  if (note.text.empty()) return fail(Trouble::usage, "A note needs a text.");
  if (auto known = this->run(run); !known) return Failure(known.error());
  const std::lock_guard guard(lock_);
  return attempt("add a note to " + run, file_, [&]() -> Result<void> {
    sqlite::Statement insert(db_, "INSERT INTO note(run, created_ms, text) VALUES(?,?,?)");
    insert.bind(run).bind(note.created_ms).bind(note.text).step();
    return {};
  });
}

Result<std::vector<NoteRow>> Store::notes(const std::string& run) const {
  const std::lock_guard guard(lock_);
  return attempt("read the notes of " + run, file_, [&]() -> Result<std::vector<NoteRow>> {
    std::vector<NoteRow> notes;
    sqlite::Statement select(db_, "SELECT created_ms, text FROM note WHERE run=? ORDER BY created_ms, id");
    select.bind(run);
    while (select.step()) notes.push_back({select.integer(0), select.text(1)});
    return notes;
  });
}

}  // namespace jr
