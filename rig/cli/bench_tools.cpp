// joulerig flash, power, monitor: the parts of a bench by hand.
#include <algorithm>
#include <cmath>
#include <cstdio>
#include <iostream>
#include <mutex>
#include <nlohmann/json.hpp>
#include <optional>
#include <thread>
#include <unistd.h>

#include "rig/cli/command.hpp"
#include "rig/cli/printing.hpp"
#include "rig/core/amperes.hpp"
#include "rig/core/duration.hpp"
#include "rig/core/quantity.hpp"
#include "rig/run/session.hpp"
#include "rig/run/setup.hpp"

namespace jr::cli {
namespace {

Result<std::unique_ptr<Session>> open_session(const std::string& bench_name, const std::string& purpose) {
  clean_up_after_the_dead();
  auto bench = load_bench(bench_name);
  if (!bench) return Failure(bench.error());
  return Session::open(std::move(*bench), {}, purpose);
}

class Flash : public Command {
 public:
  std::string name() const override { return "flash"; }
  std::string summary() const override { return "Flash an image onto the board of a bench, and verify it"; }
  std::string examples() const override { return "  joulerig flash nucleo firmware.bin\n  joulerig flash sim mps2-an386-energy.hex"; }
  void declare(Arguments& arguments) override {
    arguments.required("BENCH", bench_, "Bench file, by name or path");
    arguments.optional("IMAGE", image_, "Firmware image (default: the bench's own)");
    arguments.flag("--json", json_, "Print JSON");
  }

  int run() override {
    auto session = open_session(bench_, "flash");
    if (!session) return report(session.error());
    auto file = find_firmware(image_.empty() ? (*session)->bench().firmware : image_);
    if (!file) return report(file.error());
    auto flasher = (*session)->flasher();
    if (!flasher) return report(flasher.error());
    if (auto on = (*session)->power_on(); !on) return report(on.error());
    auto done = (*flasher)->program(*file);
    if (!done) return report(done.error());
    auto firmware = describe_firmware(*file);
    if (!firmware) return report(firmware.error());
    const std::string tool = done->tool + (done->tool_version.empty() ? "" : " " + done->tool_version);
    if (json_)
      std::cout << nlohmann::ordered_json{{"image", *file}, {"sha256", firmware->sha256},
                                          {"tool", tool}, {"command", done->command},
                                          {"duration_s", done->duration_s}, {"verified", done->verified}}.dump() << "\n";
    else if (done->tool == "none")
      std::cout << "Nothing was flashed: the board of " << bench_ << " comes flashed ([flash] tool = \"none\").\n";
    else
      std::cout << *file << (done->verified ? " flashed and verified" : " flashed, not verified") << " by "
                << tool << " in " << done->duration_s << " s\n";
    return 0;
  }

 private:
  std::string bench_, image_;
  bool json_{};
};

class Power : public Command {
 public:
  std::string name() const override { return "power"; }
  std::string summary() const override { return "Switch the supply of a bench: on, off, or to a voltage"; }
  std::string examples() const override {
    return "  joulerig power nucleo on\n  joulerig power nucleo 1.8\n  joulerig power nucleo off";
  }
  void declare(Arguments& arguments) override {
    arguments.required("BENCH", bench_, "Bench file, by name or path");
    arguments.required("on|off|VOLTS", what_, "What to do; VOLTS sets the voltage and leaves it on");
    arguments.flag("--json", json_, "Print JSON");
  }

  int run() override {
    std::optional<double> volts;
    if (what_ != "on" && what_ != "off") {
      auto value = parse_quantity(what_, "V");
      if (!value) return report(value.error());
      volts = *value;
    }
    auto bench = load_bench(bench_);
    if (!bench) return report(bench.error());
    if (volts)
      if (auto allowed = check_supply(*bench, *volts); !allowed) return report(allowed.error());
    clean_up_after_the_dead();
    auto session = Session::open(std::move(*bench), {}, "power");
    if (!session) return report(session.error());
    Supply* supply = (*session)->supply();
    if (!supply)
      return report({Trouble::refused, "The monitor of this bench cannot feed a board: use the bench's own supply."});
    if (volts)
      if (auto set = supply->set({*volts}); !set) return report(set.error());
    const auto done = what_ == "off" ? supply->off() : supply->on();
    if (!done) return report(done.error());
    const double set_V = volts.value_or((*session)->bench().monitor.supply_V);
    if (json_)
      std::cout << nlohmann::ordered_json{{"bench", bench_}, {"on", what_ != "off"}, {"voltage_V", set_V}}.dump() << "\n";
    else
      std::cout << bench_ << ": " << (what_ == "off" ? "off" : "on at " + with_unit(set_V, "V")) << "\n";
    if ((*session)->world())
      std::cerr << "A virtual bench is private to its command: it ended with this one.\n";
    return 0;
  }

