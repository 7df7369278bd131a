// Fault scripts: their reading, when their events are due, and what they make of a link's bytes.
// Never starts a world: moments and bytes are handed in.
#include <doctest/doctest.h>
#include <unistd.h>

#include <cstdio>
#include <filesystem>
#include <fstream>
#include <string>
#include <vector>

#include "fixtures/sim/fault_schedule.hpp"
#include "fixtures/sim/fault_script.hpp"
#include "fixtures/sim/link_faults.hpp"

using namespace jr::sim;

namespace {

constexpr std::int64_t kSecond_ns = 1'000'000'000;
const std::string kHead = "[fault]\nname = \"x\"\nabout = \"y\"\n";

jr::Result<FaultScript> read(const std::string& text) {
  char name[] = "/tmp/jr-sim-faults-XXXXXX";
  ::close(::mkstemp(name));
  std::ofstream(name) << text;
  auto script = read_fault_script(name);
  std::remove(name);
  return script;
}

std::string complaint_about(const std::string& text) {
  const auto script = read(text);
  if (script) return "accepted";
  CHECK(script.error().trouble == jr::Trouble::usage);
  const auto& message = script.error().message;
  return message.substr(message.find("XXXX") == message.npos ? 0 : message.find("XXXX"));
}

FaultEvent event_at(FaultMoment moment, std::uint64_t nth, FaultDeed deed = FaultDeed::lose) {
  FaultEvent event;
  event.moment = moment;
  event.nth = nth;
  event.action.deed = deed;
  return event;
}

std::vector<double> times_of(const std::vector<DueFault>& due) {
  std::vector<double> times;
  for (const auto& one : due) times.push_back(static_cast<double>(one.t_ns) * 1e-9);
  return times;
}

LinkFaults suffering(FaultDeed deed, FaultAction action = {}) {
  action.deed = deed;
  LinkFaults faults;
  faults.begin(action);
  return faults;
}

}  // namespace

TEST_CASE("an event of a script is read with its moment, its rhythm and its numbers") {
  const auto script =
      read(kHead +
           "[[event]]\nat = { mark = 3, after_s = 0.1 }\nevery_nth = 2\ntimes = 4\n"
           "do = \"lose\"\nsamples = 64\n"
           "[[event]]\nat = { stream_s = 2.5 }\ndo = \"mute\"\nuntil = \"power\"\n");
  REQUIRE(script);
  CHECK(script->name == "x");
  REQUIRE(script->events.size() == 2);
  const FaultEvent& loss = script->events[0];
  CHECK(loss.moment == FaultMoment::mark);
  CHECK(loss.nth == 3);
  CHECK(loss.every_nth == 2);
  CHECK(loss.times == 4);
  CHECK(loss.after_s == 0.1);
  CHECK(loss.action.deed == FaultDeed::lose);
  CHECK(loss.action.samples == 64);
  const FaultEvent& silence = script->events[1];
  CHECK(silence.moment == FaultMoment::stream);
  CHECK(silence.after_s == 2.5);
  CHECK(silence.action.until_power);
}

TEST_CASE("a misspelt word of a script is refused with the nearest known one") {
  const std::string at = "[[event]]\nat = { mark = 1 }\n";
  const auto says = [&](const std::string& text, const std::string& words) {
    const std::string complaint = complaint_about(kHead + text);
    CAPTURE(complaint);
    CHECK(complaint.find(words) != complaint.npos);
  };
  says(at + "do = \"loose\"\nsamples = 1\n", "the nearest known one is 'lose'");
  says(at + "do = \"lose\"\nsample = 1\n", "the nearest known one is 'samples'");
  says("[[event]]\nat = { marks = 1 }\ndo = \"reset\"\n", "the nearest known one is 'mark'");
  says("[[events]]\n", "the nearest known one is 'event'");
  says("[expect]\nverdikt = \"pass\"\n", "the nearest known one is 'verdict'");
  says("[expect]\nverdict = \"passed\"\n", "verdict has to be \"pass\" or");
}

