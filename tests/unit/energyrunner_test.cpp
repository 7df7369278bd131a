// EnergyRunner sessions: the window rule, the printed digits of published sessions, and bytes that are none.
#include <doctest/doctest.h>

#include <bit>
#include <cmath>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <limits>
#include <regex>
#include <sstream>

#include "rig/exchange/energyrunner.hpp"
#include "tests/unit/collecting_sink.hpp"

using namespace jr;
using jr::test::CollectingSink;
namespace fs = std::filesystem;

namespace {

std::string float_bytes(float value) {
  const auto word = std::bit_cast<std::uint32_t>(value);
  std::string bytes;
  for (int k = 0; k < 4; ++k) bytes += static_cast<char>(word >> 8 * k & 0xFF);
  return bytes;
}

std::string trace_of(const std::vector<float>& bins_uJ, float rate_Hz = 1000) {
  std::string bytes = "\xF1" + float_bytes(rate_Hz);
  for (const float bin : bins_uJ) bytes += float_bytes(bin);
  return bytes;
}

struct Texts { std::string trace, timestamps, results, log; };

Result<void> read(const Texts& texts, ForeignSink& sink, const ImportOptions& options = {}) {
  std::istringstream trace(texts.trace), timestamps(texts.timestamps), results(texts.results), log(texts.log);
  EnergyRunnerSession session;
  session.trace = &trace;
  if (!texts.timestamps.empty()) session.timestamps = &timestamps;
  if (!texts.results.empty()) session.results = &results;
  if (!texts.log.empty()) session.log = &log;
  session.files = {{"trace1-energy.bin", "00", texts.trace.size()}};
  return read_energyrunner(session, options, sink);
}

std::string sentence(const Result<void>& result) { return result ? "" : result.error().message; }

/// A second at 1 kHz, one microjoule a bin; a window from 0.1 to 0.3 s and one from 0.5 to 0.6 s.
Texts small_session() {
  Texts texts;
  texts.trace = trace_of(std::vector<float>(1000, 1.0F));
  texts.timestamps = "[0.01, 0.1, 0.3, 0.5, 0.6]";
  texts.results = "1.0 ulp-ml: Energy data for window 2 at time 0.10 for 0.20 sec.:\n"
                  "1.0 ulp-ml:   Energy       :     200.000 uJ\n"
                  "1.0 ulp-ml:   Power        :    1000.000 uW\n"
                  "1.0 ulp-ml:   Energy/Inf.  :      20.000 uJ/inf.\n"
                  "1.0 ulp-ml: Energy data for window 4 at time 0.50 for 0.10 sec.:\n"
                  "1.0 ulp-ml:   Energy       :     100.000 uJ\n"
                  "1.0 ulp-ml: Performance results for window 2:\n"
                  "1.0 ulp-ml:   # Inferences :           10\n"
                  "1.0 ulp-ml: Performance results for window 4:\n"
                  "1.0 ulp-ml:   # Inferences :            5\n";
  return texts;
}

fs::path golden() {
  const char* folder = std::getenv("JOULERIG_GOLDEN");
  return (folder && *folder ? fs::path(folder) : fs::path(JOULERIG_SOURCE_DIR) / "../shared/golden") / "energyrunner";
}

std::string digits(double value) {
  char text[64];
  std::snprintf(text, sizeof text, "%.3f", value);
  return text;
}

const Importer& importer(const std::string& format) {
  for (const Importer& one : importers())
    if (one.format == format) return one;
  throw std::logic_error("no importer " + format);
}

}  // namespace

TEST_CASE("a window of a session holds the samples that its edges enclose, with its printed inferences") {
  CollectingSink sink;
  REQUIRE(sentence(read(small_session(), sink)) == "");
  CHECK(sink.received() == 1000);
  REQUIRE(sink.windows.size() == 2);
  CHECK(sink.windows[0].start == 100);
  CHECK(sink.windows[0].end == 300);
  CHECK(sink.windows[0].inferences == 10);
  CHECK(sink.windows[1].inferences == 5);
  CHECK(sink.facts.channels == std::vector<Quantity>{Quantity::energy_J});
  CHECK(sink.channels[0][0] == doctest::Approx(1e-6));
  CHECK(sink.facts.remarks.size() == 3);  // five edges instead of eleven, and what a submission would need
}

TEST_CASE("four windows, or one of 9.9 s, are kept with their values and told to be no submission") {
  const auto session = [](std::vector<double> lengths_s) {
    Texts texts;
    double t_s = 1;
    texts.timestamps = "[0.5";
    for (const double length_s : lengths_s) {
      texts.timestamps += ", " + std::to_string(t_s) + ", " + std::to_string(t_s + length_s);
      t_s += length_s + 1;
    }
    texts.timestamps += "]";
    texts.trace = trace_of(std::vector<float>(static_cast<std::size_t>(t_s * 1000), 1.0F));
    return texts;
  };
  const auto remarks_on = [&](std::vector<double> lengths_s) {
    CollectingSink sink;
    ImportOptions options;
    options.inferences = 10;
    REQUIRE(sentence(read(session(lengths_s), sink, options)) == "");
    CHECK(sink.windows.size() == lengths_s.size());
    std::string all;
    for (const std::string& remark : sink.facts.remarks) all += remark;
    return all;
  };
  CHECK(remarks_on({10, 10, 10, 10, 10}).find("submission") == std::string::npos);
  CHECK(remarks_on({10, 10, 9.9, 10, 10}).find("1 of 5 are shorter") != std::string::npos);
  CHECK(remarks_on({10, 10, 10, 10}).find("five windows, and this session has 4") != std::string::npos);
}

