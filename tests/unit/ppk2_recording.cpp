// .ppk2 files: currents and lines of the app and of its imitators, damaged archives, and what a file may claim.
#include <doctest/doctest.h>
#include <zip.h>

#include <cmath>
#include <cstring>
#include <fstream>
#include <iterator>
#include <map>

#include "rig/exchange/ppk2_file.hpp"
#include "rig/exchange/ppk2_minimap.hpp"
#include "rig/exchange/ppk2_word.hpp"
#include "tests/scratch_folder.hpp"
#include "tests/unit/collecting_sink.hpp"
#include "tests/unit/import_options.hpp"

using namespace jr;
using jr::test::bytes_of;
using jr::test::holds;
using jr::test::refusal_of;
using jr::test::CollectingSink;
using jr::test::rate;
using jr::test::volts;
using jr::test::ScratchFolder;

namespace {

constexpr const char* kMetadata = R"({"metadata":{"samplesPerSecond":100000,"startSystemTime":1700000000123},"formatVersion":2})";

std::string zipped(const std::map<std::string, std::string>& members, zip_int32_t method = ZIP_CM_DEFLATE) {
  const ScratchFolder folder;
  const auto path = folder.path / "made.zip";
  zip_t* archive = zip_open(path.c_str(), ZIP_CREATE, nullptr);
  REQUIRE(archive);
  for (const auto& [name, text] : members) {
    const auto index = zip_file_add(archive, name.c_str(), zip_source_buffer(archive, text.data(), text.size(), 0), 0);
    REQUIRE(index >= 0);
    zip_set_file_compression(archive, static_cast<zip_uint64_t>(index), method, 6);
  }
  REQUIRE(zip_close(archive) == 0);
  std::ifstream in(path, std::ios::binary);
  return {std::istreambuf_iterator<char>(in), {}};
}

/// A frame as the app writes it: float32 little-endian, word in the order that is asked for.
std::string frame(float microampere, std::uint16_t word, bool big_endian = true) {
  std::string bytes(6, '\0');
  std::memcpy(bytes.data(), &microampere, 4);
  bytes[4] = static_cast<char>(big_endian ? word >> 8 : word & 0xFF);
  bytes[5] = static_cast<char>(big_endian ? word & 0xFF : word >> 8);
  return bytes;
}

std::string recording(const std::string& session, const std::string& metadata = kMetadata) {
  return zipped({{"session.raw", session}, {"metadata.json", metadata}, {"minimap.raw", "not even JSON"}});
}

Result<void> read(const std::string& file, CollectingSink& sink, const ImportOptions& options = {}) {
  return read_ppk2(bytes_of(file), {"trace.ppk2", "", file.size()}, options, sink);
}

std::string refused(const std::string& file) {
  return refusal_of([&](CollectingSink& sink) { return read(file, sink); });
}

}  // namespace

TEST_CASE("a line's pair of bits is 1 when it is low and 2 when it is high, D0 lowest") {
  CHECK(ppk2::word_of(0b00000001) == 0x5556);
  CHECK(ppk2::word_of(0b10000000) == 0x9555);
  for (unsigned lines = 0; lines < 256; ++lines) {
    const std::uint16_t word = ppk2::word_of(static_cast<std::uint8_t>(lines));
    CHECK(ppk2::lines_of(word) == lines);
    CHECK_FALSE(ppk2::has_unknown(word));
    CHECK_FALSE(ppk2::has_both(word));
  }
  CHECK(ppk2::has_unknown(0x5554));
  CHECK(ppk2::has_both(0x5557));
}

TEST_CASE("currents are little-endian microamperes, the digital word behind them is big-endian") {
  CollectingSink sink;
  REQUIRE(read(recording(frame(1.5F, 0x5556) + frame(-2.25F, 0x9555) + frame(1e6F, 0x5557)), sink));
  CHECK(sink.channels[0] == std::vector<double>{1.5 * 1e-6, -2.25 * 1e-6, 1e6 * 1e-6});
  CHECK(sink.lines == std::vector<std::uint8_t>{0x01, 0x80, 0x01});
  CHECK(sink.facts.period_s == 1e-5);
  CHECK(sink.facts.started_ms == 1'700'000'000'123);
  CHECK(sink.facts.instrument == "ppk2");
  CHECK(sink.says("1 samples hold a line that was low and high"));
  CHECK(sink.says("--volts"));
}

TEST_CASE("words that are plain bytes of a third-party writer are read as such, and a remark says so") {
  std::string session;
  for (unsigned k = 0; k < 100; ++k) session += frame(1, static_cast<std::uint16_t>(k), false);
  CollectingSink sink;
  REQUIRE(read(recording(session), sink));
  for (unsigned k = 0; k < 100; ++k) CHECK(sink.lines[k] == k);
  CHECK(sink.says("third-party"));
}

TEST_CASE("0xAAAA throughout means that no line was recorded, in either byte order") {
  for (const bool big_endian : {true, false}) {
    CollectingSink sink;
    REQUIRE(read(recording(frame(1, 0xAAAA, big_endian) + frame(2, 0xAAAA, big_endian)), sink));
    CHECK_FALSE(sink.facts.has_lines);
    CHECK(sink.says("No digital line"));
  }
}

TEST_CASE("words that fit no known writer leave the lines out and say so") {
  CollectingSink sink;
  REQUIRE(read(recording(frame(1, 0x0103) + frame(2, 0x0207) + frame(3, 0x0401)), sink));
  CHECK_FALSE(sink.facts.has_lines);
  CHECK(sink.channels[0].size() == 3);
  CHECK(sink.says("neither"));
}