TEST_CASE("a key that the deed does not use, or that it lacks, is refused") {
  const std::string at = "[[event]]\nat = { mark = 1 }\n";
  const auto says = [&](const std::string& text, const std::string& words) {
    const std::string complaint = complaint_about(kHead + text);
    CAPTURE(complaint);
    CHECK(complaint.find(words) != complaint.npos);
  };
  says(at + "do = \"reset\"\nsamples = 3\n", "does not know the key 'samples'");
  says(at + "do = \"lose\"\n", "needs 'samples'");
  says(at + "do = \"lose\"\nsamples = 0\n", "samples has to be a whole number, at least 1");
  says(at + "do = \"droop\"\nfor_s = 1.0\n", "needs 'volts_V' or 'extra_ohm'");
  says(at + "do = \"mute\"\nfor_s = 1.0\nuntil = \"power\"\n", "not both");
  says("[[event]]\nat = { mark = 1 }\n", "needs 'do'");
  says("[[event]]\ndo = \"reset\"\n", "needs 'at'");
  says("[[event]]\nat = { mark = 1, power = 1 }\ndo = \"reset\"\n", "'at' is one of");
  says("[[event]]\nat = { stream_s = 1.0, after_s = 1.0 }\ndo = \"reset\"\n", "'at' is one of");
}

TEST_CASE("each script of ours can be read and calls itself by its file's name") {
  const std::filesystem::path folder =
      std::filesystem::path(JOULERIG_SOURCE_DIR) / "fixtures/sim/faults";
  std::size_t count = 0;
  for (const auto& file : std::filesystem::directory_iterator(folder)) {
    if (file.path().extension() != ".toml") continue;
    const auto script = read_fault_script(file.path().string());
    REQUIRE_MESSAGE(script, (script ? "" : script.error().message));
    CHECK(script->name == file.path().stem().string());
    ++count;
  }
  CHECK(count >= 20);
}

TEST_CASE("a script is found by its path beside the bench file, or said to be nowhere") {
  const std::string folder = std::string(JOULERIG_SOURCE_DIR) + "/fixtures/sim/faults";
  CHECK(named_fault_script("loss-in-window.toml", folder));
  CHECK(named_fault_script(folder + "/loss-in-window.toml", "/nowhere"));
  const auto missing = named_fault_script("no-such-fault", folder);
  REQUIRE_FALSE(missing);
  CHECK(missing.error().message.find("no-such-fault") != std::string::npos);
}

