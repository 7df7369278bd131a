// Times a body several times and keeps the median; prints figures as ratios to a named reference of the same run.
// Never asserts: speeds are read by people.
#pragma once

#include <algorithm>
#include <chrono>
#include <cstdio>
#include <vector>

namespace jr::bench {

/// Median wall time of `runs` calls, in seconds.
template <class Body>
double median_seconds(int runs, Body&& body) {
  std::vector<double> seconds;
  for (int i = 0; i < runs; ++i) {
    const auto start = std::chrono::steady_clock::now();
    body();
    seconds.push_back(std::chrono::duration<double>(std::chrono::steady_clock::now() - start).count());
  }
  std::sort(seconds.begin(), seconds.end());
  return seconds[seconds.size() / 2];
}

inline void row(const char* what, double value, const char* unit, const char* against) {
  std::printf("  %-58s %10.4g %-8s %s\n", what, value, unit, against);
}

}  // namespace jr::bench
