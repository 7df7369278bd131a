// A zip archive as a list of named texts, in memory: the same texts give the same bytes.
// Never believes a size that an archive states, and never holds more than its limits.
#pragma once

#include <cstddef>
#include <span>
#include <string>
#include <utility>
#include <vector>

#include "rig/core/result.hpp"

namespace jr::lca {

/// Names with forward slashes, and what stands in them; in the order of the archive.
using ZipEntries = std::vector<std::pair<std::string, std::string>>;

inline constexpr std::size_t kMostEntries = 4096, kMostEntryBytes = std::size_t{4} << 20, kMostZipBytes = std::size_t{16} << 20;

/// Stored, not packed, each entry of 1980-01-01: no clock and no time zone goes in. Errors: storage, in libzip's words.
Result<std::string> zipped(const ZipEntries& entries);

/// All entries that are no folders. Errors (malformed): no zip archive, an entry that is encrypted or packed otherwise than
/// by deflate, a damaged one, more than the limits above (of the unpacked bytes). `name` is what sentences call it.
Result<ZipEntries> unzipped(std::span<const std::byte> bytes, const std::string& name);

}  // namespace jr::lca
