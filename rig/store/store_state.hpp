// What an open store keeps in memory beside its connection: prepared statements, and pyramids that are begun.
// Never anything that is not on the disk or cannot be made anew from what is. Only the store's own files include it.
#pragma once

#include <map>
#include <string>
#include <utility>
#include <vector>

#include "rig/store/chunk_rows.hpp"
#include "rig/store/planes.hpp"
#include "rig/store/pyramid.hpp"
#include "rig/store/store.hpp"

namespace jr {

/// A stream that this store is writing.
struct OpenStream {
  rows::Shape shape;
  std::vector<pyramid::Builder> builders;  ///< one for codes, one a channel for values; none: not made as it goes
  bool remake{};  ///< the pyramid could not follow (samples were there before, or are missing): made at the end
};

struct Store::State {
  explicit State(sqlite3* db) : statements(db) {}

  sqlite::Statements statements;
  chunk::Unsqueezer unsqueeze;  ///< of views, which would make one each time
  std::map<std::pair<std::string, int>, OpenStream> open;
  Compression compression{Compression::packed};

  /// The stream, ready for samples that begin at `first_ordinal`.
  /// Errors: not_found, refused (its run is closed; or it holds values and codes are given, or the other way).
  Result<OpenStream*> being_written(const std::string& run, int stream, std::uint64_t first_ordinal, bool values);
  /// Blobs that `builders` have ready; `end`: and what is begun. Inside the caller's transaction.
  void write_pyramid(const std::string& run, int stream, OpenStream& open, bool end);
  void stop_following(const std::string& run, int stream, OpenStream& open);
  /// From the chunks, in transactions of its own: reading never waits for it, and is right while it is half done.
  Result<void> remake_pyramid(const std::string& run, int stream, const rows::Shape& shape);
};

}  // namespace jr
