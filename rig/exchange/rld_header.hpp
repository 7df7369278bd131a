// The header of a RocketLogger file: what it measured, with which channels, and where its rows stand.
// Never reads a sample.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "rig/core/result.hpp"

namespace jr::rld {

enum class Unit : std::uint32_t { none = 0, volt = 1, ampere = 2, binary = 3, range_valid = 4 };

struct Channel {
  Unit unit{};
  int power_of_ten{};                ///< value = stored number times ten to this, in the unit
  std::size_t bytes{};               ///< of a stored number: 4, of some channels 1, 2 or 8
  std::optional<std::size_t> valid;  ///< binary channel that says whether this range applies
  std::string name;                  ///< "I1L", "V2", "DI1"
  std::size_t offset{};              ///< in a row; of a binary channel its bit
};

struct Header {
  std::uint32_t block_rows{}, blocks{};
  std::uint64_t rows{};           ///< as the file says
  double rate_Hz{};
  std::string mac, comment;
  std::int64_t started_ms{};
  std::vector<Channel> binary, analog;
  std::size_t bytes{};            ///< of the header
  std::size_t row_bytes{};
  std::uint64_t whole_rows{};     ///< that the bytes really hold, at most `rows`

  /// Where a row begins, and where the two time stamps of its block do. Requires row < whole_rows.
  std::size_t place(std::uint64_t row) const;
  std::size_t stamps_of(std::uint64_t block) const;
};

/// Realtime, then monotonic: seconds and nanoseconds of each.
inline constexpr std::size_t kStampBytes = 32;

/// Errors: malformed (no such file, or a header that does not fit itself or its file), unsupported (its version).
Result<Header> header_of(std::span<const std::byte> bytes, const std::string& name);

}  // namespace jr::rld