TEST_CASE("an edge belongs to the first sample whose added-up time is not before it, not to the rounded index") {
  const double rate_Hz = 1000;
  std::vector<double> edges_s;
  for (int k = 0; k <= 2000; ++k) edges_s.push_back(k / rate_Hz);
  const auto ordinals = ordinals_of(edges_s, rate_Hz, 2000);
  double t_s = 0;
  std::size_t moved = 0;
  for (std::uint64_t i = 0; i <= 2000; ++i) {  // the rule itself, sample by sample
    REQUIRE((ordinals[i] == i || ordinals[i] == i + 1));
    CHECK((t_s >= edges_s[i]) == (ordinals[i] <= i));
    if (ordinals[i] != i) ++moved;
    t_s += 1 / rate_Hz;
  }
  CHECK(moved > 0);  // rounding would meet all of them
}

TEST_CASE("an edge behind the trace is told from one at its end") {
  const auto ordinals = ordinals_of({0.5, 0.9995, 1.5}, 1000, 1000);
  CHECK(ordinals[1] <= 1000);
  CHECK(ordinals[2] == 1001);
}

TEST_CASE("a window that reaches beyond the trace is handed on as one that cannot count") {
  Texts texts = small_session();
  texts.timestamps = "[0.01, 0.1, 0.3, 0.5, 7.0]";
  texts.results.clear();
  CollectingSink sink;
  ImportOptions options;
  options.inferences = 3;
  REQUIRE(sentence(read(texts, sink, options)) == "");
  REQUIRE(sink.windows.size() == 2);
  CHECK(sink.windows[1].end > sink.received());
}

TEST_CASE("a trace that does not begin with F1, has no rate or ends within a bin is refused in one sentence") {
  const std::string good = trace_of({1, 2, 3});
  const auto refused = [](std::string trace, const std::string& word) {
    CollectingSink sink;
    const std::string said = sentence(read({std::move(trace), "[]", "", ""}, sink));
    CHECK_MESSAGE(said.find(word) != std::string::npos, said);
    CHECK(sink.begun == 0);
  };
  refused("", "F1");
  refused("\x50" + good.substr(1), "F1");
  refused(good.substr(0, 5), "cut off");
  refused(good.substr(0, good.size() - 1), "cut off");
  for (const float rate : {0.0F, -1000.0F, std::nanf(""), std::numeric_limits<float>::infinity(), 1e30F})
    refused(trace_of({1, 2, 3}, rate), "rate");
}

TEST_CASE("a session that is cut at any byte of any of its files is read or refused, and never read beyond") {
  const Texts whole = small_session();
  for (std::string Texts::*part : {&Texts::trace, &Texts::timestamps, &Texts::results})
    for (std::size_t n = 0; n < (whole.*part).size(); n += 1 + n / 200) {
      Texts cut = whole;
      (cut.*part).resize(n);
      CollectingSink sink;
      const auto result = read(cut, sink);
      if (!result) CHECK(!result.error().message.empty());
      for (const ForeignWindow& window : sink.windows) CHECK(window.start <= window.end);
    }
}

TEST_CASE("timestamps that are no ascending list of seconds are refused") {
  for (const char* text : {"{}", "[1, 0.5, 2]", "[-1, 1, 2]", "[\"1\", 2, 3]", "[1, 2", "[1e999, 2, 3]", "nonsense", "[null]"}) {
    Texts texts = small_session();
    texts.timestamps = text;
    CollectingSink sink;
    const auto result = read(texts, sink);
    REQUIRE_MESSAGE(!result, text);
    CHECK(result.error().trouble == Trouble::malformed);
    CHECK(sink.begun == 0);
  }
}

TEST_CASE("an even number of edges is refused unless the printed results say how they pair") {
  Texts texts = small_session();
  texts.timestamps = "[0.1, 0.3, 0.5, 0.6]";
  CollectingSink sink;
  CHECK(sentence(read(texts, sink)).find("4 edges") != std::string::npos);
  texts.results = std::regex_replace(std::regex_replace(texts.results, std::regex("window 2"), "window 1"), std::regex("window 4"), "window 3");
  CollectingSink paired;
  REQUIRE(sentence(read(texts, paired)) == "");
  REQUIRE(paired.windows.size() == 2);
  CHECK(paired.windows[0].start == 100);
}

