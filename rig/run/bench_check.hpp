// Is this bench fit to measure, and if not, what is to be done. Each question is one line with an answer.
// Never measures an energy; leaves the board without power.
#pragma once

#include <functional>
#include <string>
#include <vector>

#include "rig/run/session.hpp"

namespace jr {

struct CheckLine {
  std::string question;  ///< "MARK reaches the monitor"
  bool ok{};
  std::string answer;    ///< what was seen, or what to do
};

/// Asks everything that can be asked of a bench by name; `tell` is called after each answer. The
/// first lines concern files and ports; when the bench cannot be opened, they are all there is.
std::vector<CheckLine> check_bench(const std::string& name, const std::function<void(const CheckLine&)>& tell);

}  // namespace jr