 private:
  std::string bench_, what_;
  bool json_{};
};

/// Mean, lowest and highest current since the last look, and which lines are high.
class LiveSink : public SampleSink {
 public:
  LiveSink(std::vector<RangePolynomial> ranges, Volt supply) : ranges_(std::move(ranges)), supply_(supply) {}

  struct Look { double mean_A{}, low_A{}, high_A{}, samples{}; std::uint8_t lines{}; std::optional<Error> ended; };

  void take(SampleBlock block) override {
    current_A_.resize(block.size());
    to_ampere(block.codes, block.ranges, ranges_, supply_, current_A_);
    const std::lock_guard guard(lock_);
    for (const double i_A : current_A_) {
      if (std::isnan(i_A)) continue;  // a range that the monitor does not have
      sum_ += i_A, n_ += 1;
      low_ = std::min(low_, i_A), high_ = std::max(high_, i_A);
    }
    if (block.size()) lines_ = block.lines.back();
  }
  void ended(Error why) override {
    const std::lock_guard guard(lock_);
    ended_ = std::move(why);
  }
  Look look() {
    const std::lock_guard guard(lock_);
    Look look{n_ > 0 ? sum_ / n_ : 0, n_ > 0 ? low_ : 0, n_ > 0 ? high_ : 0, n_, lines_, ended_};
    sum_ = n_ = 0;
    low_ = INFINITY, high_ = -INFINITY;
    return look;
  }

 private:
  const std::vector<RangePolynomial> ranges_;
  const Volt supply_;
  std::vector<float> current_A_;  // of one block; the reader's thread only
  std::mutex lock_;
  double sum_{}, n_{}, low_{INFINITY}, high_{-INFINITY};
  std::uint8_t lines_{};
  std::optional<Error> ended_;
};

class MonitorView : public Command {
 public:
  std::string name() const override { return "monitor"; }
  std::string summary() const override { return "Watch the current of a bench live; the board is powered meanwhile"; }
  std::string examples() const override {
    return "  joulerig monitor nucleo\n  joulerig monitor sim --for 5s --json";
  }
  void declare(Arguments& arguments) override {
    arguments.required("BENCH", bench_, "Bench file, by name or path");
    arguments.option("--for", for_, "How long, e.g. 30s (default: until Ctrl-C)");
    arguments.flag("--json", json_, "One JSON object a line instead of the view");
  }

  int run() override {
    double limit_s = INFINITY;
    if (!for_.empty()) {
      auto value = parse_duration(for_);
      if (!value) return report(value.error());
      limit_s = *value;
    }
    watch_signals();
    auto session = open_session(bench_, "monitor");
    if (!session) return report(session.error());
    LiveSink sink((*session)->monitor().polynomials(), {(*session)->bench().monitor.supply_V});
    if (auto started = (*session)->start_stream(sink); !started) return report(started.error());
    if (auto on = (*session)->power_on(); !on) return report(on.error());
    const int code = watch(sink, limit_s);
    (*session)->stop_stream();
    return code;
  }

 private:
  int watch(LiveSink& sink, double limit_s) const {
    const bool redraw = !json_ && isatty(STDOUT_FILENO);
    const auto start = std::chrono::steady_clock::now();
    for (double elapsed = 0; elapsed < limit_s && !interrupted();) {
      std::this_thread::sleep_for(std::chrono::milliseconds(200));
      elapsed = std::chrono::duration<double>(std::chrono::steady_clock::now() - start).count();
      const LiveSink::Look look = sink.look();
      if (look.ended) return report(*look.ended);
      if (look.samples > 0) show(look, elapsed, redraw);
    }
    if (redraw) std::cout << "\n";
    return 0;
  }

  void show(const LiveSink::Look& look, double elapsed_s, bool redraw) const {
    if (json_) {
      std::cout << nlohmann::ordered_json{{"t_s", elapsed_s}, {"mean_A", look.mean_A}, {"min_A", look.low_A},
                                          {"max_A", look.high_A}, {"lines", look.lines}}.dump() << std::endl;
      return;
    }
    std::string lines;
    for (int line = 0; line < 8; ++line) lines += look.lines >> line & 1 ? std::to_string(line) : "\u00b7";
    std::cout << (redraw ? "\r\033[K" : "") << "mean " << with_unit(look.mean_A, "A") << "   low "
              << with_unit(look.low_A, "A") << "   high " << with_unit(look.high_A, "A") << "   D " << lines
              << (redraw ? "" : "\n") << std::flush;
  }

  std::string bench_, for_;
  bool json_{};
};

}  // namespace

std::unique_ptr<Command> make_flash() { return std::make_unique<Flash>(); }
std::unique_ptr<Command> make_power() { return std::make_unique<Power>(); }
std::unique_ptr<Command> make_monitor() { return std::make_unique<MonitorView>(); }

}  // namespace jr::cli
