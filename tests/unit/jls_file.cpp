// JLS recordings: signals that share a rate, sample numbers that are missing, checksums, cut files.
#include <doctest/doctest.h>

#include <cmath>
#include <cstring>

#include "rig/exchange/jls_file.hpp"
#include "rig/store/chunk.hpp"
#include "tests/unit/collecting_sink.hpp"
#include "tests/unit/import_options.hpp"

using namespace jr;
using jr::test::bytes_of;
using jr::test::holds;
using jr::test::refusal_of;
using jr::test::CollectingSink;
using jr::test::columns;

namespace {

template <class T>
void put(std::string& text, T value) {
  text.append(reinterpret_cast<const char*>(&value), sizeof value);
}

std::uint32_t crc(const std::string& text) { return chunk::crc32c(0, bytes_of(text)); }

/// A file made of chunks as the published header describes them.
struct JlsFile {
  std::string text;

  explicit JlsFile(std::uint8_t major = 1) {
    text = std::string("jlsfmt\r\n \n \x1a  \xb2\x1c", 16);
    put<std::uint64_t>(text, 0);
    put<std::uint32_t>(text, static_cast<std::uint32_t>(major) << 24);
    put(text, crc(text));
  }
  JlsFile& chunk(std::uint8_t tag, std::uint16_t meta, const std::string& payload) {
    std::string header(16, '\0');  // the links, which a reader that walks does not need
    put(header, tag), put<std::uint8_t>(header, 0), put(header, meta);
    put(header, static_cast<std::uint32_t>(payload.size())), put<std::uint32_t>(header, 0);
    put(header, crc(header));
    text += header + payload;
    if (payload.empty()) return *this;
    while (text.size() % 8 != 4) text += '\0';
    put(text, crc(payload));
    return *this;
  }
  JlsFile& source() {
    std::string payload(64, '\0');
    for (const char* word : {"JS220-1234", "Jetperch", "JS220", "1.0", "1234"}) payload += word + std::string("\0\x1f", 2);
    return chunk(0x01, 1, payload);
  }
  JlsFile& signal(std::uint16_t number, const char* name, const char* unit, std::uint32_t rate = 1'000'000, std::uint32_t type = 0x2004) {
    std::string payload;
    put<std::uint16_t>(payload, 1), put<std::uint16_t>(payload, 0), put(payload, type), put(payload, rate);
    payload.resize(128, '\0');
    payload += name + std::string("\0\x1f", 2) + unit + std::string("\0\x1f", 2);
    return chunk(0x02, number, payload);
  }
  JlsFile& samples(std::uint16_t number, std::int64_t first, const std::vector<float>& values) {
    std::string payload;
    put(payload, first), put(payload, static_cast<std::uint32_t>(values.size())), put<std::uint16_t>(payload, 32), put<std::uint16_t>(payload, 0);
    for (const float value : values) put(payload, value);
    return chunk(0x22, number, payload);
  }
  JlsFile& utc(std::uint16_t number, std::int64_t sample, double seconds_since_2018) {
    std::string payload;
    put(payload, sample), put<std::uint32_t>(payload, 1), put<std::uint16_t>(payload, 64), put<std::uint16_t>(payload, 0);
    put(payload, static_cast<std::int64_t>(std::ldexp(seconds_since_2018, 30)));
    return chunk(0x3A, number, payload);
  }
  JlsFile& end() { return chunk(0xFF, 0, ""); }
};

JlsFile usual() {
  JlsFile file;
  file.source().signal(0, "global_annotation_signal", "", 0).signal(1, "current", "A").signal(2, "voltage", "V").signal(5, "gpi[0]", "", 1'000'000, 0x0103);
  return file;
}

Result<void> read(const std::string& text, CollectingSink& sink, const ImportOptions& options = {}) {
  return read_jls(bytes_of(text), {"run.jls", "", text.size()}, options, sink);
}

std::string refused(const std::string& text, const ImportOptions& options = {}) {
  return refusal_of([&](CollectingSink& sink) { return read(text, sink, options); });
}

}  // namespace

