// One command, its reply lines, its m-ready: the flow control of the MLPerf Tiny serial API, and
// the way back into step after a time-out. Never knows what a command means.
#pragma once

#include <deque>

#include "drivers/dut/dut.hpp"
#include "drivers/dut/reply_parser.hpp"
#include "drivers/transport/serial.hpp"

namespace jr {

struct ConversationLimits {
  std::chrono::milliseconds boot_wait{3000};      ///< for the boot's m-ready before `name` is asked
  std::chrono::milliseconds resync{5000};         ///< to find the m-ready of a `name` again
  std::chrono::milliseconds ask_again{1000};      ///< between two `name`s that get no answer
  std::chrono::milliseconds after_refusal{2000};  ///< m-ready has to follow an `e-[…]` this soon
  std::chrono::milliseconds quiet{100};  ///< silence that ends the wait for doubled answers
  std::chrono::milliseconds write{2000};
  std::size_t line_cap{4096};              ///< bytes without a line end
  std::size_t reply_cap{4 * 1024 * 1024};  ///< bytes in answer to one command
  bool through_io_manager{};               ///< prefix `dut `, replies carry `[dut]: `
  DutGiveUp give_up;                       ///< empty: never
};

struct Reply {
  std::int64_t sent_ns{}, ready_ns{};
  std::vector<ReplyLine> lines;  ///< without the m-ready
};

/// Owned by one thread. After a failure other than Trouble::refused the two sides may be out of
/// step; the next exchange then first asks `name` and skips to its m-ready.
class Conversation {
 public:
  Conversation(SerialPort port, int baud, DutLog log, ConversationLimits limits);

  /// Waits for the boot's m-ready, then asks `name` until it is answered.
  Result<void> handshake(std::chrono::milliseconds limit);
  /// Trouble::refused: the board's `e-` text is in the message. timeout: what came last is in it.
  Result<Reply> exchange(const std::string& command, std::chrono::milliseconds limit);
  /// "the board on /dev/ttyACM0 (115200 baud)", for messages.
  std::string board() const;

 private:
  using Clock = std::chrono::steady_clock;
  struct Arrived {
    std::int64_t host_ns;
    RawLine line;
  };
  struct Collecting;

  Result<Arrived> next_line(Clock::time_point deadline);
  Result<void> send(const std::string& command, std::int64_t& sent_ns);
  Result<void> take_unasked(const std::string& command);
  Result<Reply> collect(const std::string& command, std::chrono::milliseconds limit);
  Result<bool> take(Collecting& state, const Arrived& arrived);
  Result<Reply> conclude(Collecting& state, const std::string& command);
  Result<void> resynchronise(Clock::time_point deadline);
  void let_doubles_pass(int owed, Clock::time_point deadline);
  bool ends_command(const ReplyLine& line) const;
  Failure silence(const std::string& what, std::chrono::milliseconds limit) const;
  std::string last_received() const;

  SerialPort port_;
  int baud_;
  DutLog log_;
  ConversationLimits limits_;
  LineSplitter splitter_;
  std::deque<Arrived> waiting_;
  std::string last_line_;
  std::size_t received_{};  // bytes since the last command
  bool in_step_{};
};

}  // namespace jr