TEST_CASE("nothing that says how many inferences there are is a question to the person, not a guess") {
  Texts texts = small_session();
  texts.results = "";
  CollectingSink sink;
  const auto result = read(texts, sink);
  REQUIRE(!result);
  CHECK(result.error().trouble == Trouble::usage);
  CHECK(result.error().message.find("--inferences") != std::string::npos);
  texts.results = "x: Performance results for window 2:\nx: # Inferences : 99999999999999999999999\n";
  CHECK(!read(texts, sink));
}

TEST_CASE("a log says instrument, model, supply and inferences") {
  Texts texts = small_session();
  texts.results = "";
  texts.log = "1.0 io: [dut]: m-model-[kws01]\r\n1.0 io: [dut]: m-infer-start-500\r\n1.0 io: [dut]: m-infer-start-400\r\n"
              "1.0 emon: m-regfile-fn[trace1-energy.bin]-type[emon]-name[lpm01a]\r\n1.0 emon: m-voltage-mv[1800]\r\n";
  CollectingSink sink;
  REQUIRE(sentence(read(texts, sink)) == "");
  CHECK(sink.facts.instrument == "lpm01a");
  CHECK(sink.facts.model == "kws01");
  REQUIRE(sink.facts.supply_V.has_value());
  CHECK(*sink.facts.supply_V == doctest::Approx(1.8));
  CHECK(sink.windows[1].inferences == 400);
}

TEST_CASE("a bin that is no number is missing in its place, and the run says how many there are") {
  std::vector<float> bins(1000, 1.0F);
  bins[150] = std::nanf("");
  bins[700] = std::numeric_limits<float>::infinity();
  Texts texts = small_session();
  texts.trace = trace_of(bins);
  CollectingSink sink;
  REQUIRE(sentence(read(texts, sink)) == "");
  CHECK(std::isnan(sink.channels[0][150]));
  CHECK(std::isnan(sink.channels[0][700]));
  bool told = false;
  for (const std::string& remark : sink.facts.remarks) told = told || remark.find("2 samples") != std::string::npos;
  CHECK(told);
}

TEST_CASE("a printed energy that the trace does not hold is a remark with both figures") {
  Texts texts = small_session();
  texts.results = std::regex_replace(texts.results, std::regex("200\\.000 uJ"), "201.000 uJ");
  CollectingSink sink;
  REQUIRE(sentence(read(texts, sink)) == "");
  bool told = false;
  for (const std::string& remark : sink.facts.remarks)
    told = told || (remark.find("200.000") != std::string::npos && remark.find("201.000") != std::string::npos);
  CHECK(told);
}

TEST_CASE("each window and the median of nine published sessions come out in every printed digit") {
  if (!fs::is_directory(golden())) {
    MESSAGE("skipped: no published sessions at " << golden().string() << " (set JOULERIG_GOLDEN)");
    return;
  }
  std::size_t sessions = 0;
  for (const auto& folder : fs::directory_iterator(golden())) {
    if (!folder.is_directory()) continue;
    ++sessions;
    CAPTURE(folder.path().string());
    CollectingSink sink;
    REQUIRE(sentence(importer("energyrunner").read(folder.path().string(), {}, sink)) == "");
    // Ours and theirs agree, by the reader's own comparison; the first round had shorter windows.
    for (const std::string& remark : sink.facts.remarks) CHECK(remark.find("at least 10 s") != std::string::npos);
    CHECK(sink.facts.files.size() == 3);
    // And by an independent look at the printed text.
    std::ifstream file(folder.path() / "results.txt");
    const std::string text{std::istreambuf_iterator<char>(file), {}};
    const auto printed = [&](const std::string& pattern) {
      std::vector<std::string> found;
      const std::regex regex(pattern);
      for (std::sregex_iterator at(text.begin(), text.end(), regex), end; at != end; ++at) found.push_back((*at)[1]);
      return found;
    };
    const auto energies = printed("Energy +: +([0-9.]+) uJ"), each = printed("Energy/Inf\\. +: +([0-9.]+)");
    const auto powers = printed("Power +: +([0-9.]+) uW"), median = printed("Median energy cost is ([0-9.]+)");
    REQUIRE(sink.windows.size() == 5);
    REQUIRE(energies.size() == 5);
    std::vector<double> per_inference;
    for (std::size_t k = 0; k < 5; ++k) {
      CompensatedSum sum_J;
      for (std::uint64_t i = sink.windows[k].start; i < sink.windows[k].end; ++i) sum_J.add(sink.channels[0][i]);
      const double energy_uJ = 1e6 * sum_J.value();
      CHECK(digits(energy_uJ) == energies[k]);
      per_inference.push_back(energy_uJ / static_cast<double>(sink.windows[k].inferences));
      CHECK(digits(per_inference[k]) == each[k]);
    }
    CHECK(powers.size() == 5);
    std::sort(per_inference.begin(), per_inference.end());
    REQUIRE(median.size() == 1);
    CHECK(digits(per_inference[2]) == median[0]);
  }
  CHECK(sessions == 9);
}
