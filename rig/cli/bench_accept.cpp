// joulerig bench accept: leads a person through the first run on a bench, and writes the report to
// send. Never measures itself: rig/run/bench_accept does.
#include "rig/run/bench_accept.hpp"

#include <poll.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <filesystem>
#include <iostream>

#include "rig/cli/accept_page.hpp"
#include "rig/cli/command.hpp"
#include "rig/cli/printing.hpp"
#include "rig/core/host_clock.hpp"
#include "rig/core/verdict.hpp"
#include "rig/exchange/output_file.hpp"
#include "rig/run/accept_report.hpp"

namespace jr::cli {
namespace {

namespace fs = std::filesystem;

/// Whoever sits at the terminal; nobody with --yes, or when standard input is no terminal.
class TerminalPerson : public BenchPerson {
 public:
  explicit TerminalPerson(bool yes) : there_(!yes && isatty(STDIN_FILENO) != 0) {}

  bool is_there() const override { return there_; }

  bool agrees(const std::string& what) override {
    std::cerr << "\nStep " << ++step_ << ": " << what << std::endl;
    return !there_ ? !interrupted().load() : goes_on("  [Enter: go on, s: skip] ", true);
  }

  bool does(const std::string& what) override {
    if (!there_) return false;
    std::cerr << "\nBy hand: " << what << std::endl;
    return goes_on("  [Enter: go on, s: skip] ", false);
  }

  std::optional<bool> sees(const std::string& question) override {
    if (!there_) return std::nullopt;
    std::cerr << "\n" << question << std::endl;
    for (;;) {
      const auto said = answer("  [y, n, s: skip] ");
      if (!said || *said == "s") return std::nullopt;
      if (*said == "y" || *said == "n") return *said == "y";
    }
  }

  void hears(const Claim& claim) override { std::cerr << claim_line(claim) << std::endl; }

 private:
  /// `nobody`: the answer when the person has left (end of file).
  bool goes_on(const char* prompt, bool nobody) {
    for (;;) {
      const auto said = answer(prompt);
      if (!said) return nobody && !interrupted();
      if (*said == "s") return false;
      if (said->empty()) return true;
    }
  }

  /// One line; nothing at end of file or Ctrl-C.
  std::optional<std::string> answer(const char* prompt) {
    std::cerr << prompt << std::flush;
    for (;;) {
      const auto end = typed_.find('\n');
      if (end != std::string::npos) {
        std::string line = typed_.substr(0, end);
        typed_.erase(0, end + 1);
        return line;
      }
      pollfd input{STDIN_FILENO, POLLIN, 0};
      const int ready = ::poll(&input, 1, 200);
      if (interrupted()) return std::nullopt;
      if (ready <= 0) continue;
      std::array<char, 256> bytes;
      const auto n = ::read(STDIN_FILENO, bytes.data(), bytes.size());
      if (n <= 0) {
        there_ = false;
        return std::nullopt;
      }
      typed_.append(bytes.data(), static_cast<std::size_t>(n));
    }
  }

  bool there_;
  int step_{};
  std::string typed_;
};

/// Where the report goes; found writable before anything is powered.
class ReportFiles {
 public:
  /// `wanted`: a folder, or a file that ends in .json; empty: ./bench-accept-NAME-DATE.
  static Result<ReportFiles> prepare(const std::string& wanted, bool force, const std::string& bench) {
    ReportFiles files;
    const fs::path place = wanted.empty()
                               ? fs::path("bench-accept-" + file_name(bench) + "-" + date())
                               : fs::path(wanted);
    const bool is_file = place.extension() == ".json";
    const fs::path folder = is_file ? place.parent_path() : place;
    std::error_code failed;
    files.made_ = !folder.empty() && fs::create_directories(folder, failed);
    files.folder_ = folder;
    files.json_ = is_file ? place : folder / "report.json";
    files.text_ = is_file ? fs::path(place).replace_extension(".txt") : folder / "report.txt";
    files.log_ = is_file ? fs::path(place).replace_extension(".log") : folder / "conversation.log";
    files.force_ = force;
    for (const fs::path& path : {files.json_, files.text_, files.log_})
      if (auto fine = check_output(path, force); !fine) {
        files.take_back();
        return fail(fine.error().trouble, fine.error().message + " Give -o another place; nothing was powered.");
      }
    return files;
  }

  Result<void> write(const AcceptReport& report) const {
    const Anonymous anonymous = Anonymous::of_this_process();
    for (const auto& [path, text] : {std::pair{json_, accept_json(report, anonymous) + "\n"},
                                     std::pair{text_, anonymous(accept_page(report))},
                                     std::pair{log_, accept_conversation(report, anonymous)}})
      if (auto written = write_output(path, text, force_); !written) return written;
    return {};
  }

  /// Nothing was tested: no empty folder stays behind.
  void take_back() const {
    std::error_code ignored;
    if (made_) fs::remove(folder_, ignored);
  }

  std::string place() const { return json_.string(); }

 private:
  static std::string file_name(std::string name) {
    for (char& c : name)
      if (c == '/' || c == ' ') c = '-';
    return name;
  }
  static std::string date() {
    std::string when = local_time(wall_now_ms());
    std::replace(when.begin(), when.end(), ' ', '-');
    when.erase(std::remove(when.begin(), when.end(), ':'), when.end());
    return when;
  }

  bool made_{}, force_{};
  fs::path folder_, json_, text_, log_;
};

class BenchAccept : public Command {
 public:
  std::string name() const override { return "bench accept"; }
  std::string summary() const override {
    return "First run on a bench: test each claim of its file, write a report to send";
  }
  std::string examples() const override {
    return "  joulerig bench accept my-bench\n  joulerig bench accept my-bench -o report\n"
           "  joulerig bench accept sim --quick --yes --json";
  }
  void declare(Arguments& arguments) override {
    arguments.required("BENCH", bench_, "Bench file, by name or path");
    arguments.output(
        output_, force_,
        "Folder, or file ending in .json, for the report (default: ./bench-accept-BENCH-DATE)");
    arguments.flag("--quick", quick_, "2 s of stream instead of 10 s, short windows");
    arguments.flag("--yes", yes_, "Nobody is at the bench: what needs hands or eyes is not tested");
    arguments.flag("--json", json_, "Print the report as JSON on standard output");
  }

  int run() override {
    auto bench = load_bench(bench_);
    if (!bench) return report(bench.error());
    auto files = ReportFiles::prepare(output_, force_, bench->name);
    if (!files) return report(files.error());
    clean_up_after_the_dead();
    watch_signals();
    TerminalPerson person(yes_);
    const auto done = accept_bench({std::move(*bench), quick_, &interrupted()}, person);
    if (!done) {
      files->take_back();
      return report(done.error());
    }
    const auto written = files->write(*done);
    std::cout << (json_ ? accept_json(*done, Anonymous::of_this_process()) + "\n"
                        : accept_page(*done))
              << std::flush;
    if (!written) return report(written.error());
    std::cerr << "\nThe report is " << files->place()
              << ", with a text and the conversation beside it. It names no person and "
                 "no computer, and may be attached to an issue of the project.\n";
    if (done->interrupted) return kExitInterrupted;
    return done->holds() ? 0 : exit_code(Verdict::rig_error);
  }

 private:
  std::string bench_, output_;
  bool quick_{}, yes_{}, json_{}, force_{};
};

}  // namespace

std::unique_ptr<Command> make_bench_accept() { return std::make_unique<BenchAccept>(); }

}  // namespace jr::cli