TEST_CASE("an event waits for its moment's number and its delay, and comes once") {
  FaultEvent event = event_at(FaultMoment::mark, 2);
  event.after_s = 0.5;
  FaultSchedule schedule({event});
  schedule.happened(FaultMoment::mark, 1 * kSecond_ns);
  CHECK(schedule.due(9 * kSecond_ns).empty());
  schedule.happened(FaultMoment::power, 2 * kSecond_ns);
  schedule.happened(FaultMoment::mark, 3 * kSecond_ns);
  CHECK(schedule.due(3'499'999'999).empty());
  CHECK(times_of(schedule.due(3'500'000'000)) == std::vector<double>{3.5});
  schedule.happened(FaultMoment::mark, 4 * kSecond_ns);
  CHECK(schedule.due(99 * kSecond_ns).empty());
}

TEST_CASE("every_nth counts moments from the first, and times limits it") {
  FaultEvent event = event_at(FaultMoment::link, 2);
  event.every_nth = 3;
  event.times = 3;
  FaultSchedule schedule({event});
  for (int i = 1; i <= 20; ++i) schedule.happened(FaultMoment::link, i * kSecond_ns);
  CHECK(times_of(schedule.due(99 * kSecond_ns)) == std::vector<double>{2, 5, 8});
}

TEST_CASE("every_s repeats as often as it should have come, however seldom one asks") {
  FaultEvent event = event_at(FaultMoment::stream, 1);
  event.every_s = 0.25;
  FaultSchedule schedule({event});
  schedule.happened(FaultMoment::stream, 1 * kSecond_ns);
  CHECK(times_of(schedule.due(1'600'000'000)) == std::vector<double>{1, 1.25, 1.5});
  CHECK(times_of(schedule.due(1'800'000'000)) == std::vector<double>{1.75});
}

TEST_CASE(
    "what lasts for a while ends after it, and what lasts until power ends with the next one") {
  FaultEvent brief = event_at(FaultMoment::mark, 1, FaultDeed::freeze);
  brief.action.for_s = 2;
  FaultEvent hang = event_at(FaultMoment::mark, 1, FaultDeed::mute);
  hang.action.until_power = true;
  FaultSchedule schedule({brief, hang});
  schedule.happened(FaultMoment::power, 0);
  schedule.happened(FaultMoment::mark, 1 * kSecond_ns);
  CHECK(schedule.due(1 * kSecond_ns).size() == 2);
  schedule.happened(FaultMoment::power, 5 * kSecond_ns);
  schedule.happened(FaultMoment::power, 6 * kSecond_ns);
  const auto ends = schedule.due(9 * kSecond_ns);
  REQUIRE(times_of(ends) == std::vector<double>{3, 5});
  CHECK_FALSE(ends[0].begins);
  CHECK(ends[0].action.deed == FaultDeed::freeze);
  CHECK_FALSE(ends[1].begins);
  CHECK(ends[1].action.deed == FaultDeed::mute);
}

TEST_CASE("a mute board sends nothing and still hears; a deaf one the other way round") {
  LinkFaults mute = suffering(FaultDeed::mute), deaf = suffering(FaultDeed::deaf);
  CHECK(mute.from_board("m-ready").empty());
  CHECK(mute.from_host("name%") == "name%");
  CHECK(deaf.from_board("m-ready") == "m-ready");
  CHECK(deaf.from_host("name%").empty());
  mute.end({.deed = FaultDeed::mute});
  CHECK(mute.from_board("m-ready") == "m-ready");
}

TEST_CASE("an echo sends each byte of the host back, once, beside what the board says") {
  LinkFaults echo = suffering(FaultDeed::echo);
  CHECK(echo.from_host("name%") == "name%");
  CHECK(echo.of_its_own(512) == "name%");
  CHECK(echo.of_its_own(512).empty());
  CHECK(echo.from_board("m-ready") == "m-ready");
}

TEST_CASE("NUL bytes come between those of the board") {
  CHECK(suffering(FaultDeed::nul).from_board("ab") == std::string("a\0b\0", 4));
}

TEST_CASE("garbling changes exactly so many bytes, dropping takes exactly so many away") {
  FaultAction some;
  some.bytes = 3;
  LinkFaults garbled = suffering(FaultDeed::garble, some),
             dropped = suffering(FaultDeed::drop, some);
  const std::string first = garbled.from_board("ab"), rest = garbled.from_board("cdef");
  CHECK((first[0] != 'a' && first[1] != 'b' && rest[0] != 'c'));
  CHECK(rest.substr(1) == "def");
  CHECK(dropped.from_board("abcdef") == "def");
  CHECK(dropped.from_host("abcdef") == "abcdef");
  some.from_host = true;
  LinkFaults other_way = suffering(FaultDeed::drop, some);
  CHECK(other_way.from_board("abcdef") == "abcdef");
  CHECK(other_way.from_host("abcdef") == "def");
}

TEST_CASE("a flood fills the room that there is, with lines or with anything, until it ends") {
  LinkFaults lines = suffering(FaultDeed::flood);
  CHECK(lines.floods());
  std::string text = lines.of_its_own(300);
  text += lines.of_its_own(300);
  CHECK(text.size() == 600);
  CHECK(text.starts_with("m-[line 1 that nobody asked for]\r\nm-[line 2 "));
  FaultAction any;
  any.binary = true;
  CHECK(suffering(FaultDeed::flood, any).of_its_own(512).size() == 512);
  lines.end({.deed = FaultDeed::flood});
  CHECK(lines.of_its_own(300).empty());
}
