// Steps about the board: the flash tool and what it really does, the first words, what a reset and
// a power cycle do.
#include <algorithm>
#include <chrono>

#include "rig/core/host_clock.hpp"
#include "rig/run/acceptance.hpp"

namespace jr {
namespace {

using namespace std::chrono_literals;

constexpr auto kOffTime = 500ms;
constexpr double kClosed_s = 0.2;  ///< long enough for DTR to be seen low

/// "mega2560-energy.hex" -> "mega2560-perf.hex": the image that answers a timestamp with a lap
/// line.
Result<std::string> second_image(const std::string& own) {
  std::string name = own;
  const auto at = name.rfind("-energy");
  if (at == std::string::npos) return fail(Trouble::not_found, "");
  return find_firmware(name.replace(at, 7, "-perf"));
}

/// Is a timestamp answered by a line (performance) or by a pulse (energy)?
Result<bool> gives_laps(Dut& dut) {
  const auto lines = dut.ask("timestamp", 5s);
  if (!lines) return Failure(lines.error());
  return has_lap(*lines);
}

/// Flashes `image`, restarts the board and asks.
Result<bool> gives_laps_with(Acceptance& a, Flasher& flasher, const std::string& image) {
  if (auto done = flasher.program(image); !done) return Failure(done.error());
  if (auto cycled = a.session->power_cycle(kOffTime); !cycled) return Failure(cycled.error());
  const auto opened = a.open_link();
  auto laps = opened ? gives_laps(*a.dut) : Result<bool>(Failure(opened.error()));
  a.close_link();
  return laps;
}

void try_second_image(Acceptance& a, Flasher& flasher, const std::string& own) {
  const auto image = second_image(a.bench().firmware.empty() ? own : a.bench().firmware);
  if (!image)
    return a.conclude(not_tested(
        "flash.other", "there is no second image beside the bench's own (-perf for -energy)"));
  const auto laps = gives_laps_with(a, flasher, *image);
  if (laps)
    a.other_image_gives_laps = *laps;  // concluded when the bench's own image has answered
  else
    a.conclude(judged("flash.other", false, {}, "the second image: " + laps.error().message));
}

void own_image(Acceptance& a, Flasher& flasher, const std::string& image) {
  const auto done = flasher.program(image);
  if (!done) return a.conclude(judged("flash.program", false, {}, done.error().message));
  a.conclude(judged(
      "flash.program", done->verified, {{"flashing", done->duration_s, "s", {}, {}}},
      a.report.firmware.name + (done->verified ? ", read back" : ", not read back by this tool"),
      "Use a tool, or options of it, that read back what was programmed."));
}

Result<void> link_reset(Acceptance& a) {
  const double boot_wait_s = a.bench().link.boot_wait_s;
  a.close_link();
  if (auto closed = a.watch->wait_fresh(kClosed_s); !closed) return closed;
  const std::int64_t since_ns = host_now_ns();
  const auto opened = a.open_link();
  const auto boot_s = a.boot_s(since_ns);
  a.conclude(judge_link_reset(boot_s.has_value(), boot_s, opened.has_value(), boot_wait_s));
  return {};
}

/// The link of some boards goes away with their power: then it is opened again when it is back.
Result<void> wait_for_boot(Acceptance& a) {
  const auto limit = std::chrono::milliseconds(static_cast<int>(a.bench().link.boot_wait_s * 1e3));
  const auto answered = a.dut->handshake(limit);
  if (answered || answered.error().trouble != Trouble::hang_up) return answered;
  a.close_link();
  return a.open_link();
}

/// True when the board answers after it.
Result<bool> power_reset(Acceptance& a) {
  auto off = a.power(false);
  if (!off) return Failure(off.error());
  if (!*off) {
    a.conclude(not_tested("reset.power", "nobody switched the board's own supply"));
    return true;
  }
  if (auto waited = a.watch->wait_fresh(0.5); !waited) return Failure(waited.error());
  const std::int64_t since_ns = host_now_ns();
  if (auto on = a.power(true); !on) return Failure(on.error());
  const auto answered = wait_for_boot(a);
  const auto boot_s = a.boot_s(since_ns);
  Claim claim = judge_power_reset(boot_s.has_value(), boot_s, a.bench().link.boot_wait_s);
  if (!answered) claim.seen += "; " + answered.error().message;
  a.conclude(std::move(claim));
  return answered.has_value();
}

}  // namespace

Result<void> accept_flash(Acceptance& a) {
  const auto claims = {"flash.tool", "flash.size", "flash.other", "flash.program"};
  if (a.bench().flash.tool == "none") {
    a.conclude_all(claims, "the board comes flashed ([flash] tool = \"none\")");
    return {};
  }
  auto flasher = a.session->flasher();
  auto tool = flasher ? (*flasher)->identify() : Result<std::string>(Failure(flasher.error()));
  a.conclude(judged("flash.tool", tool.has_value(), {}, tool ? *tool : tool.error().message));
  if (!tool) {
    a.conclude_all(claims, "there is no flash tool");
    return {};
  }
  const auto image = find_firmware(a.bench().firmware);
  const auto extent = image ? extent_of_image(*image) : Result<ImageExtent>(Failure(image.error()));
  a.conclude(extent ? judge_size(*extent, a.bench().flash.bytes)
                    : judged("flash.size", false, {}, extent.error().message));
  if (!extent) {
    a.conclude_all(claims, "there is no sound image to flash");
    return {};
  }
  if (auto described = describe_firmware(*image)) a.report.firmware = std::move(*described);
  if (!a.begins("A second image is flashed, then " + a.report.firmware.name + ", with " + *tool +
                    ". Leave the board's USB plugged in.",
                claims))
    return {};
  try_second_image(a, **flasher, *image);
  own_image(a, **flasher,
            *image);  // also after an interruption: the board keeps what its bench names
  return {};
}

Result<bool> accept_link(Acceptance& a) {
  const auto claims = {"link.answer", "reset.link", "reset.power"};
  if (!a.begins("The board is asked for its name, then reset and power-cycled. Nothing to do.",
                claims))
    return false;
  if (a.session->supply())
    if (auto cycled = a.session->power_cycle(kOffTime); !cycled) return Failure(cycled.error());
  const auto opened = a.open_link();
  const auto profile = opened ? a.dut->profile() : Result<DutProfile>(Failure(opened.error()));
  a.conclude(
      judged("link.answer", profile.has_value(), {},
             profile ? profile->name + ", model " + profile->model : profile.error().message));
  if (!profile) {
    a.close_link();
    a.conclude_all({"reset.link", "reset.power", "flash.other"}, "the board does not answer");
    return false;
  }
  a.report.board = *profile;
  if (auto reopened = link_reset(a); !reopened) return Failure(reopened.error());
  if (a.dut) return power_reset(a);
  a.conclude(not_tested("reset.power", "the link did not come back"));
  return false;
}

}  // namespace jr
