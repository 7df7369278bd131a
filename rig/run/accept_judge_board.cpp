// Claims about the board: image, flash, reset, MARK, and whether it is dead when it should be.
#include <algorithm>
#include <cmath>

#include "rig/run/accept_judge.hpp"

namespace jr {
namespace {

constexpr double kUsbChange = 0.02;  ///< of the idle current

std::string line_names(const std::vector<int>& lines) {
  std::string names;
  for (const int line : lines) names += (names.empty() ? "D" : ", D") + std::to_string(line);
  return names;
}

std::string how_often(int count) { return count == 1 ? "once" : std::to_string(count) + " times"; }

}  // namespace

Claim judge_size(const ImageExtent& extent, std::int64_t flash_bytes) {
  Figure needed{"flash_needed", static_cast<double>(flash_needed(extent)), "bytes", {}, {}};
  if (flash_bytes <= 0)
    return not_tested("flash.size", "the board's file does not say flash_bytes", {needed});
  needed.highest = static_cast<double>(flash_bytes);
  char last[64];
  std::snprintf(last, sizeof last, "highest address 0x%llX",
                static_cast<unsigned long long>(extent.end > 0 ? extent.end - 1 : 0));
  return judged("flash.size", extent.end > extent.begin, {needed}, last);
}

Claim judge_other_image(bool other_gives_laps, bool own_gives_laps) {
  const auto answer = [](bool laps) { return laps ? "prints laps" : "pulses MARK"; };
  return judged("flash.other", other_gives_laps != own_gives_laps, {},
                std::string("asked for a timestamp, the second image ") + answer(other_gives_laps) +
                    " and the bench's own " + answer(own_gives_laps));
}

Claim judge_link_reset(bool restarts, std::optional<double> boot_s, bool answers,
                       double boot_wait_s) {
  std::vector<Figure> figures;
  if (boot_s) figures.push_back({"boot", *boot_s, "s", {}, boot_wait_s});
  return judged("reset.link", answers, std::move(figures),
                restarts ? "opening the link restarts the board"
                         : "opening the link does not restart the board");
}

Claim judge_power_reset(bool restarted, std::optional<double> boot_s, double boot_wait_s) {
  std::vector<Figure> figures;
  if (boot_s) figures.push_back({"boot", *boot_s, "s", {}, boot_wait_s});
  return judged(
      "reset.power", restarted && boot_s.has_value(), std::move(figures),
      restarted ? "the board says its boot lines" : "the board did not say its boot lines");
}

Claim judge_pulses(const std::string& id, const PulseSight& s, int least_asked) {
  const auto missed = std::count_if(s.edges.begin(), s.edges.end(), [](int n) { return n < 2; });
  const auto doubled = std::count_if(s.edges.begin(), s.edges.end(), [](int n) { return n > 2; });
  const std::string line = "D" + std::to_string(s.mark_line);
  std::string seen = "on " + line, advice;
  const bool elsewhere = missed == static_cast<long>(s.edges.size()) && !s.lines_moved.empty();
  if (elsewhere) {
    seen = "not on " + line + ", but on " + line_names(s.lines_moved);
    advice = "MARK is on " + line_names(s.lines_moved) + ": change [wiring] mark, or the wire.";
  } else if (doubled > 0) {
    advice = "The line moved more than twice " + how_often(static_cast<int>(doubled)) +
             ": it floats, bounces, or the firmware moves MARK elsewhere too.";
  }
  return judged(
      id, s.edges.size() == static_cast<std::size_t>(s.asked),
      {{"asked", static_cast<double>(s.asked), "pulses", static_cast<double>(least_asked), {}},
       {"missed", static_cast<double>(missed), "pulses", {}, 0.0},
       {"doubled", static_cast<double>(doubled), "pulses", {}, 0.0}},
      seen, advice);
}

Claim judge_width(double shortest_s, double sure_s, double period_s) {
  // Counted in samples, a pulse is known to one sample: what is surely there is one less.
  return judged(
      "mark.width", true,
      {{"shortest_pulse", shortest_s, "s", sure_s + period_s, {}},
       {"sure_pulse", sure_s, "s", {}, {}}},
      "the shortest of all pulses, against what the monitor is sure to see plus one sample");
}

Claim judge_dead(const std::string& id, const DeadSight& s) {
  std::vector<Figure> figures{{"current", s.current_A, "A", -s.limit_A, s.limit_A},
                              {"mark_high", s.mark_high, "1", {}, 0.0}};
  if (s.other_current_A)
    figures.push_back(
        {"change_by_link", s.current_A - *s.other_current_A, "A", -s.limit_A, s.limit_A});
  return judged(id, !s.answers.value_or(false), std::move(figures),
                !s.answers   ? ""
                : *s.answers ? "it still answers"
                             : "no answer");
}

Claim judge_light(bool lit) {
  return judged("backfeed.led", !lit, {}, lit ? "a light is still on" : "a person saw none");
}

Claim judge_usb(double with_A, double without_A, double limit_A) {
  const double allowed = std::max(limit_A, kUsbChange * std::abs(without_A));
  return judged("backfeed.usb", true,
                {{"idle_with_usb", with_A, "A", {}, {}},
                 {"idle_without_usb", without_A, "A", {}, {}},
                 {"change", with_A - without_A, "A", -allowed, allowed}},
                "");
}

}  // namespace jr
