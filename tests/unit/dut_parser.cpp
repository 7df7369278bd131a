// The reply grammar of the MLPerf Tiny link, as pure functions: lines out of bytes, meaning out of
// lines. Never opens a port.
#include <doctest/doctest.h>

#include <string>
#include <vector>

#include "drivers/dut/reply_parser.hpp"

using jr::LineKind;

namespace {

std::vector<jr::RawLine> dut_lines(jr::LineSplitter& splitter, std::string_view bytes) {
  return splitter.feed(std::as_bytes(std::span(bytes)));
}

LineKind dut_kind(std::string_view line) { return jr::read_reply_line(line).kind; }

}  // namespace

TEST_CASE("m-ready counts as a whole line only, with and without the IO manager's prefix") {
  CHECK(dut_kind("m-ready") == LineKind::ready);
  CHECK(dut_kind("[dut]: m-ready") == LineKind::ready);
  CHECK(jr::read_reply_line("[dut]: m-ready").through_io_manager);
  CHECK_FALSE(jr::read_reply_line("m-ready").through_io_manager);
  for (const char* line :
       {"xm-ready", "m-ready now", "m-readym-ready", "is it m-ready", "m-read", "[dut]:m-ready"})
    CHECK(dut_kind(line) == LineKind::other);
}

TEST_CASE("each documented reply line is recognised and its contents taken out") {
  CHECK(jr::read_reply_line("m-name-dut-[ACME Board]").inside == "ACME Board");
  CHECK(jr::read_reply_line("m-profile-[ULPMark for tinyML Firmware V0.0.1]").inside ==
        "ULPMark for tinyML Firmware V0.0.1");
  CHECK(jr::read_reply_line("[dut]: m-model-[kws01]").inside == "kws01");
  CHECK(jr::read_reply_line("m-[Expecting 490 bytes]").number == 490U);
  CHECK(dut_kind("m-load-done") == LineKind::load_done);
  CHECK(dut_kind("m-load-done; rest of this line dropped") == LineKind::load_done);
  CHECK(dut_kind("m-infer-done") == LineKind::infer_done);
  CHECK(dut_kind("m-phase-done") == LineKind::phase_done);
  CHECK(dut_kind("m-phase-pre-start-3") == LineKind::other);
  CHECK(dut_kind("m-sham-done") == LineKind::sham_done);
  CHECK(dut_kind("m-init-done") == LineKind::boot);
  CHECK(dut_kind("m-timestamp-mode-energy") == LineKind::boot);
  CHECK(dut_kind("m-dut-passthrough(name)") == LineKind::passthrough);
  CHECK(dut_kind("e-[Unknown command: foo]") == LineKind::refusal);
  CHECK(jr::read_reply_line("e-[Unknown command: foo]").inside == "Unknown command: foo");
  CHECK(dut_kind("Supplied buffer size exceeds maximum") == LineKind::refusal);
  for (const char* line : {"", "Initialized", "m-warmup-start-10", "m-infer-start-5", "hello"})
    CHECK(dut_kind(line) == LineKind::other);
}

TEST_CASE("a lap stamp is taken modulo 2^32 and a lap without a number has none") {
  CHECK(jr::read_reply_line("m-lap-us-4294967295").number == 4294967295U);
  CHECK(jr::read_reply_line("m-lap-us-4294967297").number == 1U);
  CHECK_FALSE(jr::read_reply_line("m-lap-us-").number.has_value());
  CHECK_FALSE(jr::read_reply_line("m-lap-us-x").number.has_value());
}

TEST_CASE("results that were cut off or are not numbers give no values at all") {
  CHECK(jr::read_reply_line("m-results-[0.007,0.008,-1.5]").values ==
        std::vector<double>{0.007, 0.008, -1.5});
  CHECK(jr::read_reply_line("m-results-[ 1 , 2 ]").values == std::vector<double>{1, 2});
  CHECK(jr::read_reply_line("m-results-[11.25]").values == std::vector<double>{11.25});
  for (const char* line :
       {"m-results-[0.007,0.00", "m-results-0.007]", "m-results-[]", "m-results-[1,]",
        "m-results-[1,,2]", "m-results-[1;2]", "m-results-[nan]", "m-results-[x]"})
    CHECK(jr::read_reply_line(line).values.empty());
}

TEST_CASE("noise bytes are left out of the meaning and kept, escaped, in the log") {
  jr::LineSplitter splitter(4096);
  using namespace std::string_literals;
  const auto lines = dut_lines(splitter, "\0\xffm-re\0ady\r\n"s);
  REQUIRE(lines.size() == 1);
  CHECK(lines[0].raw == "\\x00\\xffm-re\\x00ady");
  CHECK(lines[0].clean == "m-ready");
}

TEST_CASE("a stream cut at any byte gives the same lines") {
  const std::string stream =
      "m-timestamp-mode-energy\r\nm-init-done\r\nSupplied buffer size\nm-ready\r\n\r\nlast\r\n";
  for (std::size_t cut = 0; cut <= stream.size(); ++cut) {
    jr::LineSplitter splitter(4096);
    auto lines = dut_lines(splitter, stream.substr(0, cut));
    for (auto& line : dut_lines(splitter, stream.substr(cut))) lines.push_back(line);
    REQUIRE(lines.size() == 6);
    CHECK(lines[0].clean == "m-timestamp-mode-energy");
    CHECK(lines[2].clean == "Supplied buffer size");
    CHECK(lines[3].clean == "m-ready");
    CHECK(lines[4].clean.empty());
    CHECK(splitter.unfinished().empty());
  }
}

TEST_CASE("a line without an end is cut at the cap and marked, and memory stays bounded") {
  jr::LineSplitter splitter(4096);
  const std::string flood(10'000, 'a');
  const auto lines = dut_lines(splitter, flood);
  REQUIRE(lines.size() == 2);
  CHECK(lines[0].overlong);
  CHECK(lines[0].raw.size() == 4096);
  CHECK(splitter.unfinished().size() == 10'000 - 2 * 4096);
}
