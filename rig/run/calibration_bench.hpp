// A bench with a reference in the board's place: applies a current, waits, and averages codes
// beside the reading. Never decides which current, and never turns a code into an ampere.
#pragma once

#include <atomic>
#include <memory>
#include <optional>
#include <string>

#include "rig/run/calibration_sweep.hpp"
#include "rig/run/measure.hpp"
#include "rig/run/reference.hpp"
#include "rig/run/session.hpp"
#include "rig/run/stream_watch.hpp"

namespace jr {

struct CalibrationBenchRequest {
  Bench bench;
  ReferenceFile reference;
  WorldOptions world;
  std::optional<double> settle_s;  ///< absent: 0.1 s on a virtual bench, else 1 s
  std::istream* answers{};         ///< of a person, for references set by hand
  std::ostream* questions{};
  const std::atomic<bool>* interrupted{};
};

/// The codes of one current, averaged exactly, and the reference's reading beside them.
struct AveragedCodes {
  std::optional<std::size_t> range;  ///< absent: the samples were of more than one range
  double mean{}, sd{};
  std::uint64_t samples{};
  ReferenceReading reading;
  bool clipped{};  ///< at the top code: the current is more than the codes say
};

/// Mean and standard deviation of the samples of one range; exact sums, one rounding.
AveragedCodes averaged(const Moments& moments);

/// Owned by one thread. The output is on and the stream runs from open() to the end of its life.
class CalibrationBench {
 public:
  /// Takes the bench, puts the reference in the board's place, switches the output on. Errors:
  /// busy, usage, and whatever monitor and reference have to say.
  static Result<std::unique_ptr<CalibrationBench>> open(const CalibrationBenchRequest& request,
                                                        const std::string& purpose);
  /// The same on a bench that is held already and whose stream is stopped; `session` outlives it,
  /// and is left as it was found: output off, stream stopped. `request.bench` and `request.world`
  /// are not looked at.
  static Result<std::unique_ptr<CalibrationBench>> on(Session& session,
                                                      const CalibrationBenchRequest& request);
  ~CalibrationBench();
  CalibrationBench(const CalibrationBench&) = delete;
  CalibrationBench& operator=(const CalibrationBench&) = delete;

  /// Applies the current, or opens the circuit at 0, and averages `samples` codes behind the
  /// settling time. Codes that still drift are taken again. Errors: timeout, refused (never
  /// steady), interrupted, the stream's end.
  Result<AveragedCodes> average(double current_A, std::uint64_t samples);
  /// In which range a current is seen: a look of some milliseconds. One that drives its range to
  /// the top code counts as beyond it: an instrument may switch only after that.
  Result<std::size_t> range_at(double current_A);
  /// Lets `seconds` of stream pass.
  Result<void> wait(double seconds, Progress& progress);

  Session& session() { return *session_; }
  CurrentReference& reference() { return *reference_; }
  std::vector<RangePolynomial> own() const { return own_; }  ///< the instrument's own coefficients
  double supply_V() const { return session_->bench().monitor.supply_V; }
  double period_s() const { return watch_->period_s(); }

 private:
  CalibrationBench() = default;
  Result<void> begin(const CalibrationBenchRequest& request);
  Result<Moments> settled(std::uint64_t samples, std::int64_t since_ns);

  std::unique_ptr<StreamWatch> watch_;    // outlives the session, whose reader fills it
  std::unique_ptr<Session> own_session_;  // null when it was lent
  Session* session_{};
  std::unique_ptr<CurrentReference> reference_;  // may speak to the session's world
  std::vector<RangePolynomial> own_;
  double settle_s_{};
  const std::atomic<bool>* interrupted_{};
};

/// As an instrument names itself; one without a serial number is known by the bench that it stands
/// on.
Instrument instrument_of(const MonitorIdentity& identity, const std::string& bench);

}  // namespace jr
