// The catalogue of claims: a new one is a line here, a judge, and the step that measures for it.
#include "rig/run/claim.hpp"

#include <algorithm>
#include <cmath>
#include <stdexcept>

namespace jr {

bool Figure::within() const {
  return std::isfinite(value) && (!lowest || value >= *lowest) && (!highest || value <= *highest);
}

const char* name_of(ClaimVerdict verdict) {
  switch (verdict) {
    case ClaimVerdict::ok:
      return "ok";
    case ClaimVerdict::not_ok:
      return "not ok";
    case ClaimVerdict::not_tested:
      return "not tested";
  }
  throw std::logic_error("a claim's verdict has no name");
}

const std::vector<ClaimText>& claim_catalogue() {
  static const std::vector<ClaimText> kCatalogue{
      {"monitor.identity", "Does the monitor open, and say who it is?",
       "Check its cable and power switch; joulerig discover lists what is attached."},
      {"supply.voltage", "Is the voltage within what the board stands?",
       "Correct [monitor] supply_V or [limits] highest_V in the bench file."},
      {"supply.refusal", "Is a voltage above the board's limit refused before anything is sent?",
       "Do not use this bench with a board that matters, and report this: the driver let a voltage "
       "through."},
      {"trip.current", "Is a trip current stated, and below what the monitor measures?",
       "State [limits] trip_A: above what the board ever draws, below the monitor's range."},
      {"stream.whole", "Does the stream come without loss?",
       "Use another cable or USB port, no hub; close programs that keep this computer busy."},
      {"monitor.offset", "Is the current zero while the output is off?",
       "Take the board off: if the current stays, the monitor needs calibration; if it goes, "
       "something feeds through it."},
      {"supply.on", "Does the board start, settle and stay below the trip current?",
       "Check polarity, the jumper that opens the board's supply, and for shorts, before the next "
       "try."},
      {"flash.tool", "Is the flash tool there?", "Install the tool, or correct [flash] tool."},
      {"flash.size", "Does the image fit into the board's flash?",
       "Build a smaller image, or correct flash_bytes in the board's file."},
      {"flash.other", "Does another image make the board answer otherwise?",
       "The tool says that it flashes and does not: check which board is on the other end ([flash] "
       "serial, port)."},
      {"flash.program", "Does the tool program the image and read it back?",
       "Do what the tool's last words say."},
      {"link.answer", "Does the board answer with its name and profile?",
       "Check power, TX and RX, [link] port and baud, and that the firmware is flashed."},
      {"reset.link", "Does the board answer whether or not opening the link resets it?",
       "Raise boot_wait_s in the board's file if it starts slowly."},
      {"reset.power", "Does a power cycle restart the board within boot_wait_s?",
       "If it never restarted, something else feeds it (USB, debugger, UART): cut that; else raise "
       "boot_wait_s."},
      {"mark.pulses", "Does each 'timestamp' give exactly one pulse on MARK's line?",
       "Check MARK's wire, the common ground and the logic port's VCC."},
      {"mark.infer", "Does each 'infer' give exactly one pulse on MARK's line?",
       "The firmware has to raise MARK before the inferences and lower it after them, once."},
      {"mark.width", "Are MARK's pulses long enough to be seen for sure?",
       "Use firmware whose MARK is a level, or a monitor that samples faster."},
      {"sleep.line", "Is SLEEP high while the board idles and low in a window?",
       "Check SLEEP's wire, or take [wiring] sleep out of the bench file."},
      {"power.idle", "Is the idle power steady, and below that of inferences?",
       "Look for something else on the rail: a LED that blinks, a debugger, a sensor."},
      {"energy.repeats", "Does the energy of an inference repeat?",
       "Look for a second activity on the board, a weak contact, or a supply that wanders."},
      {"lead.resistance", "Is the leads' resistance stated, and its doubt cheap?",
       "Measure the leads and contacts with four wires, and state [wiring] lead_ohm and "
       "u_lead_ohm."},
      {"backfeed.closed", "Without power and with the link closed, is the board dead?",
       "Another supply feeds it: USB, a debugger, a sensor. Cut that, or its energy is missed."},
      {"backfeed.open", "Without power and with the link open, is the board dead?",
       "The serial adapter feeds it through a pin: put 1 kohm or more into TX, or a level shifter "
       "with its own supply."},
      {"backfeed.led", "Without power, are all of the board's own lights dark?",
       "Find what lights it: a jumper still closed, USB power, a debugger's supply pin."},
      {"stream.clock", "Does the monitor sample at its rate?",
       "Report it with the instrument's serial number: every duration and energy is wrong by as "
       "much."},
      {"stream.session", "Did the stream stay whole to the end?",
       "Use another cable or USB port, no hub; close programs that keep this computer busy."},
      {"backfeed.usb", "Does the idle current stay the same without the board's USB?",
       "The USB side feeds or loads the board: open its jumper, or measure with that cable "
       "unplugged."},
      {"supply.off", "Is the supply off at the end?", "Switch it off by hand: unplug the monitor."},
      {"cable.pull", "Is a pulled cable of the monitor noticed within 3 s?",
       "Report it with the kernel's version: the port stays silent instead of going away."},
      {"world.time", "Did this computer keep up with the virtual bench?",
       "Run it again with less load; nothing else in this report can be trusted."},
  };
  return kCatalogue;
}

namespace {

const ClaimText& text_of(const std::string& id) {
  const auto& all = claim_catalogue();
  const auto found =
      std::find_if(all.begin(), all.end(), [&](const ClaimText& c) { return id == c.id; });
  if (found == all.end()) throw std::logic_error("no claim is called " + id);
  return *found;
}

}  // namespace

Claim judged(const std::string& id, bool holds, std::vector<Figure> figures, std::string seen,
             std::string advice) {
  const ClaimText& text = text_of(id);
  const bool ok = holds && std::all_of(figures.begin(), figures.end(),
                                       [](const Figure& f) { return f.within(); });
  Claim claim{id,
              text.question,
              ok ? ClaimVerdict::ok : ClaimVerdict::not_ok,
              std::move(figures),
              std::move(seen),
              ""};
  if (!ok) claim.advice = advice.empty() ? text.advice : std::move(advice);
  return claim;
}

Claim not_tested(const std::string& id, std::string why, std::vector<Figure> figures) {
  return {id, text_of(id).question, ClaimVerdict::not_tested, std::move(figures), std::move(why),
          ""};
}

}  // namespace jr
