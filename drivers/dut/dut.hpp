// The conversation with the firmware under test, in the MLPerf Tiny grammar.
// Every call has a deadline; a board that is silent, late or talks nonsense is an Error, never a hang.
#pragma once

#include <chrono>
#include <cstdint>
#include <functional>
#include <memory>
#include <span>
#include <string>
#include <vector>

#include "rig/core/result.hpp"

namespace jr {

/// One line of the conversation, as it was seen on the host.
struct DutLine {
  std::int64_t host_ns{};  ///< CLOCK_MONOTONIC_RAW when the line was complete
  bool sent{};             ///< true: host -> board
  std::string text;        ///< without line end; non-printing bytes escaped \xNN
};
using DutLog = std::function<void(const DutLine&)>;  ///< called on the caller's thread
/// Asked at least five times a second while a call waits for the board; true ends the call with
/// Trouble::interrupted. Whoever gives it knows why.
using DutGiveUp = std::function<bool()>;

struct DutProfile { std::string name, profile, model; };

struct InferReply {
  std::int64_t sent_ns{};     ///< when the command had been written
  std::int64_t replied_ns{};  ///< when its m-ready had arrived
  std::vector<double> results;
  std::vector<std::uint32_t> lap_us;  ///< m-lap-us stamps, empty in energy mode
};

/// What an inference consists of: the work before the model, the model, the work behind it.
enum class DutPhase { pre, invoke, post };
const char* name_of(DutPhase phase);  ///< as the firmware's command calls it

/// When a board was asked to mark something, and when it had.
struct MarkReply {
  std::int64_t sent_ns{};     ///< when the command had been written
  std::int64_t replied_ns{};  ///< when its m-ready had arrived
};

class Dut {
 public:
  virtual ~Dut() = default;
  /// Waits for the boot's m-ready; if none comes in time, asks `name` (never a bare `%`).
  virtual Result<void> handshake(std::chrono::milliseconds limit) = 0;
  virtual Result<DutProfile> profile() = 0;
  virtual Result<void> load(std::span<const std::uint8_t> input) = 0;
  virtual Result<InferReply> infer(std::uint32_t inferences, std::uint32_t warmups,
                                   std::chrono::milliseconds limit) = 0;
  virtual Result<std::vector<double>> results() = 0;
  /// One phase of an inference alone, `times` times inside MARK. Trouble::unsupported: this firmware speaks
  /// the public grammar only, to which neither this nor sham() belongs.
  virtual Result<MarkReply> phase(DutPhase phase, std::uint32_t times,
                                  std::chrono::milliseconds limit) = 0;
  /// About `ms` milliseconds (1 to 30,000) inside MARK in which the core idles. Trouble::unsupported as above.
  virtual Result<MarkReply> sham(std::uint32_t ms, std::chrono::milliseconds limit) = 0;
  /// Sends one raw command (without its `%`) and returns its reply lines before m-ready.
  virtual Result<std::vector<std::string>> ask(const std::string& command,
                                               std::chrono::milliseconds limit) = 0;
};

/// Opens the serial link. `log` sees every line both ways; `give_up` may be empty: never.
Result<std::unique_ptr<Dut>> open_dut(const std::string& port, int baud, DutLog log,
                                      DutGiveUp give_up = {});

}  // namespace jr
