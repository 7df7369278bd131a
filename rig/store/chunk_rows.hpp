// Rows of chunks: written, found, read one by one and decoded. Only the store's own files include it.
// Never lets one damaged row or page hide the chunks beside it.
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "rig/core/result.hpp"
#include "rig/store/chunk.hpp"
#include "rig/store/sqlite.hpp"
#include "rig/store/store.hpp"

namespace jr::rows {

/// A chunk that is about to be stored.
struct NewChunk {
  std::uint64_t first{}, n{};
  chunk::Codec codec{};
  chunk::Bytes codes, ranges, lines, moments;
};
void insert(sqlite::Statements& statements, const std::string& run, int stream, const NewChunk& chunk);

/// One chunk's row, its blobs still inside SQLite: valid until its reader goes on.
struct ChunkRow {
  std::uint64_t first{}, n{};
  chunk::Codec codec{};
  std::span<const std::byte> codes, ranges, lines, moments;
  std::string where;  ///< "The chunk at sample 65536 of stream 0 of run a-1"

  std::uint64_t end() const { return first + n; }
};

/// The chunks that touch [start, end), in their order. Their places come from the index, so that a chunk that
/// cannot be read is known by its first sample.
class ChunkReader {
 public:
  ChunkReader(sqlite::Statements& statements, std::string run, int stream, std::uint64_t start, std::uint64_t end);

  /// nullptr behind the last. Errors: malformed names the chunk; the next call goes on behind it.
  Result<const ChunkRow*> next();

 private:
  struct Place { std::int64_t id{}; std::uint64_t first{}; };
  Result<bool> load(const Place& place);  // false: it ends before the stretch

  sqlite::Statements& statements_;
  const std::string run_;
  const int stream_;
  const std::uint64_t start_;
  std::vector<Place> places_;
  std::size_t at_{};
  std::optional<sqlite::Statements::Use> open_;
  ChunkRow row_;
};

/// Codes, ranges and (zeros when none were kept) lines. Errors: malformed names the chunk.
Result<Stretch> decode(const ChunkRow& row);
/// The same without lines, which a view has no use for.
Result<Stretch> decode_without_lines(const ChunkRow& row);
/// One channel of a chunk of values.
Result<std::vector<double>> decode_channel(const ChunkRow& row, std::size_t channel);
/// All channels; lines as they were, none or one a sample.
Result<ValueStretch> decode_values(const ChunkRow& row, std::size_t channels);

/// Behind the last stored sample.
std::uint64_t samples_of(sqlite::Statements& statements, const std::string& run, int stream);

/// What a stream holds: a count of channels (0: codes), and what its codes mean.
struct Shape {
  std::size_t channels{};
  Coefficients coefficients;
  bool is_open{};  ///< its run is
};
Result<Shape> shape_of(sqlite::Statements& statements, const std::string& run, int stream);

/// "current_A,voltage_V", as in the column stream.channels.
std::string text_of(const std::vector<Quantity>& channels);
std::vector<Quantity> channels_from(const std::string& text);  ///< throws std::invalid_argument

}  // namespace jr::rows