TEST_CASE("a sample that is not a number is missing in its place, and its word counts for nothing") {
  CollectingSink sink;
  REQUIRE(read(recording(frame(1, 0x5555) + frame(NAN, 0) + frame(INFINITY, 0) + frame(2, 0x5556)), sink));
  CHECK(std::isnan(sink.channels[0][1]));
  CHECK(std::isnan(sink.channels[0][2]));
  CHECK(sink.facts.has_lines);
  CHECK(sink.lines[3] == 1);
  CHECK(sink.says("2 samples are missing"));
}

TEST_CASE("bytes behind the last whole sample are left out, and said") {
  CollectingSink sink;
  REQUIRE(read(recording(frame(1, 0x5555) + "abc"), sink));
  CHECK(sink.channels[0].size() == 1);
  CHECK(sink.says("3 bytes behind"));
}

TEST_CASE("metadata that tells no rate asks for one; another format version is refused") {
  CHECK(holds(refused(recording(frame(1, 0x5555), R"({"metadata":{},"formatVersion":2})")), "--rate"));
  CHECK(holds(refused(recording(frame(1, 0x5555), R"({"metadata":{"samplesPerSecond":-1},"formatVersion":2})")), "--rate"));
  CHECK(holds(refused(recording(frame(1, 0x5555), R"({"metadata":{"samplesPerSecond":10},"formatVersion":3})")), "format version"));
  CHECK(holds(refused(recording(frame(1, 0x5555), "[1,2")), "no JSON object"));
  CollectingSink sink;
  REQUIRE(read(recording(frame(1, 0x5555), "{}"), sink, rate(1000, volts(3.0))));
  CHECK(sink.facts.period_s == 1e-3);
  CHECK(sink.facts.supply_V == 3.0);
  CHECK(sink.says("no format version"));
}

TEST_CASE("what is no .ppk2 is refused in one sentence that says what to do") {
  CHECK(holds(refused("\x7b\x01 raw deflate of an old .ppk"), "before version 4"));
  CHECK(holds(refused(zipped({{"metadata.json", kMetadata}})), "no session.raw"));
  CHECK(holds(refused(zipped({{"session.raw", frame(1, 0x5555)}})), "no metadata.json"));
  CHECK(holds(refused(recording("")), "no sample"));
  CHECK(holds(refused("PK\x03\x04 and nothing more"), "no whole zip"));
}

TEST_CASE("metadata longer than any is refused, not read into memory") {
  CHECK(holds(refused(recording(frame(1, 0x5555), std::string(3 << 20, ' ') + kMetadata)), "longer than"));
}

TEST_CASE("an archive of a thousandfold ratio is read in blocks of bounded size") {
  std::string session;
  for (int k = 0; k < 300'000; ++k) session += frame(5, 0x5555);
  const std::string file = recording(session);
  CHECK(session.size() / file.size() > 100);
  CollectingSink sink;
  REQUIRE(read(file, sink));
  CHECK(sink.channels[0].size() == 300'000);
  CHECK(sink.largest_block == kForeignBlock);
}

TEST_CASE("members packed by anything but deflate are refused: some can unpack without end") {
  if (!zip_compression_method_supported(ZIP_CM_BZIP2, 1)) return;
  CHECK(holds(refused(zipped({{"session.raw", frame(1, 0x5555)}, {"metadata.json", kMetadata}}, ZIP_CM_BZIP2)), "not packed by deflate"));
}

TEST_CASE("a .ppk2 file cut anywhere, or with any byte changed, is a sentence or the trace it was") {
  std::string session;
  for (int k = 0; k < 60; ++k) session += frame(static_cast<float>(k * k), ppk2::word_of(static_cast<std::uint8_t>(k)));
  const std::string file = recording(session);
  CollectingSink whole;
  REQUIRE(read(file, whole));
  for (std::size_t n = 0; n < file.size(); ++n) {
    CollectingSink sink;
    CHECK_FALSE(read(file.substr(0, n), sink));
    CHECK_FALSE(sink.begun);
  }
  for (std::size_t at = 0; at < file.size(); ++at) {
    std::string changed = file;
    changed[at] = static_cast<char>(changed[at] ^ 0x55);
    CollectingSink sink;
    if (read(changed, sink)) CHECK(sink.channels == whole.channels);
  }
}

TEST_CASE("the small picture folds neighbours when it is full, and keeps least and greatest") {
  Minimap map;
  constexpr int kSamples = 35'001;
  for (int k = 0; k < kSamples; ++k) map.add(k == 7 ? 9000 : k == 30'000 ? NAN : 1, k * 10.0);
  CHECK(map.samples_per_stretch() == 4);
  CHECK(map.length() == (kSamples + 3) / 4);
  const std::string json = map.json();
  CHECK(holds(json, "\"lastElementFoldCount\":1,"));
  CHECK(holds(json, "\"length\":8751,"));
  CHECK(holds(json, "{\"x\":55,\"y\":9e+06}"));
  CHECK(holds(json, "\"numberOfTimesToFold\":4}"));
}

TEST_CASE("currents below 200 nA are drawn at 200 nA, and a stretch without a value has least above greatest") {
  Minimap map;
  map.add(-5, 0);
  map.add(NAN, 10);
  CHECK(holds(map.json(), "\"min\":[{\"x\":0,\"y\":200},{\"x\":10,\"y\":1.7976931348623157e+308}]"));
}
