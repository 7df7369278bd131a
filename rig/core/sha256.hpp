// The SHA-256 of a file or of bytes, by OpenSSL's libcrypto: a firmware image's name in the record.
// Never used for secrets.
#pragma once

#include <cstddef>
#include <filesystem>
#include <span>
#include <string>

#include "rig/core/result.hpp"

namespace jr {

/// 64 lower-case hexadecimal digits.
std::string sha256_of(std::span<const std::byte> bytes);

/// Reads the file in pieces. Errors: not_found, permission, storage (a read failed).
Result<std::string> sha256_of_file(const std::filesystem::path& file);

}  // namespace jr
