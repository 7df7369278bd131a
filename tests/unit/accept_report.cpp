// The report of an acceptance: its keys, its page, and that it says nothing about who ran it.
// Never writes a file.
#include <doctest/doctest.h>

#include <cmath>
#include <nlohmann/json.hpp>

#include "rig/cli/accept_page.hpp"
#include "rig/run/accept_report.hpp"

using namespace jr;

namespace {

AcceptReport sample_report() {
  AcceptReport report;
  report.tool_version = "0.1.0";
  report.tool_commit = "abc1234";
  report.kernel = "Linux 6.1.0 x86_64";
  report.started_ms = 1'700'000'000'000;
  report.started_ns = 5'000'000'000;
  report.bench.name = "mine";
  report.bench.board = "mega2560";
  report.bench.monitor.kind = "ppk2";
  report.bench.verbatim = "# /home/ada/benches/mine.toml on lovelace\n[bench]\n";
  report.monitor = {"ppk2", "D0C0FFEE", "9173", "", "/dev/ttyACM0", "R0: 1004\n"};
  report.metadata_sha256 = std::string(64, 'a');
  report.monitor_usb = {0x1915, 0xC00A};
  report.claims = {judged("supply.voltage", true, {{"supply", 3.3, "V", 1.8, 3.6}}, ""),
                   judged("mark.pulses", false, {{"missed", 3, "pulses", {}, 0.0}},
                          "not on D2, but on D0", "Change [wiring] mark."),
                   not_tested("cable.pull", "needs a person who pulls the cable"),
                   judged("stream.clock", true, {{"rate_error", 12.5, "ppm", {}, {}}},
                          "adalia and ada@lovelace at /home/ada/x and /home/adalia")};
  report.conversation = {{6'500'000'000, true, "name%"},
                         {6'600'000'000, false, "m-name-dut-[ada's \\xff]"}};
  return report;
}

const Anonymous kAda({"/home/ada/"}, {{"ada", "(user)"}, {"lovelace", "(host)"}, {"", "(user)"}});

}  // namespace

TEST_CASE("home folder, user and host name leave a text, longer words that hold them do not") {
  CHECK(kAda("/home/ada/bench.toml") == "~/bench.toml");
  CHECK(kAda("/home/adalia/bench.toml") == "/home/adalia/bench.toml");
  CHECK(kAda("ada@lovelace: adamant, (ada)") == "(user)@(host): adamant, ((user))");
  CHECK(kAda("") == "");
  CHECK(Anonymous({"/"}, {{"", "x"}, {"q", "x"}})("/dev/q") == "/dev/q");
}

TEST_CASE(
    "the JSON of a report has schema, tool, kernel, USB ids, counts and each claim with its "
    "figures") {
  const auto json = nlohmann::json::parse(accept_json(sample_report(), kAda));
  CHECK(json["schema"] == "joulerig-bench-accept");
  CHECK(json["schema_version"] == kAcceptSchema);
  CHECK(json["tool_version"] == "0.1.0");
  CHECK(json["tool_commit"] == "abc1234");
  CHECK(json["kernel"] == "Linux 6.1.0 x86_64");
  CHECK(json["started"] == "2023-11-14T22:13:20Z");
  CHECK(json["monitor"]["serial"] == "D0C0FFEE");
  CHECK(json["monitor"]["usb"]["vendor_id"] == "1915");
  CHECK(json["monitor"]["usb"]["product_id"] == "c00a");
  CHECK(json["link"]["usb"].is_null());
  CHECK(json["holds"] == false);
  CHECK(json["counts"]["ok"] == 2);
  CHECK(json["counts"]["not_ok"] == 1);
  CHECK(json["counts"]["not_tested"] == 1);
  const auto& claim = json["claims"][1];
  CHECK(claim["id"] == "mark.pulses");
  CHECK(claim["verdict"] == "not ok");
  CHECK(claim["figures"][0]["value"] == 3.0);
  CHECK(claim["figures"][0]["highest"] == 0.0);
  CHECK(claim["figures"][0]["lowest"].is_null());
  AcceptReport report = sample_report();
  report.claims[2].figures = {{"noticed_after", NAN, "s", {}, {}}};
  CHECK(nlohmann::json::parse(accept_json(report, kAda))["claims"][2]["figures"][0]["value"].is_null());
}

TEST_CASE("neither the JSON nor the conversation says who ran it and where") {
  const std::string all =
      accept_json(sample_report(), kAda) + accept_conversation(sample_report(), kAda);
  CHECK(all.find("lovelace") == std::string::npos);
  CHECK(all.find("/home/ada/") == std::string::npos);
  CHECK(all.find("ada@") == std::string::npos);
  CHECK(all.find("ada's") == std::string::npos);
  CHECK(all.find("(user)@(host)") != std::string::npos);
}

TEST_CASE("bytes of a device that are no UTF-8 do not cost the report") {
  AcceptReport report = sample_report();
  report.monitor.metadata = "R0: \xff\xfe";
  CHECK(nlohmann::json::accept(accept_json(report, kAda)));
}

TEST_CASE("the conversation has seconds since the start and who spoke") {
  CHECK(accept_conversation(sample_report(), kAda) ==
        "    1.500 > name%\n    1.600 < m-name-dut-[(user)'s \\xff]\n");
}

TEST_CASE(
    "a report with one claim that does not hold does not hold, and not-tested ones do no harm") {
  AcceptReport report = sample_report();
  CHECK_FALSE(report.holds());
  report.claims.erase(report.claims.begin() + 1);
  CHECK(report.holds());
}

TEST_CASE("the page has the table, what to do about what does not hold, and the count") {
  const std::string page = cli::accept_page(sample_report());
  CHECK(page.find("NOT OK      mark.pulses     missed 3 pulses (at most 0)") != std::string::npos);
  CHECK(page.find("ok          supply.voltage  supply 3.3 V (1.8 V to 3.6 V)") !=
        std::string::npos);
  CHECK(page.find("not tested  cable.pull      needs a person") != std::string::npos);
  CHECK(page.find("  mark.pulses: not on D2, but on D0. Change [wiring] mark.") !=
        std::string::npos);
  CHECK(page.find("2 ok, 1 not ok, 1 not tested.") != std::string::npos);
}

TEST_CASE("figures are printed with the prefix of their unit, and a number that is none says so") {
  CHECK(cli::figure_text({"offset", 110e-9, "A", -200e-9, 200e-9}) ==
        "offset 110 nA (-200 nA to 200 nA)");
  CHECK(cli::figure_text({"received", 1'020'000, "samples", 1.0, {}}) ==
        "received 1020000 samples (at least 1)");
  CHECK(cli::figure_text({"noticed_after", NAN, "s", {}, 3.0}) ==
        "noticed after none (at most 3 s)");
  CHECK(cli::figure_text({"scatter", 0.0123456, "1", {}, {}}) == "scatter 0.01235");
}
