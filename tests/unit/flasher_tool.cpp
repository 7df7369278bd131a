// Flash tools as processes: stand-ins that print what avrdude 7.1 prints, hang, fail or are absent.
// Never touches a port; the texts were taken from the packaged avrdude against the virtual board.
#include <doctest/doctest.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <set>
#include <string>
#include <toml++/toml.h>

#include "drivers/flashers/flash_template.hpp"
#include "drivers/flashers/flasher.hpp"
#include "fixtures/sim/baud.hpp"
#include "tests/unit/serial_pty.hpp"

namespace {

namespace fs = std::filesystem;

const fs::path kFlasherTemplates = fs::path(JOULERIG_SOURCE_DIR) / "drivers/flashers";

// A folder first in PATH with stand-ins for tools, an image and a file that plays the port.
class FlasherBench {
 public:
  FlasherBench() : path_(std::getenv("PATH") == nullptr ? "" : std::getenv("PATH")) {
    char name[] = "/tmp/jr-flasher-XXXXXX";
    REQUIRE(::mkdtemp(name) != nullptr);
    folder = name;
    write("image.hex", ":040000000C94340028\n:00000001FF\n");
    write("port", "");
    ::setenv("PATH", (folder.string() + ":" + path_).c_str(), 1);
  }
  ~FlasherBench() {
    ::setenv("PATH", path_.c_str(), 1);
    fs::remove_all(folder);
  }
  void write(const std::string& name, const std::string& text) const {
    std::ofstream(folder / name) << text;
  }
  // Answers `-?` with its version; otherwise notes its arguments and does `body`.
  void tool(const std::string& name, const std::string& body) const {
    write(name,
          "#!/bin/sh\nif [ \"$1\" = '-?' ]; then echo 'avrdude version 7.1, URL: <x>'; exit 1; fi\n"
          "printf '%s\\n' \"$@\" > " +
              (folder / "args").string() + "\n" + body + "\n");
    ::chmod((folder / name).c_str(), 0755);
  }
  bool was_run() const { return fs::exists(folder / "args"); }
  jr::FlasherRequest request() const {
    jr::FlasherRequest request;
    request.tool = "avrdude";
    request.port = folder / "port";
    request.part = "atmega2560";
    request.programmer = "wiring";
    request.limit = std::chrono::milliseconds(30'000);
    return request;
  }
  jr::Result<jr::FlashReport> program(const jr::FlasherRequest& wanted) const {
    auto flasher = jr::open_flasher(wanted, kFlasherTemplates);
    REQUIRE_MESSAGE(flasher.has_value(), (flasher ? "" : flasher.error().message));
    return (*flasher)->program(folder / "image.hex");
  }
  fs::path folder;

 private:
  std::string path_;
};

std::string flasher_error(const jr::Result<jr::FlashReport>& report, jr::Trouble trouble) {
  REQUIRE_FALSE(report.has_value());
  CHECK_MESSAGE(report.error().trouble == trouble, report.error().message);
  return report.error().message;
}

bool flasher_says(const std::string& text, const std::string& part) {
  return text.find(part) != std::string::npos;
}

std::string flasher_prints(const std::string& text, int code) {
  return "cat <<'END'\n" + text + "\n\navrdude done.  Thank you.\n\nEND\nexit " +
         std::to_string(code);
}

// A template with one line changed or added.
jr::Result<jr::FlashTemplate> flasher_template(const FlasherBench& bench, const std::string& from,
                                               const std::string& to) {
  std::string text =
      "tool = \"probe\"\npackage = \"p\"\ntried = \"no\"\nimages = [\"ihex\"]\nlimit_s = 1\n"
      "version = { argv = [\"probe\"], match = '(1)' }\nprogram = [\"probe\", \"{image}\"]\n"
      "verified_by = \"nothing\"\n";
  if (const auto at = text.find(from); !from.empty() && at != std::string::npos)
    text.replace(at, from.size(), to);
  bench.write("probe.toml", text);
  return jr::read_flash_template(bench.folder / "probe.toml");
}

}  // namespace

TEST_CASE("a flash that avrdude read back is verified, and the report says how it was done") {
  const FlasherBench bench;
  bench.tool(
      "avrdude",
      flasher_prints("avrdude: 4 bytes of flash written\navrdude: 4 bytes of flash verified", 0));
  const auto report = bench.program(bench.request());
  REQUIRE_MESSAGE(report.has_value(), report.error().message);
  CHECK(report->verified);
  CHECK(report->tool == "avrdude");
  CHECK(report->tool_version == "7.1");
  CHECK(report->command == "avrdude -q -p atmega2560 -c wiring -b 115200 -P " +
                               (bench.folder / "port").string() +
                               " -D -U flash:w:" + (bench.folder / "image.hex").string() + ":a");
  CHECK(flasher_says(report->log, "bytes of flash verified"));
  CHECK(report->duration_s > 0);
}

TEST_CASE("each known failure of avrdude becomes one sentence that says what to do") {
  struct Known {
    const char *output, *advice, *last;
  };
  for (const Known& known :
       {Known{"avrdude warning: verification mismatch\n        device 0x0c != input 0x00 at addr "
              "0x0000 (error)\n"
              "avrdude error: verification mismatch",
              "read back differs", "verification mismatch"},
        Known{"avrdude error: expected signature for ATmega328P is 1E 95 0F\n"
              "        double check chip or use -F to override this check",
              "correct 'part'", "expected signature"},
        Known{"avrdude error: timeout\navrdude error: timeout communicating with programmer\n"
              "avrdude error: unable to open programmer wiring on port /dev/x",
              "boot loader does not answer", "unable to open"},
        Known{"avrdude warning: attempt 4 of 10: not in sync: resp=0x00",
              "boot loader does not answer", "not in sync"},
        Known{"avrdude OS error: cannot open port /dev/ttyACM0: Permission denied", "dialout",
              "Permission"},
        Known{"avrdude OS error: cannot open port /dev/ttyACM0: Device or resource busy",
              "holds the port", "busy"},
        Known{"avrdude OS error: cannot open port /dev/ttyACM0: No such file or directory",
              "plugged in", "No such file"},
        Known{"avrdude error: AVR part nopart not found", "lists the parts", "nopart"},
        Known{"avrdude error: cannot find programmer id nowire", "'programmer'", "nowire"},
        Known{"avrdude error: address 0x40010 out of range at line 2 of big.hex\navrdude error: "
              "read from file big.hex failed",
              "larger than the chip's flash", "read from file"}}) {
    const FlasherBench bench;
    bench.tool("avrdude", flasher_prints(known.output, 1));
    const auto message = flasher_error(bench.program(bench.request()), jr::Trouble::refused);
    CHECK_MESSAGE(flasher_says(message, known.advice), message);
    CHECK_MESSAGE(flasher_says(message, known.last), message);
    CHECK_FALSE(flasher_says(message, "use -F"));
    CHECK_FALSE(flasher_says(message, "Thank you"));
    CHECK(flasher_says(message, "atmega2560"));
  }
}

TEST_CASE("an unknown failure is reported with the exit code and the tool's last words") {
  const FlasherBench bench;
  bench.tool("avrdude", "echo 'the moon is full'; exit 9");
  const auto message = flasher_error(bench.program(bench.request()), jr::Trouble::refused);
  CHECK(flasher_says(message, "exit code 9"));
  CHECK(flasher_says(message, "the moon is full"));
}

TEST_CASE("a tool that ends well without saying that it read back has not flashed anything") {
  const FlasherBench bench;
  bench.tool("avrdude", flasher_prints("avrdude: 4 bytes of flash written", 0));
  CHECK(flasher_says(flasher_error(bench.program(bench.request()), jr::Trouble::refused),
                     "did not say"));
  bench.tool("avrdude", flasher_prints("avrdude: 0 bytes of flash verified", 0));
  flasher_error(bench.program(bench.request()), jr::Trouble::refused);
}

TEST_CASE("a tool that hangs is ended at its limit and says so") {
  const FlasherBench bench;
  bench.tool("avrdude", "echo waiting; exec sleep 1000");
  auto request = bench.request();
  request.limit = std::chrono::milliseconds(500);
  const auto message = flasher_error(bench.program(request), jr::Trouble::timeout);
  CHECK(flasher_says(message, "0.5 s"));
}

TEST_CASE("a port that is not there is found out before the tool is run") {
  const FlasherBench bench;
  bench.tool("avrdude", "exit 0");
  auto request = bench.request();
  request.port = "/dev/no-such-port";
  CHECK(flasher_says(flasher_error(bench.program(request), jr::Trouble::not_found),
                     "/dev/no-such-port"));
  CHECK_FALSE(bench.was_run());
}

TEST_CASE("a board that needs the touch gets it before the tool runs, at that speed and without a byte") {
  FlasherBench bench;
  bench.tool("avrdude", "echo 1 bytes of flash verified");
  const jr::test::Pty pty;
  auto request = bench.request();
  request.port = pty.path();
  request.touch_baud = 1200;
  const auto report = bench.program(request);
  REQUIRE_MESSAGE(report.has_value(), (report ? "" : report.error().message));
  CHECK(jr::sim::baud_of(pty.master()) == 1200);
  CHECK(pty.read(16, 0).empty());
  request.port = bench.folder / "port";  // a file is no port to touch
  CHECK(flasher_says(flasher_error(bench.program(request), jr::Trouble::not_found), "did not begin"));
}

TEST_CASE("a truncated image is refused before the tool is run") {
  const FlasherBench bench;
  bench.tool("avrdude", "exit 0");
  bench.write("image.hex", ":040000000C94340028\n");
  CHECK(flasher_says(flasher_error(bench.program(bench.request()), jr::Trouble::malformed),
                     "truncated"));
  bench.write("image.hex", "");
  CHECK(
      flasher_says(flasher_error(bench.program(bench.request()), jr::Trouble::malformed), "empty"));
  CHECK_FALSE(bench.was_run());
}

TEST_CASE("an image of a format that the tool does not take is refused with those it takes") {
  const FlasherBench bench;
  bench.tool("st-flash", "exit 0");
  bench.write("st-flash", "#!/bin/sh\necho v1.7.0\n");
  auto request = bench.request();
  request.tool = "st-flash";
  const auto message = flasher_error(bench.program(request), jr::Trouble::usage);
  CHECK(flasher_says(message, "ihex"));
  CHECK(flasher_says(message, "takes bin"));
}

TEST_CASE("a value that the template needs and nobody gave is named") {
  const FlasherBench bench;
  bench.tool("avrdude", "exit 0");
  auto request = bench.request();
  request.programmer.clear();
  CHECK(flasher_says(flasher_error(bench.program(request), jr::Trouble::usage), "'programmer'"));
}

TEST_CASE("a tool that is not installed is refused with the package that has it") {
  const FlasherBench bench;
  bench.write("absent.toml",
              "tool = \"absent\"\npackage = \"absent-tools\"\ntried = \"no\"\nimages = "
              "[\"bin\"]\nlimit_s = 1\n"
              "version = { argv = [\"jr-absent-tool\"], match = '(1)' }\nprogram = "
              "[\"jr-absent-tool\"]\nverified_by = \"nothing\"\n");
  jr::FlasherRequest request;
  request.tool = "absent";
  const auto flasher = jr::open_flasher(request, bench.folder);
  REQUIRE_FALSE(flasher.has_value());
  CHECK(flasher.error().trouble == jr::Trouble::not_found);
  CHECK(flasher_says(flasher.error().message, "apt install absent-tools"));
}

TEST_CASE("an unknown tool is refused with the nearest known one, and none does nothing") {
  jr::FlasherRequest request;
  request.tool = "avrdud";
  const auto unknown = jr::open_flasher(request, kFlasherTemplates);
  REQUIRE_FALSE(unknown.has_value());
  CHECK(unknown.error().trouble == jr::Trouble::usage);
  CHECK(flasher_says(unknown.error().message, "did you mean 'avrdude'?"));
  request.tool = "../flashers/avrdude";
  CHECK_FALSE(jr::open_flasher(request, kFlasherTemplates).has_value());
  request.tool = "none";
  const auto none = jr::open_flasher(request, kFlasherTemplates);
  REQUIRE(none.has_value());
  const auto report = (*none)->program("/anything");
  REQUIRE(report.has_value());
  CHECK(report->command == "none");
  CHECK_FALSE(report->verified);
}

TEST_CASE("every template that is shipped can be read and makes a command line") {
  std::size_t count = 0;
  for (const auto& entry : fs::directory_iterator(kFlasherTemplates)) {
    if (entry.path().extension() != ".toml") continue;
    ++count;
    const auto flash = jr::read_flash_template(entry.path());
    REQUIRE_MESSAGE(flash.has_value(), (flash ? "" : flash.error().message));
    CHECK_FALSE(flash->failures.empty());
    const auto argv = jr::command_line(*flash, {{"port", "PORT"},
                                                {"image", "IMAGE"},
                                                {"baud", "9600"},
                                                {"part", "PART"},
                                                {"serial", "SN"},
                                                {"programmer", "PROG"}});
    REQUIRE(argv.has_value());
    CHECK(argv->front() == flash->tool);
    std::string line;
    for (const auto& word : *argv) line += word + " ";
    CHECK_MESSAGE(flasher_says(line, "IMAGE"), line);
    CHECK_FALSE(flasher_says(line, "{"));
  }
  CHECK(count == 8);
}

TEST_CASE("an optional part of a command line goes as a whole when its value is empty") {
  const auto flash = jr::read_flash_template(kFlasherTemplates / "openocd.toml");
  REQUIRE(flash.has_value());
  std::map<std::string, std::string> values{{"image", "/a b.elf"},
                                            {"part", "target/stm32l4x.cfg"},
                                            {"programmer", "interface/stlink.cfg"},
                                            {"serial", ""}};
  CHECK(jr::command_line(*flash, values).value() ==
        std::vector<std::string>{"openocd", "-f", "interface/stlink.cfg", "-f",
                                 "target/stm32l4x.cfg", "-c",
                                 "program \"/a b.elf\" verify reset exit"});
  values["serial"] = "0669";
  CHECK(jr::command_line(*flash, values).value()[4] == "adapter serial 0669");
}

TEST_CASE("what keeps an image from being programmed is told without the board: the image, its format, a value that is needed") {
  const FlasherBench bench;
  bench.tool("avrdude", "exit 0");
  bench.write("notes.bin", "This is a note about the firmware, and no firmware.\n");
  auto request = bench.request();
  request.port = "/dev/no-such-port";
  const auto checked = [&](const jr::FlasherRequest& wanted, const char* image) {
    const auto flasher = jr::open_flasher(wanted, kFlasherTemplates);
    REQUIRE_MESSAGE(flasher.has_value(), (flasher ? "" : flasher.error().message));
    const auto fit = (*flasher)->check(bench.folder / image);
    return fit ? std::string() : fit.error().message;
  };
  CHECK(checked(request, "image.hex").empty());
  CHECK(flasher_says(checked(request, "none.hex"), "none.hex"));
  request.programmer.clear();
  CHECK(flasher_says(checked(request, "image.hex"), "the value 'programmer' is needed"));
  CHECK_FALSE(bench.was_run());
}

TEST_CASE("a tool that is missing is named with the command that installs it") {
  const FlasherBench bench;
  struct Missing {
    const char *package, *says;
  };
  for (const Missing& one : {Missing{"package = \"some-package\"", "sudo apt install some-package"},
                             Missing{"package = \"site-installed\"\ninstall = \"pipx install it\"", "pipx install it"}}) {
    REQUIRE(flasher_template(bench, "package = \"p\"", one.package).has_value());
    jr::FlasherRequest request;
    request.tool = "probe";
    const auto flasher = jr::open_flasher(request, bench.folder);
    REQUIRE_FALSE(flasher.has_value());
    CHECK(flasher.error().trouble == jr::Trouble::not_found);
    CHECK_MESSAGE(flasher_says(flasher.error().message, one.says), flasher.error().message);
  }
  CHECK_FALSE(flasher_template(bench, "package = \"p\"", "package = \"site-installed\"").has_value());
  CHECK_FALSE(flasher_template(bench, "package = \"p\"", "package = \"\"").has_value());
}

TEST_CASE("the flash tool of each board that is shipped has a template, whose package is in the package list") {
  std::ifstream list(fs::path(JOULERIG_SOURCE_DIR) / "packages.txt");
  std::set<std::string> packages;
  for (std::string line; std::getline(list, line);) packages.insert(line);
  for (const auto& entry : fs::directory_iterator(kFlasherTemplates)) {
    if (entry.path().extension() != ".toml") continue;
    const auto flash = jr::read_flash_template(entry.path());
    REQUIRE(flash.has_value());
    CHECK_MESSAGE((!flash->install.empty() || packages.count(flash->package) == 1), entry.path().string());
  }
  std::size_t boards = 0;
  for (const auto& entry : fs::directory_iterator(fs::path(JOULERIG_SOURCE_DIR) / "fixtures/boards")) {
    const auto board = toml::parse_file(entry.path().string());
    const auto value = [&](const char* key) { return board["flash"][key].value_or(std::string()); };
    ++boards;
    if (value("tool") == "none") continue;
    const auto flash = jr::read_flash_template(kFlasherTemplates / (value("tool") + ".toml"));
    REQUIRE_MESSAGE(flash.has_value(), entry.path().string());
    const auto argv = jr::command_line(*flash, {{"port", "PORT"}, {"image", "IMAGE"}, {"baud", "9600"}, {"part", value("part")},
                                                {"serial", ""}, {"programmer", value("programmer")}});
    CHECK_MESSAGE(argv.has_value(), (argv ? std::string() : argv.error().message));
  }
  CHECK(boards >= 4);
}

TEST_CASE("a template's mistakes are told with file, line and the nearest known word") {
  const FlasherBench bench;
  CHECK(flasher_template(bench, "", "").has_value());
  struct Mistake {
    const char *from, *to, *says, *line;
  };
  for (const Mistake& mistake :
       {Mistake{"package", "pakage", "did you mean 'package'?", "line 2"},
        Mistake{"match", "mach", "did you mean 'match'?", "line 6"},
        Mistake{"{image}", "{imgae}", "did you mean 'image'?", "line 7"},
        Mistake{"{image}", "{image", "without a '}'", "line 7"},
        Mistake{"'(1)'", "'(1'", "no regular expression", "line 6"},
        Mistake{"\"nothing\"", "'['", "no regular expression", "line 8"},
        Mistake{"limit_s = 1", "limit_s = -1", "seconds", "line 5"},
        Mistake{"\"ihex\"", "\"hex\"", "did you mean 'ihex'?", "line 4"},
        Mistake{"\"no\"", "\"yes\"", "unknown word 'yes'", "line 3"},
        Mistake{"package = \"p\"\n", "", "'package' is missing", "line"},
        Mistake{"\"probe\"\n", "\"other\"\n", "own name", "line 1"},
        Mistake{"[\"probe\", \"{image}\"]", "[]", "list that is not empty", "line 7"},
        Mistake{"tool", "= tool", "", "line 1"}}) {
    const auto flash = flasher_template(bench, mistake.from, mistake.to);
    REQUIRE_FALSE(flash.has_value());
    CHECK(flash.error().trouble == jr::Trouble::usage);
    CHECK_MESSAGE(flasher_says(flash.error().message, mistake.says), flash.error().message);
    CHECK_MESSAGE(flasher_says(flash.error().message, mistake.line), flash.error().message);
    CHECK(flasher_says(flash.error().message, "probe.toml"));
  }
}

TEST_CASE("the packaged avrdude, where there is one, tells its version") {
  jr::FlasherRequest request;
  request.tool = "avrdude";
  const auto flasher = jr::open_flasher(request, kFlasherTemplates);
  if (!flasher) {
    CHECK(flasher.error().trouble == jr::Trouble::not_found);
    return;
  }
  const auto known = (*flasher)->identify();
  REQUIRE(known.has_value());
  CHECK(known->starts_with("avrdude "));
  CHECK(known->size() > std::string("avrdude ").size());
}