TEST_CASE("current and voltage of one rate are one trace, whatever the order and size of their chunks") {
  CollectingSink sink;
  REQUIRE(read(usual().samples(2, 100, {3, 4, 5, 6, 7}).samples(1, 100, {1, 2}).samples(1, 102, {3, 4, 5}).utc(1, 101, 86'400.5).end().text, sink));
  CHECK(sink.facts.channels == std::vector{Quantity::current_A, Quantity::voltage_V});
  CHECK(sink.channels[0] == std::vector<double>{1, 2, 3, 4, 5});
  CHECK(sink.channels[1] == std::vector<double>{3, 4, 5, 6, 7});
  CHECK(sink.facts.period_s == 1e-6);
  CHECK(sink.facts.instrument == "js220");
  CHECK(sink.facts.serial == "1234");
  CHECK(sink.facts.started_ms == (1'514'764'800LL + 86'400) * 1000 + 500);
  CHECK(sink.says("gpi[0]"));
  CHECK_FALSE(sink.says("not closed well"));
}

TEST_CASE("sample numbers that no chunk holds are a gap; those that one signal lacks are missing in place") {
  CollectingSink sink;
  REQUIRE(read(usual().samples(1, 0, {1, 2}).samples(2, 0, {8, 8, 8}).samples(1, 10, {3, 4}).samples(2, 10, {9, 9}).end().text, sink));
  REQUIRE(sink.channels[0].size() == 5);
  CHECK(std::isnan(sink.channels[0][2]));
  CHECK(sink.channels[1][2] == 8);
  REQUIRE(sink.gaps.size() == 1);
  CHECK(sink.gaps[0] == std::pair<std::size_t, std::uint64_t>{3, 7});
  CHECK(sink.channels[0][4] == 4);
  CHECK(sink.says("8 samples of current are not in the file"));
}

TEST_CASE("a voltage of another rate is left out and named; power alone is a trace too") {
  CollectingSink other, power;
  REQUIRE(read(JlsFile().signal(1, "current", "A").signal(2, "voltage", "V", 1000).samples(1, 0, {1, 2}).samples(2, 0, {3}).end().text, other));
  CHECK(other.facts.channels == std::vector{Quantity::current_A});
  CHECK(other.says("voltage"));
  CHECK(other.says("--volts"));
  REQUIRE(read(JlsFile().signal(3, "power", "W").samples(3, 0, {1, 2}).end().text, power));
  CHECK(power.facts.channels == std::vector{Quantity::power_W});
}

TEST_CASE("signals are chosen by name") {
  const std::string text = JlsFile().signal(1, "current", "A").signal(2, "current 2", "A").samples(1, 0, {1}).samples(2, 0, {2}).end().text;
  CollectingSink sink;
  REQUIRE(read(text, sink, columns({{"current", "current 2"}})));
  CHECK(sink.channels[0] == std::vector<double>{2});
  CHECK(holds(refused(text, columns({{"current", "i"}})), "there is: current, current 2"));
}

TEST_CASE("another file, another version, no current and samples out of order are a sentence each") {
  CHECK(holds(refused("joulescope version 1 with other bytes in it"), "no JLS file"));
  CHECK(holds(refused(JlsFile(2).end().text), "version 2 of the JLS format"));
  CHECK(holds(refused(usual().samples(2, 0, {1}).end().text), "neither a current nor a power"));
  CHECK(holds(refused(usual().samples(1, 5, {1}).samples(1, 3, {1}).end().text), "do not follow"));
}

TEST_CASE("any changed byte of a JLS file is found by a checksum, or changes nothing that is read") {
  const std::string text = usual().samples(1, 0, {1, 2, 3}).samples(2, 0, {4, 5, 6}).end().text;
  CollectingSink whole;
  REQUIRE(read(text, whole));
  for (std::size_t at = 0; at < text.size(); ++at) {
    std::string changed = text;
    changed[at] = static_cast<char>(changed[at] ^ 0x10);
    CollectingSink sink;
    if (read(changed, sink)) CHECK(sink.channels == whole.channels);
  }
}

TEST_CASE("a JLS file cut anywhere is a sentence, or what it holds and a remark") {
  const std::string text = usual().samples(1, 0, {1, 2, 3}).samples(2, 0, {4, 5, 6}).samples(1, 3, {7}).samples(2, 3, {8}).end().text;
  for (std::size_t n = 0; n < text.size(); ++n) {
    CollectingSink sink;
    const auto done = read(text.substr(0, n), sink);
    if (done) CHECK(sink.says("not closed well"));
    else CHECK_FALSE(done.error().message.empty());
  }
}
