// The claims in a fixed order, each with the best letter it allows.
#include "rig/run/grade.hpp"

#include <algorithm>
#include <cmath>
#include <cstdio>
#include <utility>
#include <vector>

namespace jr {
namespace {

/// One claim in words, and the best grade that a result resting on it may have.
using Ground = std::pair<char, std::string>;

constexpr double kEnoughWindows = 5;

Ground amperes(const GradeFacts& f) {
  if (!f.U_stated) return {'D', (f.not_stated.empty() ? "no calibration and no spec card" : f.not_stated) + " (U not stated)"};
  if (!f.calibrated) return {'C', "spec card" + (f.calibration.empty() ? "" : " " + f.calibration)};
  std::string text = "bench calibration " + f.calibration.substr(0, 6);
  if (f.calibration_age_days) {
    const long days = std::lround(std::max(0.0, std::floor(*f.calibration_age_days)));
    text += " (" + std::to_string(days) + (days == 1 ? " day)" : " days)");
  }
  return {'A', text};
}

Ground voltage(const GradeFacts& f) {
  if (f.voltage_kind == "measured") return {'A', "voltage measured"};
  if (f.voltage_kind == "unknown") return {'C', "voltage not in the recording"};
  if (f.voltage_kind != "set") return {'C', "voltage assumed"};
  return f.voltage_calibrated ? Ground{'A', "voltage set (calibrated)"}
                              : Ground{'B', "voltage set (card)"};
}

Ground windows(const GradeFacts& f) {
  if (f.found_by == "edges") return {'A', "edges on a wire"};
  if (f.found_by == "segment") return {'C', "windows found in the trace"};
  return {'C', "windows by the " + f.found_by};
}

Ground loss(const GradeFacts& f) {
  if (f.lost_samples == 0) return {'A', "no loss"};
  return {'B', std::to_string(f.lost_samples) +
                   (f.lost_samples == 1 ? " sample lost" : " samples lost")};
}

Ground drift(const GradeFacts& f) {
  if (!f.drift_checked) return {'B', "drift not checked"};
  return f.drift_passed ? Ground{'A', "drift checked before and after"}
                        : Ground{'D', "drift check failed"};
}

Ground air(const GradeFacts& f) {
  if (f.ambient_known && f.ambient_measured) return {'A', "air measured"};
  return {'B', f.ambient_known ? "air stated" : "air unknown"};
}

Ground repetition(const GradeFacts& f) {
  std::string text = std::to_string(f.windows) + " windows";
  if (f.n_effective + 0.05 < f.windows) {
    char worth[40];
    std::snprintf(worth, sizeof worth, " worth %.1f", f.n_effective);
    text += worth;
  }
  if (f.raised > 0) text += " (" + std::to_string(f.raised) + (f.raised == 1 ? " stands" : " stand") + " out)";
  return {f.n_effective + 0.05 < kEnoughWindows || f.raised > 0 ? 'B' : 'A', text};
}

}  // namespace

Grade grade_of(const GradeFacts& f) {
  std::vector<Ground> grounds{amperes(f), voltage(f), windows(f),   loss(f),
                              drift(f),   air(f),     repetition(f)};
  if (!f.suspect_reason.empty()) grounds.push_back({'D', "suspect"});
  Grade grade{'A', ""};
  for (const auto& [best, text] : grounds) {
    grade.letter = std::max(grade.letter, best);  // A sorts before D
    grade.line += (grade.line.empty() ? "" : ", ") + text;
  }
  grade.line =
      std::string(1, grade.letter) + ": " + grade.line + (f.simulated ? "; simulated" : "") +
      (f.imported.empty() ? "" : "; imported from " + f.imported);
  return grade;
}

}  // namespace jr
