// References: what their files must say, and readings by hand, from a table, from resistors.
#include <doctest/doctest.h>
#include <unistd.h>

#include <cmath>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <numbers>
#include <sstream>

#include "rig/run/reference.hpp"
#include "tests/scratch_folder.hpp"

using namespace jr;
namespace fs = std::filesystem;
using jr::test::ScratchFolder;

namespace {

const std::string kHead =
    "model = \"K2450\"\nserial = \"117\"\ncertificate = \"K-1\"\nissuer = \"Lab\"\ndate = "
    "\"2026-03-14\"\n";
const std::string kRanges =
    "ranges = [\"1 mA\", \"10 mA\"]\nhighest_A = [1e-3, 10e-3]\nu_gain = [1e-4, 2e-4]\nu_offset_A "
    "= [1e-8, 1e-7]\n";
const std::string kHand =
    "[reference]\nkind = \"hand\"\n" + kHead + kRanges + "u_repeat_A = [2e-9, 2e-8]\n";

std::string complaint(const std::string& text) {
  const ScratchFolder folder;
  const auto file = load_reference(folder.file("r.toml", text));
  if (file) return "accepted";
  CHECK(file.error().trouble == Trouble::usage);
  return file.error().message;
}

std::string without(std::string text, const std::string& word) {
  const auto at = text.find(word + " =");
  return text.erase(at, text.find('\n', at) + 1 - at);
}

struct Talk {
  std::istringstream answers;
  std::ostringstream questions;
  explicit Talk(const std::string& typed) : answers(typed) {}
  ReferenceSurroundings with() { return {nullptr, &answers, &questions, nullptr}; }
};

}  // namespace

TEST_CASE("a reference file gives identity, ranges and the open circuit") {
  const ScratchFolder folder;
  const auto file = load_reference(folder.file("r.toml", kHand));
  REQUIRE_MESSAGE(file, (file ? "" : file.error().message));
  CHECK(file->identity.certificate == "K-1");
  REQUIRE(file->identity.ranges.size() == 3);
  CHECK(file->identity.ranges[1].u_gain == 2e-4);
  CHECK(file->identity.ranges[2].name == "open");
  CHECK(file->identity.ranges[2].u_offset_A > 0);
  CHECK(file->highest_A() == 10e-3);
  CHECK(range_for(file->identity, 1e-3)->name == "1 mA");
  CHECK(range_for(file->identity, 1.1e-3)->name == "10 mA");
  CHECK(range_for(file->identity, 11e-3) == nullptr);
}

TEST_CASE(
    "a reference without certificate, date, ranges or doubts is refused, and the sentence says "
    "what is missing") {
  CHECK(complaint(without(kHand, "certificate")).find("certificate") != std::string::npos);
  CHECK(complaint(without(kHand, "date")).find("2026-03-14") != std::string::npos);
  CHECK(complaint(without(kHand, "highest_A")).find("highest_A") != std::string::npos);
  CHECK(complaint(without(kHand, "u_gain")).find("u_gain") != std::string::npos);
  CHECK(complaint(without(kHand, "u_repeat_A")).find("u_repeat_A") != std::string::npos);
  CHECK(complaint(without(kHand, "model")).find("'model'") != std::string::npos);
  CHECK(complaint("[bench]\nname = \"x\"\n").find("[reference]") != std::string::npos);
  CHECK(complaint(kHand + "certificat = 1\n").find("'certificate'") != std::string::npos);
  CHECK(complaint("[reference]\nkind = \"oracle\"\n" + kHead + kRanges).find("\"oracle\"") !=
        std::string::npos);
}

TEST_CASE(
    "doubts that are negative, ranges that do not ascend and a list with a text in it are "
    "refused") {
  const auto with = [](const std::string& word, const std::string& line) {
    return without(kHand, word) + line + "\n";
  };
  CHECK(complaint(with("u_gain", "u_gain = [1e-4, -2e-4]")).find("u_gain") != std::string::npos);
  CHECK(complaint(with("u_gain", "u_gain = [1e-4, nan]")).find("u_gain") != std::string::npos);
  CHECK(complaint(with("u_gain", "u_gain = [1e-4, \"x\"]")).find("numbers") != std::string::npos);
  CHECK(complaint(with("u_gain", "u_gain = 1e-4")).find("list") != std::string::npos);
  CHECK(complaint(with("highest_A", "highest_A = [1e-2, 1e-3]")).find("ascend") !=
        std::string::npos);
  CHECK(complaint(kHand + "u_open_A = 0.0\n").find("u_open_A") != std::string::npos);
}

TEST_CASE(
    "a person's reading counts, not the current that was asked for, and a slip is asked for "
    "again") {
  const ScratchFolder folder;
  Talk talk("1.0023 mA\noops\n4.4m, 10 mA\n\n0.9m\n");
  auto reference = open_reference(*load_reference(folder.file("r.toml", kHand)), talk.with());
  REQUIRE(reference);
  CHECK_FALSE((*reference)->is_tireless());
  const auto first = (*reference)->apply({1e-3});
  REQUIRE(first);
  CHECK(first->reading.value == doctest::Approx(1.0023e-3));
  CHECK(first->range == "10 mA");
  CHECK(first->u_repeat_A == 2e-8);
  const auto second = (*reference)->apply({5e-3});
  REQUIRE(second);
  CHECK(second->reading.value == doctest::Approx(4.4e-3));
  CHECK(talk.questions.str().find("'oops'") != std::string::npos);
  CHECK((*reference)->open()->reading.value == 0);
  CHECK((*reference)->apply({1e-3})->range == "1 mA");
  const auto nobody = (*reference)->apply({1e-3});
  REQUIRE_FALSE(nobody);
  CHECK(nobody.error().message.find("standard input") != std::string::npos);
}

