// Times bodies several times and keeps the median; prints figures as ratios to named references of the same run.
// Never asserts: speeds are read by people.
#pragma once

#include <sys/resource.h>
#include <time.h>

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

/// CPU time of this thread so far, in seconds.
inline double thread_cpu_s() {
  timespec used{};
  clock_gettime(CLOCK_THREAD_CPUTIME_ID, &used);
  return static_cast<double>(used.tv_sec) + 1e-9 * static_cast<double>(used.tv_nsec);
}

template <class Body>
double cpu_seconds(Body&& body) {
  const double before = thread_cpu_s();
  body();
  return thread_cpu_s() - before;
}

/// Median CPU times of several bodies of one thread that take turns, so that a busy host slows all of them alike.
template <class... Bodies>
std::vector<double> medians_in_turn(int runs, Bodies&&... bodies) {
  std::vector<std::vector<double>> seconds(sizeof...(bodies));
  for (int i = 0; i < runs; ++i) {
    std::size_t which = 0;
    (seconds[which++].push_back(cpu_seconds(bodies)), ...);
  }
  std::vector<double> medians;
  for (auto& each : seconds) {
    std::sort(each.begin(), each.end());
    medians.push_back(each[each.size() / 2]);
  }
  return medians;
}

/// User and system time of this process so far, in seconds.
inline double own_cpu_s() {
  rusage used{};
  getrusage(RUSAGE_SELF, &used);
  const auto seconds = [](const timeval& t) { return static_cast<double>(t.tv_sec) + 1e-6 * static_cast<double>(t.tv_usec); };
  return seconds(used.ru_utime) + seconds(used.ru_stime);
}

/// Keeps a result alive without a cost that shows.
template <class T>
void keep(const T& value) {
  asm volatile("" : : "r"(&value) : "memory");
}

inline void row(const char* what, double value, const char* unit, const char* against) {
  std::printf("  %-58s %10.4g %-8s %s\n", what, value, unit, against);
}

}  // namespace jr::bench
