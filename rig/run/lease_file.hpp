// What locks and notes have in common: file names from device keys, the time of day, whole files.
// Never decides what a file means.
#pragma once

#include <filesystem>
#include <string>
#include <string_view>

#include "rig/core/result.hpp"

namespace jr {

/// folder/<prefix><key>.json with every byte of the key but letters, digits, '-' and '_' as %XX.
/// Trouble::usage for an empty key, or one too long for a file name.
Result<std::filesystem::path> lease_file(const std::filesystem::path& folder,
                                         std::string_view prefix, const std::string& key);

std::string utc_now();           ///< 2026-01-31T12:00:00Z
std::string whole_file(int fd);  ///< at most 4 KiB from the beginning

}  // namespace jr