TEST_CASE("a reading in a range that the reference has not, or beyond all, is not taken") {
  const ScratchFolder folder;
  Talk talk("1m, 7 mA\n1m, 7 mA\n1m, open\n11m\n11m\n11m\n");
  auto reference = open_reference(*load_reference(folder.file("r.toml", kHand)), talk.with());
  CHECK((*reference)->apply({1e-3}).error().message.find("'open'") != std::string::npos);
  CHECK((*reference)->apply({1e-3}).error().message.find("reaches") != std::string::npos);
}

TEST_CASE("a table gives the readings of fixed currents, set by a tool or a person") {
  const ScratchFolder folder;
  folder.file("t.csv", "nominal_A,reading_A,range\n0.0005,0.00050012,1 mA\n5m,5.003m,10 mA\n");
  const std::string text = "[reference]\nkind = \"table\"\ntable = \"t.csv\"\n" + kHead + kRanges +
                           "u_repeat_A = [2e-9, 2e-8]\n";
  Talk talk("\n");
  auto reference = open_reference(*load_reference(folder.file("r.toml", text)), talk.with());
  REQUIRE_MESSAGE(reference, (reference ? "" : reference.error().message));
  CHECK((*reference)->currents_A() == std::vector<double>{0.0005, 5e-3});
  CHECK((*reference)->apply({4e-3})->reading.value == doctest::Approx(5.003e-3));
  CHECK_FALSE((*reference)->apply({4e-3}));
  const std::string tool = "command = [\"sh\", \"-c\", \"echo {nominal_A} >> " +
                           (folder.path / "set").string() + "\"]\n";
  reference = open_reference(*load_reference(folder.file("r.toml", text + tool)), {});
  REQUIRE((*reference)->apply({1e-3}));
  REQUIRE((*reference)->open());
  std::ifstream set(folder.path / "set");
  std::string first, second;
  std::getline(set, first);
  std::getline(set, second);
  CHECK(first == "0.0005");
  CHECK(second == "0");
}

TEST_CASE("a table with a wrong line is named with that line") {
  const ScratchFolder folder;
  const std::string text = "[reference]\nkind = \"table\"\ntable = \"t.csv\"\n" + kHead + kRanges +
                           "u_repeat_A = [0.0, 0.0]\n";
  const auto file = *load_reference(folder.file("r.toml", text));
  CHECK(open_reference(file, {}).error().trouble == Trouble::not_found);
  for (const char* row :
       {"1m,x,1 mA", "x,1m,1 mA", "1m,1m,3 mA", "0.4m,0.4m,1 mA", "-1m,1m,1 mA"}) {
    folder.file("t.csv", std::string("0.5m,0.5m,1 mA\n") + row + "\n");
    const auto bad = open_reference(file, {});
    REQUIRE_FALSE(bad);
    CHECK(bad.error().message.find("line 2") != std::string::npos);
  }
}

TEST_CASE(
    "resistors give V/R of the nearest one, with the voltage's doubt shared and the resistor's "
    "own") {
  const ScratchFolder folder;
  const fs::path set = folder.path / "set";
  const std::string text =
      "[reference]\nkind = \"resistors\"\n" + kHead +
      "ohm = [1000.0, 3300.0]\nu_ohm = [0.1, 0.2]\nsupply_V = 3.3\nu_supply_V = 0.00033\n"
      "command = [\"sh\", \"-c\", \"echo {channel} >> " +
      set.string() +
      "\"]\n"
      "open_command = [\"sh\", \"-c\", \"echo open >> " +
      set.string() + "\"]\n";
  {
    auto reference = open_reference(*load_reference(folder.file("r.toml", text)), {});
    REQUIRE_MESSAGE(reference, (reference ? "" : reference.error().message));
    const Reference& identity = (*reference)->identity();
    CHECK(identity.ranges[0].u_gain == doctest::Approx(1e-4));
    CHECK(identity.ranges[0].highest_A == doctest::Approx(3.3e-3));
    CHECK((*reference)->currents_A().front() == doctest::Approx(1e-3));
    const auto reading = (*reference)->apply({3e-3});
    REQUIRE(reading);
    CHECK(reading->reading.value == doctest::Approx(3.3e-3));
    CHECK(reading->u_repeat_A == doctest::Approx(3.3e-3 * 1e-4 * std::numbers::sqrt2));
  }
  std::ifstream lines(set);
  std::string first, last;
  std::getline(lines, first);
  while (std::getline(lines, last)) {
  }
  CHECK(first == "0");
  std::ifstream again(set);
  CHECK(std::string(std::istreambuf_iterator<char>(again), {}).ends_with("open\n"));
  const auto broken = open_reference(
      *load_reference(folder.file(
          "b.toml", std::string(text).replace(text.find("echo {channel}"), 14, "exit 3; echo"))),
      {});
  const auto failed = (*broken)->apply({1e-3});
  REQUIRE_FALSE(failed);
  CHECK(failed.error().message.find("exit code 3") != std::string::npos);
  CHECK(complaint(without(text, "u_supply_V")).find("'u_supply_V'") != std::string::npos);
  CHECK(complaint(without(text, "u_ohm")).find("resistors") != std::string::npos);
}

TEST_CASE("a virtual reference needs a virtual bench") {
  const ScratchFolder folder;
  const auto file =
      load_reference(folder.file("r.toml", "[reference]\nkind = \"virtual\"\n" + kHead + kRanges));
  REQUIRE(file);
  CHECK(open_reference(*file, {}).error().message.find("virtual bench") != std::string::npos);
}
