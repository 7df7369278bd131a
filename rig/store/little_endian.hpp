// Numbers in blobs: little-endian, whatever their alignment.
// Never checks a length: who reads has counted before.
#pragma once

#include <bit>
#include <cstddef>
#include <cstring>
#include <span>
#include <vector>

namespace jr::chunk {

static_assert(std::endian::native == std::endian::little,
              "blobs are little-endian; a big-endian host needs a byte swap here");

using Bytes = std::vector<std::byte>;

template <class T>
void put(Bytes& into, T value) {
  const std::size_t at = into.size();
  into.resize(at + sizeof value);
  std::memcpy(into.data() + at, &value, sizeof value);
}

template <class T>
T get(std::span<const std::byte> from, std::size_t offset) {
  T value;
  std::memcpy(&value, from.data() + offset, sizeof value);
  return value;
}

}  // namespace jr::chunk
