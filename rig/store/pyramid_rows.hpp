// Rows of the pyramid: written, and made anew from the chunks. Only the store's own files include it.
// Never a promise: what is missing or damaged is computed.
#pragma once

#include <functional>
#include <string>
#include <vector>

#include "rig/store/chunk_rows.hpp"
#include "rig/store/pyramid.hpp"

namespace jr::rows {

/// One for a stream of codes, one a channel for values; none when nothing is known to make ampere of codes.
std::vector<pyramid::Builder> builders_for(const Shape& shape);

void clear_pyramid(sqlite::Statements& statements, const std::string& run, int stream);
void insert(sqlite::Statements& statements, const std::string& run, int stream, std::size_t channel,
            const pyramid::Blob& blob);

/// Blobs of the stream's whole pyramid, made from its chunks; what cannot be read has no value. Memory: a chunk and a
/// blob a level.
Result<void> scan(sqlite::Statements& statements, const std::string& run, int stream, const Shape& shape,
                  const std::function<void(std::size_t channel, const pyramid::Blob& blob)>& take);

}  // namespace jr::rows
