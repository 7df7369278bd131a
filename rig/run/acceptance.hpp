// What the steps of an acceptance share: the session, the stream, the link, the claims so far.
// Never decides the order of the steps: bench_accept.cpp does.
#pragma once

#include <initializer_list>
#include <memory>
#include <optional>
#include <string>

#include "calibration/spec_card.hpp"
#include "rig/run/accept_judge.hpp"
#include "rig/run/bench_accept.hpp"
#include "rig/run/session.hpp"
#include "rig/run/stream_watch.hpp"

namespace jr {

/// Seconds for capacitors on the board, after switching off.
inline constexpr double kDischarge_s = 0.5;

/// Owned by one thread. An error from any call ends the acceptance: the stream broke, or a person
/// stopped it.
class Acceptance {
 public:
  Acceptance(const AcceptRequest& request, BenchPerson& person, AcceptReport& report);

  void conclude(Claim claim);
  void conclude_all(std::initializer_list<const char*> ids, const std::string& why_not_tested);
  bool is_concluded(const std::string& id) const;
  /// Announces a step; a person who skips it has its claims concluded as not tested.
  bool begins(const std::string& what, std::initializer_list<const char*> ids);

  Result<void> start_stream();
  /// Ends it and adds what it lost to the session's account.
  void stop_stream();

  /// The board's power, by the monitor's output or by the person's hand; false when nobody switches
  /// it.
  Result<bool> power(bool on);
  /// Opens the link and waits for the board's first words or its name. An error here is the
  /// board's: it ends nothing.
  Result<void> open_link();
  void close_link() { dut.reset(); }
  /// From `since_ns` to the board's first m-ready behind its boot lines; nothing when it did not
  /// boot.
  std::optional<double> boot_s(std::int64_t since_ns) const;

  /// Mean current of `seconds` of new samples, and where they lie.
  struct Piece {
    std::uint64_t start{}, end{};
    CurrentSight current;
  };
  Result<Piece> look(double seconds);
  /// The offset that the spec card allows in that range; 1 uA without a card.
  double offset_limit_A(std::size_t range) const;
  std::string why_skipped() const {
    return is_interrupted() ? "interrupted" : "skipped by the person";
  }
  bool is_interrupted() const { return request.interrupted && *request.interrupted; }
  const Bench& bench() const { return session->bench(); }

  const AcceptRequest& request;
  BenchPerson& person;
  AcceptReport& report;
  std::optional<SpecCard> card;
  std::unique_ptr<StreamWatch> watch;  // outlives the session, whose reader fills it
  std::unique_ptr<Session> session;
  std::unique_ptr<Dut> dut;                    ///< null while the link is closed
  StreamSight streamed;                        ///< all streams of the session
  ClockSight clock;                            ///< of the longest of them
  std::optional<bool> other_image_gives_laps;  ///< once a second image has run
  bool streaming{};
};

/// Does a reply hold a lap line? That is how an image built for performance answers a timestamp.
bool has_lap(const std::vector<std::string>& reply);

// The steps. Each concludes its claims, whatever happens, unless it returns an error.
Result<void> accept_monitor(Acceptance& a);    ///< output off: identity, refusal, stream, offset
Result<bool> accept_switch_on(Acceptance& a);  ///< false: it was switched off again
Result<void> accept_flash(Acceptance& a);      ///< no stream meanwhile
Result<bool> accept_link(Acceptance& a);       ///< false: the board does not answer
Result<void> accept_signals(Acceptance& a);    ///< MARK, SLEEP, windows
Result<void> accept_dead(Acceptance& a);       ///< power off, link closed and open
Result<void> accept_usb(Acceptance& a);        ///< needs a person
Result<void> accept_off(Acceptance& a);        ///< the supply at the end
Result<void> accept_pull(Acceptance& a);       ///< needs a person; the monitor is gone after it

}  // namespace jr
