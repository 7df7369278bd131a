// The flasher that runs a template's command line: image checked first, tool watched, proof
// demanded. Never reports an image as verified that the tool did not read back.
#include <cmath>
#include <cstdio>
#include <memory>
#include <utility>

#include "drivers/flashers/flash_image.hpp"
#include "drivers/flashers/flash_template.hpp"
#include "drivers/flashers/flasher.hpp"
#include "drivers/flashers/touch.hpp"
#include "drivers/transport/child.hpp"
#include "rig/core/nearest.hpp"

namespace jr {
namespace {

namespace fs = std::filesystem;
using std::chrono::milliseconds;

// As one could paste it into a shell; also the record's text.
std::string as_shell_line(const std::vector<std::string>& argv) {
  constexpr const char* kPlain =
      "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-_./:=,+@%";
  std::string line;
  for (const std::string& word : argv) {
    if (!line.empty()) line += ' ';
    if (!word.empty() && word.find_first_not_of(kPlain) == std::string::npos) {
      line += word;
      continue;
    }
    line += '\'';
    for (const char c : word) line += c == '\'' ? std::string("'\\''") : std::string(1, c);
    line += '\'';
  }
  return line;
}

std::string seconds(milliseconds limit) {
  char text[32];
  std::snprintf(text, sizeof text, "%.3g s", static_cast<double>(limit.count()) / 1000.0);
  return text;
}

class CommandFlasher final : public Flasher {
 public:
  CommandFlasher(FlashTemplate flash, FlasherRequest request)
      : flash_(std::move(flash)), request_(std::move(request)) {
    if (request_.limit.count() <= 0)
      request_.limit = milliseconds(std::llround(flash_.limit_s * 1000.0));
  }

