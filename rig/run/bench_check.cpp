// The questions in the order in which a person would ask them; a no ends those that build on it.
#include "rig/run/bench_check.hpp"

#include <array>
#include <cmath>
#include <cstdio>

#include "calibration/spec_card.hpp"
#include "rig/run/config.hpp"
#include "rig/run/setup.hpp"
#include "rig/run/stream_watch.hpp"

namespace jr {
namespace {

using namespace std::chrono_literals;

std::string milliampere(double i_A) {
  char text[32];
  std::snprintf(text, sizeof text, "%.4g mA", i_A * 1e3);
  return text;
}

class Checkup {
 public:
  explicit Checkup(const std::function<void(const CheckLine&)>& tell) : tell_(tell) {}

  std::vector<CheckLine> run(const std::string& name) {
    if (!files(name) || !open() || !stream()) return lines_;
    if (powered() && flashed() && talks()) mark();
    dead_without_power();
    session_->stop_stream();
    return lines_;
  }

 private:
  bool say(const std::string& question, bool ok, const std::string& answer) {
    lines_.push_back({question, ok, answer});
    tell_(lines_.back());
    return ok;
  }

  bool files(const std::string& name) {
    auto bench = load_bench(name);
    if (!bench) return say("the bench file is sound", false, bench.error().message);
    char volts[96];
    std::snprintf(volts, sizeof volts, "%g V asked for, the board %s stands %g V", bench->monitor.supply_V,
                  bench->board.c_str(), bench->highest_V);
    say("the bench file is sound", true, bench->file.string());
    say("the voltage is within the board's limit", true, volts);
    auto card = load_spec_card(cards_folder(), bench->monitor.kind);
    say("the uncertainty can be stated", card.has_value(),
        card ? "spec card " + card->id + "; a bench calibration would make it much smaller" : card.error().message);
    bench_ = std::move(*bench);
    return true;
  }

  bool open() {
    auto session = Session::open(*bench_, {}, "bench check");
    if (!session) return say("the monitor opens", false, session.error().message);
    session_ = std::move(*session);
    const MonitorIdentity& id = session_->monitor().identity();
    return say("the monitor opens", true, id.kind + (id.serial.empty() ? "" : " " + id.serial) + " on " + session_->monitor_port());
  }

  bool stream() {
    watch_ = std::make_unique<StreamWatch>(session_->monitor(), Volt{bench_->monitor.supply_V});
    if (auto started = session_->start_stream(*watch_); !started)
      return say("the monitor streams", false, started.error().message);
    const bool came = watch_->wait_for(100'000, 10).has_value();
    const StreamWatch::State seen = watch_->state();
    return say("the monitor streams without loss", came && seen.breaks == 0,
               came ? std::to_string(seen.received) + " samples, " + std::to_string(seen.breaks) + " breaks"
                    : "no samples for 10 s: unplug it and plug it in again");
  }

  bool powered() {
    if (!session_->supply()) return say("the supply", true, "is not the monitor's: nothing to switch");
    if (auto on = session_->power_on(); !on) return say("the supply switches on", false, on.error().message);
    return say("the supply switches on", true, "");
  }

  bool flashed() {
    if (bench_->flash.tool == "none") return true;
    auto flasher = session_->flasher();
    if (!flasher) return say("the flash tool is there", false, flasher.error().message);
    auto tool = (*flasher)->identify();
    if (!say("the flash tool is there", tool.has_value(), tool ? *tool : tool.error().message)) return false;
    auto image = find_firmware(bench_->firmware);
    if (!image) return say("the firmware is there", false, image.error().message);
    auto done = (*flasher)->program(*image);
    return say("the board takes the firmware", done.has_value(),
               done ? *image + (done->verified ? ", verified" : "") : done.error().message);
  }

  bool talks() {
    if (auto cycled = session_->power_cycle(500ms); !cycled)
      return say("the board boots", false, cycled.error().message);
    auto dut = session_->dut([](const DutLine&) {});
    if (!dut) return say("the link opens", false, dut.error().message);
    dut_ = std::move(*dut);
    if (auto hello = dut_->handshake(std::chrono::milliseconds(std::llround(bench_->link.boot_wait_s * 1e3))); !hello)
      return say("the board answers", false, hello.error().message);
    auto profile = dut_->profile();
    return say("the board answers", profile.has_value(),
               profile ? profile->name + ", model " + profile->model : profile.error().message);
  }

  void mark() {
    if (bench_->wiring.by_segments) {
      say("MARK reaches the monitor", true, "no wire: windows are found in the current");
      return;
    }
    (void)watch_->wait_for(watch_->state().received + 20'000, 5);  // what is late shows in the edges
    const std::uint64_t from = watch_->state().received;
    if (auto reply = dut_->infer(1, 0, 60s); !reply) {
      say("MARK reaches the monitor", false, reply.error().message);
      return;
    }
    (void)watch_->wait_for(from + 150'000, 10);
    const std::array<int, 8> edges = watch_->edge_counts(from);
    std::string seen;
    for (std::size_t line = 0; line < 8; ++line)
      if (edges[line] == 2 && static_cast<int>(line) != bench_->wiring.sleep_line.value_or(-1))
        seen += (seen.empty() ? "D" : ", D") + std::to_string(line);
    const bool right = edges[static_cast<std::size_t>(bench_->wiring.mark_line)] == 2;
    say("MARK reaches the monitor", right,
        right ? "two edges on D" + std::to_string(bench_->wiring.mark_line)
        : seen.empty() ? "no line moved twice: check MARK's wire, the common ground and the logic port's VCC"
                       : "it is on " + seen + ": change [wiring] mark, or the wire");
  }

  void dead_without_power() {
    if (!session_->supply()) return;
    dut_.reset();
    if (auto off = session_->power_off(); !off) {
      say("the board is dead without power", false, off.error().message);
      return;
    }
    (void)watch_->wait_for(watch_->state().received + 20'000, 5);
    const std::uint64_t from = watch_->state().received;
    (void)watch_->wait_for(from + 50'000, 10);
    const double left_A = watch_->current(from, watch_->state().received).mean_A;
    auto dut = session_->dut([](const DutLine&) {});
    const bool answers = dut && (*dut)->handshake(1500ms).has_value();
    say("the board is dead without power", !answers,
        answers ? "it still answers: another supply or a pin feeds it (USB, debugger, UART); cut that, or its energy is missed"
                : "no answer, " + milliampere(left_A) + " flow");
  }

  const std::function<void(const CheckLine&)>& tell_;
  std::vector<CheckLine> lines_;
  std::optional<Bench> bench_;
  std::unique_ptr<StreamWatch> watch_;  // outlives the session, whose reader fills it
  std::unique_ptr<Session> session_;
  std::unique_ptr<Dut> dut_;
};

}  // namespace

std::vector<CheckLine> check_bench(const std::string& name, const std::function<void(const CheckLine&)>& tell) {
  return Checkup(tell).run(name);
}

}  // namespace jr
