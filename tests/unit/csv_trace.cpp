// CSV traces: whose header it is, what its numbers mean, where rows are missing, and what is refused.
#include <doctest/doctest.h>
#include <rapidcheck.h>

#include <cmath>
#include <cstdio>

#include "rig/exchange/csv_file.hpp"
#include "rig/exchange/csv_rows.hpp"
#include "rig/exchange/csv_text.hpp"
#include "tests/unit/collecting_sink.hpp"
#include "tests/unit/import_options.hpp"

using namespace jr;
using jr::test::bytes_of;
using jr::test::holds;
using jr::test::refusal_of;
using jr::test::CollectingSink;
using jr::test::columns;
using jr::test::rate;
using jr::test::reordered;

namespace {

Result<void> read(const std::string& text, CollectingSink& sink, const ImportOptions& options = {}) {
  return read_csv(bytes_of(text), {"trace.csv", "", text.size()}, options, sink);
}

CollectingSink taken(const std::string& text, const ImportOptions& options = {}) {
  CollectingSink sink;
  const auto done = read(text, sink, options);
  if (!done) FAIL(done.error().message);
  return sink;
}

std::string refused(const std::string& text, const ImportOptions& options = {}) {
  return refusal_of([&](CollectingSink& sink) { return read(text, sink, options); });
}

}  // namespace

TEST_CASE("an nRF Power Profiler export is known by its header: ms, uA and a letter a line") {
  const auto sink = taken(
      "Timestamp(ms),Current(uA),D0-D7,D0,D1,D2,D3,D4,D5,D6,D7\n"
      "0,1.500,1000000X,1,0,0,0,0,0,0,X\n"
      "0.01,-2.250,01-00000,0,1,-,0,0,0,0,0\n"
      "0.02,3.000,00000000,0,0,0,0,0,0,0,0\n");
  CHECK(sink.facts.instrument == "ppk2");
  CHECK(sink.facts.period_s == 1e-5);
  CHECK(sink.channels[0] == std::vector<double>{1.5 * 1e-6, -2.25 * 1e-6, 3.0 * 1e-6});
  CHECK(sink.lines == std::vector<std::uint8_t>{0x81, 0x02, 0});
  CHECK(sink.says("--volts"));
}

TEST_CASE("rows that the app left out are gaps, found by the times of their neighbours") {
  const auto sink = taken("Timestamp(ms),Current(uA)\n0,1\n0.01,1\n0.02,1\n0.06,1\n0.07,1\n0.09,1\n0.1,1\n0.11,1\n");
  REQUIRE(sink.gaps.size() == 2);
  CHECK(sink.gaps[0] == std::pair<std::size_t, std::uint64_t>{3, 3});
  CHECK(sink.gaps[1] == std::pair<std::size_t, std::uint64_t>{5, 1});
  CHECK(sink.says("4 rows are missing in 2 gaps"));
}

