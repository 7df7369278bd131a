// RocketLogger files: header, ranges with their valid bits, cut files, other versions.
#include <doctest/doctest.h>

#include <cmath>
#include <cstring>

#include "rig/exchange/rld_file.hpp"
#include "rig/exchange/rld_header.hpp"
#include "tests/unit/collecting_sink.hpp"
#include "tests/unit/import_options.hpp"

using namespace jr;
using jr::test::bytes_of;
using jr::test::holds;
using jr::test::refusal_of;
using jr::test::CollectingSink;
using jr::test::columns;
using jr::test::volts;

namespace {

struct ChannelSpec {
  std::uint32_t unit;
  std::int32_t scale;
  std::uint16_t valid;
  const char* name;
};

constexpr std::uint16_t kFree = 0xFFFF;

template <class T>
void put(std::string& text, T value) {
  text.append(reinterpret_cast<const char*>(&value), sizeof value);
}

/// A file whose row k holds `row(k)`: the bits, then one number an analog channel.
struct RldFile {
  std::uint16_t version{4}, rate{1000};
  std::uint32_t block_rows{4};
  std::string comment{"a note"};
  std::vector<ChannelSpec> binary, analog;
  double true_period_s{1e-3};

  std::string header(std::uint64_t rows) const {
    std::string padded = comment;
    while (padded.size() % 4) padded += '\0';
    std::string text;
    put<std::uint32_t>(text, 0x444C5225);
    put<std::uint16_t>(text, version);
    put<std::uint16_t>(text, static_cast<std::uint16_t>(56 + padded.size() + 28 * (binary.size() + analog.size())));
    put<std::uint32_t>(text, block_rows);
    put<std::uint32_t>(text, static_cast<std::uint32_t>((rows + block_rows - 1) / block_rows));
    put<std::uint64_t>(text, rows);
    put<std::uint16_t>(text, rate);
    text += std::string("\x01\x02\x03\x0a\x0b\x0c", 6);
    put<std::int64_t>(text, 1'700'000'000), put<std::int64_t>(text, 250'000'000);
    put<std::uint32_t>(text, static_cast<std::uint32_t>(padded.size()));
    put<std::uint16_t>(text, static_cast<std::uint16_t>(binary.size()));
    put<std::uint16_t>(text, static_cast<std::uint16_t>(analog.size()));
    text += padded;
    for (const auto* list : {&binary, &analog})
      for (const ChannelSpec& channel : *list) {
        put(text, channel.unit), put(text, channel.scale);
        put<std::uint16_t>(text, list == &binary ? 0 : 4), put(text, channel.valid);
        char name[16] = {};
        std::strncpy(name, channel.name, 15);
        text.append(name, 16);
      }
    return text;
  }
  template <class Row>
  std::string with(std::uint64_t rows, Row row) const {
    std::string text = header(rows);
    for (std::uint64_t k = 0; k < rows; ++k) {
      if (k % block_rows == 0) {
        const double t = 5000 + static_cast<double>(k) * true_period_s;
        for (int stamp = 0; stamp < 2; ++stamp) {
          put<std::int64_t>(text, static_cast<std::int64_t>(t));
          put<std::int64_t>(text, static_cast<std::int64_t>((t - std::floor(t)) * 1e9));
        }
      }
      const auto [bits, numbers] = row(k);
      if (!binary.empty()) put<std::uint32_t>(text, bits);
      for (const std::int32_t number : numbers) put(text, number);
    }
    return text;
  }
};

using Row = std::pair<std::uint32_t, std::vector<std::int32_t>>;

/// Two lines, the valid bit of I1L, then V1, I1L, I1H, V2.
RldFile usual() {
  RldFile file;
  file.binary = {{3, 0, kFree, "DI1"}, {3, 0, kFree, "DI2"}, {4, 0, kFree, "I1L_valid"}};
  file.analog = {{1, -8, kFree, "V1"}, {2, -11, 2, "I1L"}, {2, -9, kFree, "I1H"}, {1, -8, kFree, "V2"}};
  return file;
}

Row usual_row(std::uint64_t k) {
  const auto n = static_cast<std::int32_t>(k);
  return {static_cast<std::uint32_t>((k % 4) | (k % 3 == 0 ? 4U : 0U)), {330'000'000 + n, 1000 + n, 7'000'000 + n, 1}};
}

Result<void> read(const std::string& text, CollectingSink& sink, const ImportOptions& options = {}) {
  return read_rld(bytes_of(text), {"run.rld", "", text.size()}, options, sink);
}

std::string refused(const std::string& text, const ImportOptions& options = {}) {
  return refusal_of([&](CollectingSink& sink) { return read(text, sink, options); });
}

}  // namespace

TEST_CASE("the low range counts where its valid bit is set, the high one elsewhere") {
  CollectingSink sink;
  REQUIRE(read(usual().with(10, usual_row), sink));
  CHECK(sink.facts.channels == std::vector{Quantity::current_A, Quantity::voltage_V});
  REQUIRE(sink.channels[0].size() == 10);
  for (std::size_t k = 0; k < 10; ++k) {
    const auto n = static_cast<double>(k);
    CHECK(sink.channels[0][k] == (k % 3 == 0 ? (1000 + n) / 1e11 : (7e6 + n) / 1e9));
    CHECK(sink.channels[1][k] == (3.3e8 + n) / 1e8);
    CHECK(sink.lines[k] == k % 4);
  }
  CHECK(sink.facts.serial == "01:02:03:0a:0b:0c");
  CHECK(sink.facts.started_ms == 1'700'000'000'250);
  CHECK(sink.facts.period_s == 1e-3);
  CHECK(sink.says("V2"));
}

TEST_CASE("a low range that overflowed with no high one beside it is a missing sample") {
  RldFile file = usual();
  file.analog = {{2, -11, 2, "I1L"}};
  CollectingSink sink;
  REQUIRE(read(file.with(6, [](std::uint64_t k) { return Row{k % 3 == 0 ? 4U : 0U, {500}}; }), sink, volts(3.0)));
  CHECK(sink.channels[0][0] == 5e-9);
  CHECK(std::isnan(sink.channels[0][1]));
  CHECK(sink.facts.supply_V == 3.0);
}

TEST_CASE("channels are chosen by name, with or without the letter of a range") {
  const std::string text = usual().with(8, usual_row);
  CollectingSink high, second;
  REQUIRE(read(text, high, columns({{"current", "I1H"}})));
  CHECK(high.channels[0][3] == 7'000'003 / 1e9);
  REQUIRE(read(text, second, columns({{"current", "I1"}, {"voltage", "V2"}})));
  CHECK(second.channels[1][0] == 1e-8);
  CHECK(holds(refused(text, columns({{"current", "I2"}})), "there is: I1"));
}

TEST_CASE("time stamps of blocks over more than ten seconds tell the true rate") {
  RldFile file = usual();
  file.block_rows = 1000, file.true_period_s = 1.0035e-3;
  CollectingSink sink;
  REQUIRE(read(file.with(20'000, usual_row), sink));
  CHECK(sink.facts.period_s == doctest::Approx(1.0035e-3).epsilon(1e-9));
  CHECK(sink.says("not 1000 Hz"));
}

TEST_CASE("another version is refused by its number") {
  RldFile file = usual();
  file.version = 3;
  CHECK(holds(refused(file.with(4, usual_row)), "version 3"));
}

TEST_CASE("a RocketLogger file cut anywhere is a sentence, or its whole rows and a remark") {
  const std::string text = usual().with(10, usual_row);
  const std::size_t header = usual().header(10).size();
  for (std::size_t n = 0; n < text.size(); ++n) {
    CollectingSink sink;
    const auto done = read(text.substr(0, n), sink);
    if (!done) {
      CHECK(n < header + 32 + 20);
      continue;
    }
    CHECK(sink.channels[0].size() == (n - header) / (32 + 4 * 20) * 4 + ((n - header) % 112 > 32 ? ((n - header) % 112 - 32) / 20 : 0));
    CHECK(sink.says("cut"));
  }
}

TEST_CASE("counts that the file cannot hold are refused before anything is reckoned with them") {
  const std::string text = usual().with(8, usual_row);
  const auto changed = [&](std::size_t at, auto value) {
    std::string other = text;
    std::memcpy(other.data() + at, &value, sizeof value);
    return other;
  };
  CHECK(holds(refused(changed(52, std::uint16_t{0xFFFF})), "channels"));
  CHECK(holds(refused(changed(48, std::uint32_t{0xFFFFFFF0})), "not as long as its parts"));
  CHECK(holds(refused(changed(8, std::uint32_t{0})), "blocks hold no row"));
  CHECK(holds(refused(changed(24, std::uint16_t{0})), "no sampling rate"));
  CHECK(holds(refused(changed(0, std::uint32_t{1})), "%RLD"));
  CollectingSink sink;  // more rows than there are: what is there, and a remark
  REQUIRE(read(changed(16, ~std::uint64_t{0}), sink));
  CHECK(sink.channels[0].size() == 8);
  CollectingSink wide;  // one block of four thousand million rows
  REQUIRE(read(changed(8, ~std::uint32_t{0}), wide));
  CHECK(wide.channels[0].size() == 8);
}
