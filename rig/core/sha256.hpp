// The SHA-256 of a file, of bytes or of pieces, by OpenSSL's libcrypto: a name for what they hold.
// Never used for secrets.
#pragma once

#include <cstddef>
#include <filesystem>
#include <memory>
#include <span>
#include <string>

#include "rig/core/result.hpp"

struct evp_md_ctx_st;

namespace jr {

/// A digest that is fed piece by piece.
class Sha256 {
 public:
  Sha256();
  void add(std::span<const std::byte> bytes);
  std::string hex();  ///< 64 lower-case hexadecimal digits; once, when all has been added

 private:
  struct Free { void operator()(evp_md_ctx_st* context) const; };
  std::unique_ptr<evp_md_ctx_st, Free> context_;
};

/// 64 lower-case hexadecimal digits.
std::string sha256_of(std::span<const std::byte> bytes);

/// Reads the file in pieces. Errors: not_found, permission, storage (a read failed).
Result<std::string> sha256_of_file(const std::filesystem::path& file);

}  // namespace jr
