// Samples as values: stored in chunks of one size with every bit, read back, summed in their order.
// Never counts a missing sample as zero.
#include <algorithm>
#include <stdexcept>

#include "rig/store/attempt.hpp"
#include "rig/store/chunk_rows.hpp"
#include "rig/store/store_state.hpp"
#include "rig/store/value_chunk.hpp"

namespace jr {
namespace {

using rows::ChunkReader;
using rows::ChunkRow;
using rows::NewChunk;

std::size_t length_of(const ValueStretch& samples, std::size_t channels) {
  if (samples.channels.size() != channels)
    throw std::invalid_argument("the stream has " + std::to_string(channels) + " channels, not " +
                                std::to_string(samples.channels.size()));
  const std::size_t n = samples.channels.front().size();
  for (const auto& values : samples.channels)
    if (values.size() != n) throw std::invalid_argument("channels of a stretch are of different lengths");
  if (!samples.lines.empty() && samples.lines.size() != n)
    throw std::invalid_argument("the lines of a stretch are not as many as its values");
  return n;
}

NewChunk encoded(const ValueStretch& samples, std::size_t at, std::size_t n) {
  NewChunk chunk;
  chunk.first = samples.first_ordinal + at;
  chunk.n = n;
  chunk.codec = chunk::Codec::values;
  std::vector<std::span<const double>> channels;
  for (const auto& values : samples.channels) channels.push_back(std::span(values).subspan(at, n));
  chunk.codes = chunk::encode_values(channels);
  if (!samples.lines.empty()) chunk.lines = chunk::encode_runs(std::span(samples.lines).subspan(at, n));
  return chunk;
}

Result<std::size_t> channels_of(sqlite::Statements& statements, const std::string& run, int stream) {
  const auto shape = rows::shape_of(statements, run, stream);
  if (!shape) return Failure(shape.error());
  if (shape->channels > 0) return shape->channels;
  return fail(Trouble::usage, "Stream " + std::to_string(stream) + " of run " + run + " holds codes, not values.");
}

/// Hands on, chunk by chunk, what lies in [start, end); returns how far it reaches without a hole.
template <class Visit>
Result<std::uint64_t> walk(sqlite::Statements& statements, const std::string& run, int stream, std::size_t channels,
                           std::uint64_t start, std::uint64_t end, Visit visit) {
  ChunkReader chunks(statements, run, stream, start, end);
  std::uint64_t covered = start;
  while (true) {
    const auto row = chunks.next();
    if (!row) return Failure(row.error());
    if (*row == nullptr) return covered;
    if ((*row)->first > covered)
      return fail(Trouble::not_found, "Samples " + std::to_string(covered) + " to " + std::to_string((*row)->first) +
                                          " of run " + run + " are not stored.");
    auto part = rows::decode_values(**row, channels);
    if (!part) return Failure(part.error());
    const std::size_t from = std::max(start, (*row)->first) - (*row)->first;
    const std::size_t to = std::min(end, (*row)->end()) - (*row)->first;
    const auto cut = [&](auto& samples) {
      samples.erase(samples.begin() + static_cast<std::ptrdiff_t>(to), samples.end());
      samples.erase(samples.begin(), samples.begin() + static_cast<std::ptrdiff_t>(from));
    };
    for (auto& values : part->channels) cut(values);
    if (!part->lines.empty()) cut(part->lines);
    visit(*part);
    covered = (*row)->end();
  }
}

/// Lines may be known for a part only: they are zero elsewhere.
void join(ValueStretch& into, const ValueStretch& part) {
  const std::size_t before = into.channels.front().size();
  for (std::size_t c = 0; c < part.channels.size(); ++c)
    into.channels[c].insert(into.channels[c].end(), part.channels[c].begin(), part.channels[c].end());
  if (part.lines.empty() && into.lines.empty()) return;
  into.lines.resize(before);
  into.lines.insert(into.lines.end(), part.lines.begin(), part.lines.end());
  into.lines.resize(into.channels.front().size());
}

}  // namespace

Result<void> Store::append_values(const std::string& run, int stream, const ValueStretch& samples) {
  const std::lock_guard guard(lock_);
  auto stored = attempt("store samples", file_, [&]() -> Result<void> {
    auto open = state_->being_written(run, stream, samples.first_ordinal, true);
    if (!open) return Failure(open.error());
    const std::size_t length = length_of(samples, (*open)->shape.channels);
    std::vector<NewChunk> chunks;
    for (std::size_t at = 0; at < length; at += chunk::kSamples)
      chunks.push_back(encoded(samples, at, std::min(chunk::kSamples, length - at)));
    for (std::size_t c = 0; c < (*open)->builders.size(); ++c) (*open)->builders[c].add(samples.channels[c]);
    sqlite::Transaction transaction(db_);
    for (const NewChunk& chunk : chunks) rows::insert(state_->statements, run, stream, chunk);
    state_->write_pyramid(run, stream, **open, false);
    transaction.commit();
    return {};
  });
  if (!stored) state_->open.erase({run, stream});  // it may have run ahead of the disk
  return stored;
}

Result<ValueStretch> Store::values_between(const std::string& run, int stream, std::uint64_t start,
                                           std::uint64_t end) const {
  const std::lock_guard guard(lock_);
  return attempt("read values of " + run, file_, [&]() -> Result<ValueStretch> {
    const auto channels = channels_of(state_->statements, run, stream);
    if (!channels) return Failure(channels.error());
    ValueStretch stretch{start, std::vector<std::vector<double>>(*channels), {}};
    auto covered = walk(state_->statements, run, stream, *channels, start, end,
                        [&](const ValueStretch& part) { join(stretch, part); });
    if (!covered) return Failure(covered.error());
    return stretch;
  });
}

Result<ValueSums> Store::value_sums(const std::string& run, int stream, std::uint64_t start,
                                    std::uint64_t end) const {
  const std::lock_guard guard(lock_);
  return attempt("sum values of " + run, file_, [&]() -> Result<ValueSums> {
    ValueSums sums;
    if (start >= end) return sums;
    const auto channels = channels_of(state_->statements, run, stream);
    if (!channels) return Failure(channels.error());
    auto covered = walk(state_->statements, run, stream, *channels, start, end,
                        [&](const ValueStretch& part) { add_values(sums, part.channels); });
    if (!covered) return Failure(covered.error());
    if (*covered < end)
      return fail(Trouble::not_found, "Samples " + std::to_string(*covered) + " to " + std::to_string(end) +
                                          " of run " + run + " are not stored.");
    return sums;
  });
}

}  // namespace jr
