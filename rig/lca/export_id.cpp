// UUIDs of version 5 by libcrypto's SHA-1.
// SHA-1 is what the version asks for; nothing here is a secret.
#include "rig/lca/export_id.hpp"

#include <openssl/evp.h>

#include <array>
#include <cctype>
#include <stdexcept>

namespace jr::lca {
namespace {

/// Drawn once for JouleRig's exports; another one would give every data set another name.
constexpr const char* kNameSpace = "6c0d5f1e-2b7a-4e53-9f40-8a1d3c7be926";

std::string bytes_of(const std::string& uuid) {
  std::string digits, bytes;
  for (const char c : uuid)
    if (c != '-') digits += c;
  for (std::size_t i = 0; i + 1 < digits.size(); i += 2) bytes += static_cast<char>(std::stoi(digits.substr(i, 2), nullptr, 16));
  return bytes;
}

}  // namespace

std::string uuid_of(const std::string& name, const std::string& name_space) {
  const std::string text = bytes_of(name_space) + name;
  std::array<unsigned char, EVP_MAX_MD_SIZE> digest{};
  unsigned length = 0;
  if (EVP_Digest(text.data(), text.size(), digest.data(), &length, EVP_sha1(), nullptr) != 1 || length < 16)
    throw std::runtime_error("libcrypto has no SHA-1");
  digest[6] = static_cast<unsigned char>((digest[6] & 0x0F) | 0x50);
  digest[8] = static_cast<unsigned char>((digest[8] & 0x3F) | 0x80);
  constexpr const char* kDigits = "0123456789abcdef";
  std::string uuid;
  for (std::size_t i = 0; i < 16; ++i) {
    if (i == 4 || i == 6 || i == 8 || i == 10) uuid += '-';
    uuid += kDigits[digest[i] >> 4];
    uuid += kDigits[digest[i] & 15];
  }
  return uuid;
}

std::string uuid_of(const std::string& name) { return uuid_of(name, kNameSpace); }

bool is_uuid(const std::string& text) {
  if (text.size() != 36) return false;
  for (std::size_t i = 0; i < text.size(); ++i) {
    const bool hyphen = i == 8 || i == 13 || i == 18 || i == 23;
    if (hyphen ? text[i] != '-' : !std::isxdigit(static_cast<unsigned char>(text[i]))) return false;
  }
  return true;
}

}  // namespace jr::lca
