// A board of resistors, one switched in at a time by a tool of the bench's own: I = V/R.
// Never measures the voltage: a person did, and the file says how well.
#include <algorithm>
#include <chrono>
#include <cmath>
#include <numbers>

#include "drivers/transport/child.hpp"
#include "rig/run/reference.hpp"

namespace jr {
namespace {

constexpr auto kToolLimit = std::chrono::seconds(10);

class Resistors : public CurrentReference {
 public:
  explicit Resistors(const ReferenceFile& file) : file_(file) {}
  ~Resistors() override {
    if (touched_) (void)open();
  }

  const Reference& identity() const override { return file_.identity; }

  std::vector<double> currents_A() const override {
    std::vector<double> currents;
    for (const double ohm : file_.ohm) currents.push_back(file_.supply_V / ohm);
    std::sort(currents.begin(), currents.end());
    return currents;
  }

  /// The resistor whose current is nearest. Each one is visited on the way up and on the way down,
  /// and its own error is the same both times: sqrt 2 keeps a mean of the two from hiding it.
  Result<ReferenceReading> apply(Ampere wanted) override {
    std::size_t nearest = 0;
    for (std::size_t i = 1; i < file_.ohm.size(); ++i)
      if (std::abs(current_A(i) - wanted.value) < std::abs(current_A(nearest) - wanted.value))
        nearest = i;
    touched_ = true;
    if (auto done = run(file_.command, std::to_string(nearest)); !done)
      return Failure(done.error());
    const double u_A =
        current_A(nearest) * file_.u_ohm[nearest] / file_.ohm[nearest] * std::numbers::sqrt2;
    return ReferenceReading{{current_A(nearest)}, u_A, file_.identity.ranges.front().name};
  }

  Result<ReferenceReading> open() override {
    if (auto done = run(file_.open_command, ""); !done) return Failure(done.error());
    return ReferenceReading{{0}, 0, kOpenRange};
  }

 private:
  double current_A(std::size_t channel) const { return file_.supply_V / file_.ohm[channel]; }

  static Result<void> run(std::vector<std::string> argv, const std::string& channel) {
    for (std::string& word : argv)
      if (const auto at = word.find("{channel}"); at != std::string::npos)
        word.replace(at, 9, channel);
    auto done = run_child(argv, kToolLimit);
    if (!done) return Failure(done.error());
    if (done->exit_code == 0) return {};
    std::string said = done->output.substr(0, done->output.find('\n'));
    return fail(Trouble::refused, "The resistor board's tool " + argv.front() +
                                      (done->timed_out ? " did not end within 10 s"
                                                       : " failed with exit code " +
                                                             std::to_string(done->exit_code)) +
                                      (said.empty() ? "" : " (" + said + ")") +
                                      ": run it by hand, and check [reference] command.");
  }

  ReferenceFile file_;
  bool touched_{};
};

}  // namespace

std::unique_ptr<CurrentReference> reference_by_resistors(const ReferenceFile& file) {
  return std::make_unique<Resistors>(file);
}

}  // namespace jr
