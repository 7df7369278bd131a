// How numbers and troubles look to a person. Results on standard output, everything else on standard error.
#pragma once

#include <string>
#include <vector>

#include "rig/core/result.hpp"
#include "rig/run/measure.hpp"

namespace jr::cli {

/// Says the sentence on standard error and gives the exit code of its kind.
int report(const Error& error);

/// "863.4 +- 1.1" : U rounded up to two significant digits, the value to the same place.
/// Both are multiplied by `scale` first. A U that is not positive or not finite leaves the value at
/// six significant digits.
std::string with_uncertainty(double value, double U, double scale = 1);

/// The same with the SI prefix that suits: "863.4 +- 1.1 uJ".
std::string with_unit(double value, double U, const std::string& unit);
std::string with_unit(double value, const std::string& unit);  ///< four significant digits

/// Text of a wall time given in milliseconds since 1970: "2026-11-22 22:40:07".
std::string local_time(std::int64_t ms);

/// Columns of equal width, first row a heading.
std::string table(const std::vector<std::vector<std::string>>& rows);

/// A plot of columns (low, high) over time, `height` text rows high; the axis label on the left is
/// the value in `unit` times `scale`.
struct PlotColumn { double low{}, mean{}, high{}; };
std::string plot(const std::vector<PlotColumn>& columns, int height, const std::string& unit,
                 double scale, double duration_s);

/// Progress on standard error: one line that redraws itself on a terminal, plain lines in a log.
/// In a log each commit is acknowledged by a line "committed RUN SAMPLES".
class ErrorStreamProgress : public Progress {
 public:
  ErrorStreamProgress();
  ~ErrorStreamProgress() override;
  void step(const std::string& what) override;
  void fraction(double done) override;
  void committed(const std::string& run, std::uint64_t samples) override;
  void note(const std::string& sentence) override;

 private:
  void draw();
  bool is_terminal_;
  double done_{};
  std::string step_;
};

/// Switches off supplies that dead processes left on, and says so on standard error. Every command
/// that opens an instrument begins with it.
void clean_up_after_the_dead();

/// Set by SIGINT and SIGTERM once `watch_signals` was called; a second signal ends at once.
const std::atomic<bool>& interrupted();
void watch_signals();

}  // namespace jr::cli
