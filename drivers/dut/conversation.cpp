// Commands out, lines in, each with a deadline. Never sends a bare `%`: the reference firmware
// dereferences a null pointer on an empty command.
#include "drivers/dut/conversation.hpp"

#include <algorithm>
#include <array>

#include "rig/core/host_clock.hpp"

namespace jr {
namespace {

using std::chrono::milliseconds;

constexpr std::size_t kCommandBuffer =
    80;                        // of the reference firmware, its terminating zero included
constexpr int kMostNames = 8;  // a board that answers, but never its name
constexpr milliseconds kSlice{200};  // of a wait, between two looks at whether to give up

std::string quoted(const std::string& text) { return "'" + text + "'"; }

std::string shortened(std::string text) {
  constexpr std::size_t kMost = 120;
  if (text.size() > kMost) text = text.substr(0, kMost) + "…";
  return text;
}

std::string in_seconds(milliseconds limit) {
  if (limit.count() < 1000) return std::to_string(limit.count()) + " ms";
  const auto tenths = limit.count() / 100;
  std::string text = std::to_string(tenths / 10);
  if (tenths % 10 != 0) text += "." + std::to_string(tenths % 10);
  return text + " s";
}

Result<void> check_command(const std::string& command, std::size_t longest) {
  const bool blank = command.find_first_not_of(' ') == std::string::npos;
  const bool odd = std::any_of(command.begin(), command.end(),
                               [](char c) { return c < 0x20 || c > 0x7E || c == '%'; });
  if (blank)
    return fail(Trouble::usage, "an empty command is never sent to a board: it may crash it");
  if (odd)
    return fail(Trouble::usage,
                "the command " + quoted(escaped(command)) +
                    " has a character that is not printable ASCII, or the delimiter %");
  if (command.size() > longest)
    return fail(Trouble::usage, "the command " + quoted(shortened(command)) + " has " +
                                    std::to_string(command.size()) +
                                    " characters, but a board's buffer takes " +
                                    std::to_string(longest));
  return {};
}

}  // namespace

// What has been understood of the reply so far.
struct Conversation::Collecting {
  Reply reply;
  std::string echo;     // the command with its delimiter, as a board may send it back
  std::string refusal;  // first e- line
  Clock::time_point deadline;
  bool asked_name{};
  bool stale{};  // lines up to the next m-ready answer an earlier `name`
  bool first{true};
};

Conversation::Conversation(SerialPort port, int baud, DutLog log, ConversationLimits limits)
    : port_(std::move(port)),
      baud_(baud),
      log_(std::move(log)),
      limits_(limits),
      splitter_(limits.line_cap) {}

std::string Conversation::board() const {
  return "the board on " + port_.path() + " (" + std::to_string(baud_) + " baud)";
}

std::string Conversation::last_received() const {
  const std::string unfinished = splitter_.unfinished();
  if (!unfinished.empty())
    return "received last: " + quoted(shortened(unfinished)) + " without a line end";
  if (!last_line_.empty()) return "received last: " + quoted(shortened(last_line_));
  return "nothing was received";
}

Failure Conversation::silence(const std::string& what, milliseconds limit) const {
  return fail(Trouble::timeout, board() + " did not finish " + what + " within " +
                                    in_seconds(limit) + "; " + last_received());
}

bool Conversation::ends_command(const ReplyLine& line) const {
  // An IO manager says m-ready for itself first; only the one it passes on is the board's.
  return line.kind == LineKind::ready && (!limits_.through_io_manager || line.through_io_manager);
}

Result<Conversation::Arrived> Conversation::next_line(Clock::time_point deadline) {
  std::array<std::byte, 4096> buffer;
  while (waiting_.empty()) {
    if (limits_.give_up && limits_.give_up())
      return fail(Trouble::interrupted, "the wait for it was given up");
    const auto left = std::chrono::ceil<milliseconds>(deadline - Clock::now());
    const auto got = port_.read(buffer, std::clamp(left, milliseconds(0), kSlice));
    if (!got) return Failure(got.error());
    if (*got == 0 && left.count() <= 0) return fail(Trouble::timeout, "");
    received_ += *got;
    const std::int64_t now_ns = host_now_ns();
    for (RawLine& line : splitter_.feed(std::span(buffer).first(*got))) {
      if (log_) log_({now_ns, false, line.raw});
      last_line_ = line.raw;
      waiting_.push_back({now_ns, std::move(line)});
    }
    // A flood must end even when no command of ours is being answered.
    if (*got != 0 && Clock::now() >= deadline && waiting_.empty())
      return fail(Trouble::timeout, "");
  }
  Arrived arrived = std::move(waiting_.front());
  waiting_.pop_front();
  return arrived;
}

Result<void> Conversation::send(const std::string& command, std::int64_t& sent_ns) {
  const std::string bytes = (limits_.through_io_manager ? "dut " : "") + command + "%";
  const auto written = port_.write(std::as_bytes(std::span(bytes)), limits_.write);
  if (!written) {
    in_step_ = false;
    return fail(written.error().trouble, board() + " did not take the command " + quoted(command) +
                                             ": " + written.error().message);
  }
  sent_ns = host_now_ns();
  if (log_) log_({sent_ns, true, bytes});
  return {};
}

// Lines that nobody asked for: logged, and looked through for a restart.
Result<void> Conversation::take_unasked(const std::string& command) {
  bool restarted = false;
  received_ = 0;
  for (;;) {
    const auto arrived = next_line(Clock::now());
    if (!arrived && arrived.error().trouble == Trouble::timeout) break;
    if (!arrived) {
      in_step_ = false;
      return fail(arrived.error().trouble,
                  board() + " was lost before " + quoted(command) + ": " + arrived.error().message);
    }
    restarted = restarted || read_reply_line(arrived->line.clean).kind == LineKind::boot;
    if (received_ > limits_.reply_cap) {
      in_step_ = false;
      return fail(Trouble::malformed, board() + " writes without end though nothing was asked; " +
                                          last_received() +
                                          "; check the baud rate and what firmware it runs");
    }
  }
  if (!splitter_.unfinished().empty()) in_step_ = false;  // its rest would be read as our reply
  if (!restarted) return {};
  in_step_ = false;
  return fail(Trouble::refused,
              board() + " restarted by itself before " + quoted(command) +
                  "; look for a sagging supply, a watchdog or a loose reset line");
}

Result<Reply> Conversation::exchange(const std::string& command, milliseconds limit) {
  const std::size_t prefix = limits_.through_io_manager ? 4 : 0;
  if (const auto fit = check_command(command, kCommandBuffer - 1 - prefix); !fit)
    return Failure(fit.error());
  if (in_step_) {
    if (const auto quiet = take_unasked(command); !quiet) return Failure(quiet.error());
  }
  if (!in_step_) {
    const auto found = resynchronise(Clock::now() + limits_.resync);
    if (!found && found.error().trouble == Trouble::timeout)
      return silence("'name', asked to get back into step before " + quoted(command) + ",",
                     limits_.resync);
    if (!found) return Failure(found.error());
  }
  return collect(command, limit);
}

Result<Reply> Conversation::collect(const std::string& command, milliseconds limit) {
  Collecting state;
  state.echo = command + "%";
  state.asked_name = command == "name";
  received_ = 0;
  last_line_.clear();
  if (const auto sent = send(command, state.reply.sent_ns); !sent) return Failure(sent.error());
  state.deadline = Clock::now() + limit;
  in_step_ = false;  // until its m-ready has come
  for (;;) {
    const auto arrived = next_line(state.deadline);
    if (!arrived && !state.refusal.empty()) return conclude(state, command);
    if (!arrived && arrived.error().trouble == Trouble::timeout)
      return silence(quoted(command), limit);
    if (!arrived)
      return fail(arrived.error().trouble,
                  board() + " was lost during " + quoted(command) + ": " + arrived.error().message);
    const auto done = take(state, *arrived);
    if (!done)
      return fail(done.error().trouble,
                  board() + " " + done.error().message + " during " + quoted(command));
    if (!*done) continue;
    in_step_ = true;
    return conclude(state, command);
  }
}

// True when the line was the command's m-ready.
Result<bool> Conversation::take(Collecting& state, const Arrived& arrived) {
  if (arrived.line.overlong)
    return fail(Trouble::malformed, "sent " + std::to_string(limits_.line_cap) +
                                        " bytes without a line end (is the baud rate right?)");
  if (received_ > limits_.reply_cap)
    return fail(Trouble::malformed,
                "sent more than " + std::to_string(limits_.reply_cap) + " bytes");
  std::string text = arrived.line.clean;
  if (std::exchange(state.first, false) && text.starts_with(state.echo)) {
    text.erase(0, state.echo.size());
    if (text.empty()) return false;
  }
  ReplyLine line = read_reply_line(text);
  if (line.kind == LineKind::boot)
    return fail(Trouble::refused, "restarted (a sagging supply, a watchdog?)");
  if (ends_command(line)) {
    if (std::exchange(state.stale, false)) return false;
    state.reply.ready_ns = arrived.host_ns;
    return true;
  }
  if (line.kind == LineKind::ready || line.kind == LineKind::passthrough) return false;
  if (line.kind == LineKind::name && !state.asked_name) {
    state.stale = true;  // a doubled answer to the `name` that brought us back into step
    state.reply.lines.clear();
    return false;
  }
  if (line.kind == LineKind::refusal && state.refusal.empty()) {
    state.refusal = line.whole;
    state.deadline = std::min(state.deadline, Clock::now() + limits_.after_refusal);
  }
  state.reply.lines.push_back(std::move(line));
  return false;
}

Result<Reply> Conversation::conclude(Collecting& state, const std::string& command) {
  if (!state.refusal.empty())
    return fail(Trouble::refused, board() + " refused " + quoted(shortened(command)) + ": " +
                                      quoted(shortened(state.refusal)));
  return std::move(state.reply);
}

// `name` goes out until a name and the m-ready behind it have come back; everything before belongs
// to the past. A half command that was left in the board's buffer eats the first `name`.
Result<void> Conversation::resynchronise(Clock::time_point deadline) {
  int asked = 0, named = 0;
  std::int64_t sent_ns = 0;
  received_ = 0;
  auto ask_at = Clock::now();
  for (;;) {
    if (Clock::now() >= ask_at && asked < kMostNames) {
      if (const auto sent = send("name", sent_ns); !sent) return Failure(sent.error());
      ++asked;
      ask_at = Clock::now() + limits_.ask_again;
    }
    const auto arrived = next_line(asked < kMostNames ? std::min(ask_at, deadline) : deadline);
    if (!arrived && arrived.error().trouble != Trouble::timeout) return Failure(arrived.error());
    if (Clock::now() >= deadline) return fail(Trouble::timeout, "");
    if (received_ > limits_.reply_cap)
      return fail(Trouble::malformed, board() + " writes without end; " + last_received());
    if (!arrived) continue;
    const ReplyLine line = read_reply_line(arrived->line.clean);
    if (line.kind == LineKind::name || arrived->line.clean.starts_with("name%m-name-dut-")) ++named;
    if (!ends_command(line)) continue;
    if (named > 0) break;
    ask_at = Clock::now();  // it is ready, but for another question
  }
  let_doubles_pass(asked - named, deadline);
  in_step_ = true;
  return {};
}

void Conversation::let_doubles_pass(int owed, Clock::time_point deadline) {
  while (owed > 0) {
    const auto arrived = next_line(std::min(deadline, Clock::now() + limits_.quiet));
    if (!arrived) return;
    if (ends_command(read_reply_line(arrived->line.clean))) --owed;
  }
}

Result<void> Conversation::handshake(milliseconds limit) {
  const auto deadline = Clock::now() + limit;
  auto ask_at = Clock::now() + std::min(limits_.boot_wait, limit / 2);
  in_step_ = false;
  received_ = 0;
  last_line_.clear();
  std::string lost;
  for (;;) {
    const auto arrived = next_line(ask_at);
    if (!arrived && arrived.error().trouble == Trouble::interrupted) return Failure(arrived.error());
    if (!arrived && arrived.error().trouble != Trouble::timeout) lost = arrived.error().message;
    if (!arrived || Clock::now() >= ask_at) break;
    const ReplyLine line = read_reply_line(arrived->line.clean);
    if (ends_command(line)) break;
    if (line.kind == LineKind::boot) ask_at = deadline;  // it is on its way: do not disturb it
  }
  if (lost.empty()) {
    // A boot that took nearly all the time still gets a second to say its name.
    const auto found = resynchronise(std::max(deadline, Clock::now() + milliseconds(1000)));
    if (found) return {};
    if (found.error().trouble == Trouble::interrupted) return Failure(found.error());
    if (found.error().trouble != Trouble::timeout) lost = found.error().message;
  }
  if (!lost.empty())
    return fail(Trouble::hang_up, board() + " was lost during the handshake: " + lost);
  if (last_line_.empty() && splitter_.unfinished().empty())
    return fail(Trouble::timeout,
                board() + " is silent: no m-ready and no answer to 'name' within " +
                    in_seconds(limit) +
                    "; check that it has power, that TX and RX are not swapped, that "
                    "its firmware talks at " +
                    std::to_string(baud_) +
                    " baud, and that the firmware is "
                    "flashed and built for energy mode");
  return fail(Trouble::timeout, board() + " talks, but does not answer 'name' within " +
                                    in_seconds(limit) + "; " + last_received() +
                                    "; check the baud rate and that this "
                                    "firmware speaks the MLPerf Tiny commands");
}

}  // namespace jr