  Result<std::string> identify() override {
    if (!version_.empty()) return flash_.tool + " " + version_;
    const auto ran = run_child(flash_.version_argv, milliseconds(10'000));
    if (!ran && ran.error().trouble == Trouble::not_found) return not_installed();
    if (!ran) return Failure(ran.error());
    if (ran->timed_out)
      return fail(Trouble::timeout, flash_.tool + " did not tell its version within 10 s; " +
                                        last_words(ran->output));
    version_ = first_match(ran->output, flash_.version_match, 1);
    if (version_.empty())
      return fail(Trouble::malformed, "'" + as_shell_line(flash_.version_argv) +
                                          "' did not tell a version of " + flash_.tool +
                                          "; is it another program of that name? " +
                                          last_words(ran->output));
    return flash_.tool + " " + version_;
  }

  Result<void> check(const fs::path& image) override {
    if (const auto argv = command_for(image); !argv) return Failure(argv.error());
    return {};
  }

  Result<FlashReport> program(const fs::path& image) override {
    const auto argv = prepare(image);
    if (!argv) return Failure(argv.error());
    if (request_.touch_baud > 0)
      if (const auto touched = touch_port(request_.port, request_.touch_baud); !touched)
        return fail(touched.error().trouble,
                    attempt(image) + " did not begin: " + touched.error().message);
    FlashReport report{flash_.tool, version_, as_shell_line(*argv), {}, 0, false};
    const auto ran = run_child(*argv, request_.limit);
    if (!ran && ran.error().trouble == Trouble::not_found) return not_installed();
    if (!ran) return Failure(ran.error());
    report.log = ran->output;
    report.duration_s = ran->duration_s;
    if (ran->timed_out || ran->exit_code != 0) return explain(*ran, image);
    if (flash_.verified_by == "nothing") return report;
    report.verified = flash_.verified_by == "exit code" ||
                      !first_match(ran->output, flash_.verified_match).empty();
    if (!report.verified)
      return fail(Trouble::refused, attempt(image) +
                                        " ended without an error, but did not say that it read the "
                                        "image back; the board must be taken as not flashed; " +
                                        last_words(ran->output));
    return report;
  }

 private:
  // Everything that can be found wrong before a tool erases a chip.
  Result<std::vector<std::string>> prepare(const fs::path& image) {
    auto argv = command_for(image);
    std::error_code failed;
    // avrdude 7.1 -c wiring hangs for ever when the port is not there (seen with the packaged one).
    if (argv && uses(flash_, "port") && !request_.port.empty() && !fs::exists(request_.port, failed))
      return fail(Trouble::not_found,
                  "cannot flash with " + flash_.tool + ": there is no port " + request_.port +
                      "; is the board plugged in? 'joulerig discover' lists the ports");
    return argv;
  }

  // What needs no board: the image, the tool, and the values that its command line asks for.
  Result<std::vector<std::string>> command_for(const fs::path& image) {
    const auto format = check_image(image);
    if (!format) return Failure(format.error());
    if (const auto known = identify(); !known) return Failure(known.error());
    std::string taken;
    bool fits = false;
    for (const std::string& name : flash_.images) {
      fits = fits || name == name_of(*format);
      taken += (taken.empty() ? "" : ", ") + name;
    }
    if (!fits)
      return fail(Trouble::usage, "the image " + image.string() + " is of format " +
                                      name_of(*format) + ", but " + flash_.tool + " takes " +
                                      taken + "; convert it with objcopy");
    return command_line(flash_, {{"port", request_.port},
                                 {"image", fs::absolute(image).string()},
                                 {"baud", std::to_string(request_.baud)},
                                 {"part", request_.part},
                                 {"serial", request_.serial},
                                 {"programmer", request_.programmer}});
  }

  std::string attempt(const fs::path& image) const {
    std::string text = flash_.tool + " " + version_ + ", programming " + image.string();
    if (!request_.part.empty()) text += " into a " + request_.part;
    if (!request_.port.empty() && uses(flash_, "port")) text += " at " + request_.port;
    return text + ",";
  }

  Failure explain(const ChildOutcome& ran, const fs::path& image) const {
    std::string meaning;
    for (const KnownFailure& failure : flash_.failures) {
      if (first_match(ran.output, failure.match).empty()) continue;
      meaning = ": " + failure.says;
      break;
    }
    const std::string words = "; " + last_words(ran.output);
    if (ran.timed_out)
      return fail(
          Trouble::timeout,
          attempt(image) + " was ended after " + seconds(request_.limit) +
              (meaning.empty() ? ": check power, cable and that the board is in its boot loader"
                               : meaning) +
              words);
    return fail(Trouble::refused, attempt(image) + " failed with exit code " +
                                      std::to_string(ran.exit_code) + meaning + words);
  }

  std::string last_words(const std::string& output) const {
    const std::string last = last_line_of(output, flash_.noise);
    return last.empty() ? "it printed nothing of use" : "its last words: '" + last + "'";
  }

  Failure not_installed() const {
    return fail(Trouble::not_found,
                "the flash tool " + flash_.tool + " is not installed: " + how_to_install(flash_));
  }

  FlashTemplate flash_;
  FlasherRequest request_;
  std::string version_;
};

// For boards that come flashed: proves nothing and says so.
class NoFlasher final : public Flasher {
 public:
  Result<std::string> identify() override { return std::string("none"); }
  Result<void> check(const fs::path&) override { return {}; }
  Result<FlashReport> program(const fs::path&) override {
    return FlashReport{"none", "", "none", "", 0, false};
  }
};

Failure unknown_tool(const std::string& tool, const fs::path& templates) {
  std::vector<std::string> known{"none"};
  std::string all = "none";
  std::error_code failed;
  for (const auto& entry : fs::directory_iterator(templates, failed)) {
    if (entry.path().extension() != ".toml") continue;
    known.push_back(entry.path().stem());
    all += ", " + known.back();
  }
  const auto close = nearest(tool, known);
  return fail(Trouble::usage,
              "there is no template for a flash tool '" + tool + "' in " + templates.string() +
                  (close ? "; did you mean '" + *close + "'?" : "; known are: " + all));
}

}  // namespace

Result<std::unique_ptr<Flasher>> open_flasher(const FlasherRequest& request,
                                              const fs::path& templates) {
  if (request.tool == "none") return std::make_unique<NoFlasher>();
  const fs::path file = templates / (request.tool + ".toml");
  std::error_code failed;
  if (request.tool.empty() || request.tool.find('/') != std::string::npos ||
      !fs::exists(file, failed))
    return unknown_tool(request.tool, templates);
  auto flash = read_flash_template(file);
  if (!flash) return Failure(flash.error());
  auto flasher = std::make_unique<CommandFlasher>(std::move(*flash), request);
  if (const auto known = flasher->identify(); !known) return Failure(known.error());
  return flasher;
}

}  // namespace jr
