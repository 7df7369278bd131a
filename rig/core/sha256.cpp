// A thin cover over libcrypto's EVP digest. Never holds more of a file than one piece.
#include "rig/core/sha256.hpp"

#include <openssl/evp.h>

#include <array>
#include <cerrno>
#include <cstdio>
#include <cstring>
#include <memory>
#include <stdexcept>

namespace jr {
namespace {

Failure unreadable(const std::filesystem::path& file, int reason) {
  const Trouble trouble = reason == ENOENT || reason == ENOTDIR ? Trouble::not_found
                          : reason == EACCES || reason == EPERM ? Trouble::permission
                                                                : Trouble::storage;
  return fail(trouble, "cannot read " + file.string() + ": " + std::strerror(reason));
}

}  // namespace

void Sha256::Free::operator()(evp_md_ctx_st* context) const { EVP_MD_CTX_free(context); }

Sha256::Sha256() : context_(EVP_MD_CTX_new()) {
  if (!context_ || EVP_DigestInit_ex(context_.get(), EVP_sha256(), nullptr) != 1)
    throw std::runtime_error("libcrypto offers no SHA-256");
}

void Sha256::add(std::span<const std::byte> bytes) {
  if (EVP_DigestUpdate(context_.get(), bytes.data(), bytes.size()) != 1) throw std::runtime_error("SHA-256 failed");
}

std::string Sha256::hex() {
  std::array<unsigned char, EVP_MAX_MD_SIZE> digest;
  unsigned length = 0;
  if (EVP_DigestFinal_ex(context_.get(), digest.data(), &length) != 1) throw std::runtime_error("SHA-256 failed");
  constexpr char kDigits[] = "0123456789abcdef";
  std::string text;
  for (unsigned i = 0; i < length; ++i) {
    text += kDigits[digest[i] >> 4];
    text += kDigits[digest[i] & 15U];
  }
  return text;
}

std::string sha256_of(std::span<const std::byte> bytes) {
  Sha256 digest;
  digest.add(bytes);
  return digest.hex();
}

Result<std::string> sha256_of_file(const std::filesystem::path& file) {
  struct Close {
    void operator()(std::FILE* open) const { std::fclose(open); }
  };
  const std::unique_ptr<std::FILE, Close> open(std::fopen(file.c_str(), "rbe"));
  if (!open) return unreadable(file, errno);
  Sha256 digest;
  std::array<std::byte, 65536> piece;
  while (const std::size_t got = std::fread(piece.data(), 1, piece.size(), open.get()))
    digest.add(std::span(piece).first(got));
  if (std::ferror(open.get())) return unreadable(file, errno);
  return digest.hex();
}

}  // namespace jr