TEST_CASE("columns of digits alone become lines too, and a file without time asks for its rate") {
  const std::string text = "Current(uA),D0,D1\n1,0,1\n2,1,1\n";
  CHECK(holds(refused(text), "--rate"));
  const auto sink = taken(text, rate(100'000));
  CHECK(sink.lines == std::vector<std::uint8_t>{2, 3});
  CHECK(sink.facts.period_s == 1e-5);
}

TEST_CASE("Joulescope statistics give mean power, for the product of means is another number") {
  const auto sink = taken("#time,current,voltage,power,charge,energy\n0.0,1e-3,3.3,3.4e-3,0,0\n0.5,2e-3,3.3,6.6e-3,1,1\n1.0,2e-3,3.3,6.6e-3,2,2\n");
  REQUIRE(sink.facts.channels == std::vector{Quantity::power_W});
  CHECK(sink.channels[0] == std::vector<double>{3.4e-3, 6.6e-3, 6.6e-3});
  CHECK(sink.facts.period_s == 0.5);
}

TEST_CASE("a Joulescope waveform's header in a comment names device and quantity") {
  const auto sink = taken("# time,JS220-001234.current,JS220-001234.voltage\n"
                          "0.000000000000000000e+00,1.000000000000000000e-03,3.300000000000000000e+00\n"
                          "1.000000000000000000e-06,1.100000000000000000e-03,3.300000000000000000e+00\n"
                          "2.000000000000000000e-06,1.200000000000000000e-03,3.300000000000000000e+00\n");
  CHECK(sink.facts.channels == std::vector{Quantity::current_A, Quantity::voltage_V});
  CHECK(sink.channels[0][2] == 1.2e-3);
  CHECK(sink.facts.period_s == 1e-6);
  CHECK(sink.says("reduced means"));
  CHECK_FALSE(sink.says("--volts"));
}

TEST_CASE("three columns without a header are taken for pyjoulescope's, and a remark says so") {
  const auto sink = taken("0.00000,1.0e-3,3.3\n0.00050,2.0e-3,3.3\n0.00100,3.0e-3,3.3\n");
  CHECK(sink.channels[0][1] == 2e-3);
  CHECK(sink.channels[1][1] == 3.3);
  CHECK(sink.says("no header"));
}

TEST_CASE("two columns without a header are not guessed: the sentence says how to name them") {
  const std::string text = "0.0,5\n0.1,6\n0.2,7\n";
  CHECK(holds(refused(text), "--column current=NAME:uA"));
  const auto sink = taken(text, columns({{"time", "#1"}, {"current", "#2:mA"}}));
  CHECK(sink.channels[0] == std::vector<double>{5e-3, 6e-3, 7e-3});
  CHECK(sink.facts.period_s == 0.1);
}

TEST_CASE("a decimal comma is found out beside semicolons, tabs and blanks") {
  for (const std::string separator : {";", "\t", " "}) {
    std::string text = "Zeit" + separator + "I\n";
    for (int i = 0; i < 5; ++i) text += "0," + std::to_string(i) + separator + "1," + std::to_string(i) + "\n";
    const auto sink = taken(text, columns({{"time", "Zeit:s"}, {"current", "I:mA"}}));
    CHECK(sink.facts.period_s == 0.1);
    CHECK(sink.channels[0][3] == doctest::Approx(1.3e-3));
  }
}

TEST_CASE("PowerSensor3's dump is separated by blanks and gives its total power") {
  const auto sink = taken("marker time dt_micro device_timestamp current0 voltage0 power0 power_total\n"
                          "S 0.001 50 100 1.0 12.0 12.0 12.5\nS 0.002 50 150 1.0 12.0 12.0 13.5\nS 0.003 50 200 1.0 12.0 12.0 14.5\n");
  CHECK(sink.facts.instrument == "powersensor3");
  REQUIRE(sink.facts.channels == std::vector{Quantity::power_W});
  CHECK(sink.channels[0] == std::vector<double>{12.5, 13.5, 14.5});
}

TEST_CASE("the exports of LPM01A-lib, Otii and CurrentRanger are known by their headers") {
  const auto lpm = taken("Current (uA),rx timestamp (us),board timestamps (ms)\n10,0,0\n20,100,0\n30,200,0\n");
  CHECK(lpm.facts.instrument == "lpm01a");
  CHECK(lpm.facts.period_s == 1e-4);
  CHECK(lpm.channels[0][1] == doctest::Approx(20e-6));
  const auto otii = taken("Timestamp (s),Main Current (A),Main Voltage (V)\n0,0.001,3.3\n0.00025,0.002,3.3\n0.0005,0.003,3.3\n");
  CHECK(otii.facts.instrument == "otii");
  CHECK(otii.facts.channels.size() == 2);
  CHECK(otii.facts.period_s == 2.5e-4);
  const auto ranger = taken("timestamp,amps,voltage_v\n1700000000.00,1e-6,3.3\n1700000000.01,2e-6,3.3\n1700000000.02,3e-6,3.3\n");
  CHECK(ranger.facts.instrument == "currentranger");
  CHECK(ranger.facts.started_ms == 1'700'000'000'000);
  CHECK(ranger.channels[0][2] == 3e-6);
}

TEST_CASE("a value that is not a number is missing in its place, not a gap") {
  const auto sink = taken("time_s,current_A\n0,1\n1,NaN\n2,\n3,4\n");
  REQUIRE(sink.channels[0].size() == 4);
  CHECK(std::isnan(sink.channels[0][1]));
  CHECK(std::isnan(sink.channels[0][2]));
  CHECK(sink.gaps.empty());
  CHECK(sink.says("2 rows hold no value"));
}

TEST_CASE("time that goes backwards is refused with its line, and sorted when that is asked for") {
  const std::string text = "time_s,current_A\n0,0\n1,1\n3,3\n2,2\n4,4\n5,5\n";
  CHECK(holds(refused(text), "Line 5"));
  const auto sink = taken(text, reordered());
  CHECK(sink.channels[0] == std::vector<double>{0, 1, 2, 3, 4, 5});
  CHECK(sink.gaps.empty());
}

TEST_CASE("a row that belongs further back than the window is refused, not misplaced") {
  std::string text = "time_s,current_A\n";
  for (std::size_t i = 1; i <= csv::kReorderWindow + 2; ++i) text += std::to_string(i) + ",1\n";
  CHECK(holds(refused(text + "0,1\n", reordered()), "rows earlier"));
}

TEST_CASE("rows that stray a third of a period are refused, and taken at a rate that is given") {
  const std::string text = "time_s,current_A\n0,1\n1,1\n2,1\n3.34,1\n4,1\n5,1\n";
  CHECK(holds(refused(text), "Line 5"));
  CHECK(holds(refused(text), "--rate"));
  const auto sink = taken(text, rate(2));
  CHECK(sink.channels[0].size() == 6);
  CHECK(sink.facts.period_s == 0.5);
  CHECK(sink.says("given by hand"));
}

TEST_CASE("a jitter of a tenth of a period is taken and told") {
  const auto sink = taken("time_s,current_A\n0,1\n1,1\n2.1,1\n3,1\n4,1\n5,1\n");
  CHECK(sink.gaps.empty());
  CHECK(sink.says("stray by up to 10 %"));
}

TEST_CASE("times with too few digits to tell rows apart ask for the rate") {
  CHECK(holds(refused("time_s,current_A\n0,1\n0,1\n0,1\n0,1\n1,1\n1,1\n"), "too few digits"));
}

TEST_CASE("a letter where a number should be is refused with line and column") {
  const std::string sentence = refused("time_s,current_A\n0,1\n1,2\n2,x7\n3,1\n");
  CHECK(holds(sentence, "Line 4"));
  CHECK(holds(sentence, "current_A"));
  CHECK(holds(refused("time_s,current_A\n0,1\n1\n2,1\n"), "1 columns where 2"));
  CHECK(holds(refused("time_s,current_A,D0\n0,1,0\n1,1,7\n2,1,0\n"), "other than 0, 1, X or -"));
}

TEST_CASE("an unknown role, column or unit is named with what there is") {
  const std::string text = "when,flow\n0,1\n1,1\n2,1\n";
  CHECK(holds(refused(text, columns({{"curent", "flow"}})), "did you mean 'current'"));
  CHECK(holds(refused(text, columns({{"current", "flaw"}})), "did you mean 'flow'"));
  CHECK(holds(refused(text, columns({{"current", "flow:kg"}})), "'kg' is no unit"));
  CHECK(holds(refused(text, columns({{"current", "#3"}})), "no column '#3'"));
  CHECK(holds(refused("only words\nand more words\n"), "no row of numbers"));
}

TEST_CASE("comments, blank lines, quotes, carriage returns and a byte order mark are no obstacle") {
  const auto sink = taken("\xEF\xBB\xBF# made by a tool\r\n\r\n\"Time [ms]\",\"Current [\xC2\xB5" "A]\"\r\n\"0\",\"1\"\r\n\r\n# a note\r\n1,2\r\n2,\"3\"");
  CHECK(sink.channels[0] == std::vector<double>{1e-6, 2e-6, 3e-6});
  CHECK(sink.facts.period_s == 1e-3);
}

TEST_CASE("a long trace keeps its period to the last digit and comes in blocks") {
  std::string text = "Timestamp(ms),Current(uA)\n";
  char row[64];
  constexpr int kRows = 200'000;
  for (int i = 0; i < kRows; ++i) {
    if (i == 150'000) i += 12'345;
    std::snprintf(row, sizeof row, "%.2f,%d.125\n", i * 0.01, i % 1000);
    text += row;
  }
  const auto sink = taken(text);
  CHECK(sink.facts.period_s == 1e-5);
  REQUIRE(sink.gaps.size() == 1);
  CHECK(sink.gaps[0] == std::pair<std::size_t, std::uint64_t>{150'000, 12'345});
  CHECK(sink.largest_block == kForeignBlock);
  CHECK(sink.channels[0].size() == kRows - 12'345);
}

TEST_CASE("a CSV trace cut anywhere is a sentence or a shorter trace, never another one") {
  const std::string text = "# supply_V: 3.3\ntime_s,current_A,D0-D7\n0,0.001,00000000\n1e-05,0.002,10000000\n2e-05,0.003,10000000\n3e-05,0.004,00000000\n";
  const auto whole = taken(text);
  CHECK(whole.facts.supply_V == 3.3);
  for (std::size_t n = 0; n < text.size(); ++n) {
    CollectingSink sink;
    const auto done = read(text.substr(0, n), sink);
    if (!done) {
      CHECK_FALSE(done.error().message.empty());
      continue;
    }
    for (std::size_t i = 0; i + 1 < sink.channels[0].size(); ++i) CHECK(sink.channels[0][i] == whole.channels[0][i]);
  }
}

TEST_CASE("numbers that are written in full come back as they were, whatever the column order and separator") {
  CHECK(rc::check("round trip through text", [] {
    const auto n = *rc::gen::inRange(3, 60);
    const auto values = *rc::gen::container<std::vector<double>>(static_cast<std::size_t>(n), rc::gen::map(rc::gen::arbitrary<std::int32_t>(), [](std::int32_t k) { return k * 1.25e-9; }));
    const auto separator = *rc::gen::element(',', ';', '\t', '|');
    const bool time_first = *rc::gen::arbitrary<bool>();
    std::string text = time_first ? "time_s" + std::string(1, separator) + "current_A\n" : "current_A" + std::string(1, separator) + "time_s\n";
    char row[96];
    for (std::size_t i = 0; i < values.size(); ++i) {
      if (time_first) std::snprintf(row, sizeof row, "%.17g%c%.17g\n", static_cast<double>(i) / 4000, separator, values[i]);
      else std::snprintf(row, sizeof row, "%.17g%c%.17g\n", values[i], separator, static_cast<double>(i) / 4000);
      text += row;
    }
    CollectingSink sink;
    RC_ASSERT(read(text, sink).has_value());
    RC_ASSERT(sink.channels[0] == values);
    RC_ASSERT(sink.facts.period_s == 1.0 / 4000);
  }));
}
