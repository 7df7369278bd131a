// What a person said about a recording, in one word each.
// Never more than one thing at a time, but for volts and rate.
#pragma once

#include <map>
#include <string>
#include <utility>

#include "rig/exchange/trace.hpp"

namespace jr::test {

inline ImportOptions volts(double supply_V) {
  ImportOptions options;
  options.supply_V = supply_V;
  return options;
}

inline ImportOptions rate(double rate_Hz, ImportOptions options = {}) {
  options.rate_Hz = rate_Hz;
  return options;
}

inline ImportOptions columns(std::map<std::string, std::string> chosen) {
  ImportOptions options;
  options.columns = std::move(chosen);
  return options;
}

inline ImportOptions reordered(ImportOptions options = {}) {
  options.reorder_time = true;
  return options;
}

}  // namespace jr::test
