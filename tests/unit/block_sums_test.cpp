// Runs and their sums: closed forms, and both ways of adding give the same.
#include "rig/core/block_sums.hpp"

#include <doctest/doctest.h>
#include <rapidcheck.h>

#include <algorithm>
#include <random>
#include <vector>

#include "rig/core/value_runs.hpp"

using namespace jr;

TEST_CASE("the sums of a run of full-scale codes are n times the code and its square, however long it is") {
  for (const std::uint16_t code : std::vector<std::uint16_t>{0, 1, 16383, 32767, 32768, 65535}) {
    for (const std::size_t n : {1u, 15u, 16u, 17u, 256u, 300'000u}) {
      const BlockSums sums = block_sums(std::vector<std::uint16_t>(n, code));
      CHECK(sums.min == code);
      CHECK(sums.max == code);
      CHECK(sums.sum == std::uint64_t{code} * n);
      CHECK(sums.sum_of_squares == std::uint64_t{code} * code * n);
    }
  }
}

TEST_CASE("vector and plain sums of any sixteen-bit codes are the same, whatever their number and place") {
  CHECK(rc::check([](const std::vector<std::uint16_t>& codes, std::size_t skip) {
    if (codes.empty()) return;
    const auto part = std::span(codes).subspan(skip % codes.size());
    RC_ASSERT(block_sums(part) == block_sums_portably(part));
  }));
  std::mt19937 random(1);
  std::vector<std::uint16_t> codes(1000);
  for (auto& code : codes) code = static_cast<std::uint16_t>(random());
  for (std::size_t n = 1; n <= codes.size(); ++n)
    REQUIRE(block_sums(std::span(codes).first(n)) == block_sums_portably(std::span(codes).first(n)));
}

TEST_CASE("no codes have no sums: asking for them is a broken promise") { CHECK_THROWS(block_sums({})); }

TEST_CASE("a run ends where its value does, at every place against the words it is read by") {
  for (std::size_t n = 1; n <= 120; ++n) {
    for (std::size_t start = 0; start < n; ++start) {
      for (std::size_t end = start + 1; end <= n; ++end) {
        std::vector<std::uint8_t> values(n, 7);
        std::fill(values.begin() + static_cast<std::ptrdiff_t>(end), values.end(), std::uint8_t{6});
        REQUIRE(run_end(values, start) == end);
      }
    }
  }
}
