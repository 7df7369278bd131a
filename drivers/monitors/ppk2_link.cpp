// The first conversation with a PPK2: stop, wait for silence, ask who it is, reset it if it stays mute.
// Never streams and never touches the supply.
#include <algorithm>
#include <array>
#include <cstdio>
#include <string_view>
#include <thread>

#include "drivers/monitors/ppk2.hpp"
#include "drivers/monitors/ppk2_commands.hpp"

namespace jr {
namespace {

using Clock = std::chrono::steady_clock;
using std::chrono::milliseconds;

constexpr int kAnyBaud = 115200;  // CDC-ACM: the number means nothing

milliseconds left_until(Clock::time_point deadline) {
  return std::max(milliseconds{0}, std::chrono::ceil<milliseconds>(deadline - Clock::now()));
}

/// Stops a stream that a client before us left on, and reads until it has dried up.
/// One flush is not enough: bytes already on their way arrive after it.
Result<void> hush(SerialPort& port, const Ppk2Timing& timing) {
  if (auto sent = port.write(ppk2::kStop, timing.command); !sent) return sent;
  const auto deadline = Clock::now() + timing.quiet_cap;
  std::array<std::byte, 4096> stale{};
  while (Clock::now() < deadline) {
    const auto n = port.read(stale, timing.quiet);
    if (!n) return tl::unexpected(n.error());
    if (*n == 0) return {};
  }
  return {};  // still talking: the metadata is looked for within what it says
}

std::string shown(std::string_view received) {
  std::string out;
  for (const char c : received.substr(0, 40)) {
    std::array<char, 8> hex{};
    std::snprintf(hex.data(), hex.size(), "\\x%02x", static_cast<unsigned char>(c));
    out += c >= ' ' && c <= '~' ? std::string(1, c) : std::string(hex.data());
  }
  return out;
}

Failure no_answer(const SerialPort& port, std::string_view received) {
  if (received.empty())
    return fail(Trouble::timeout, port.path() + " did not answer as a PPK2 does: it sent nothing when "
                                  "asked for its metadata; is it the right port (`joulerig discover`), "
                                  "and is its power switch on?");
  return fail(Trouble::malformed, port.path() + " is not a PPK2, or a stuck one: asked for its metadata "
                                  "it sent \"" + shown(received) + "\"; choose another port "
                                  "(`joulerig discover`), or switch the PPK2 off and on.");
}

/// Sends 0x19 and reads until the text is whole; stale stream bytes before it are skipped.
Result<Ppk2Metadata> ask_metadata(SerialPort& port, const Ppk2Timing& timing) {
  if (auto sent = port.write(ppk2::kAskMetadata, timing.command); !sent)
    return tl::unexpected(sent.error());
  const auto whole_by = Clock::now() + timing.metadata;
  std::string received;
  std::array<char, 4096> piece{};
  for (;;) {
    const auto patience = received.empty() ? timing.first_byte : timing.next_byte;
    const auto limit = std::min(patience, left_until(whole_by));
    if (limit.count() == 0) return no_answer(port, received);  // it streams on and on
    const auto n = port.read(std::as_writable_bytes(std::span(piece)), limit);
    if (n && *n == 0) return no_answer(port, received);
    if (!n) return tl::unexpected(n.error());
    received.append(piece.data(), *n);
    if (const auto text = ppk2_metadata_within(received); !text.empty())
      return parse_ppk2_metadata(text);
    // A device that never stops streaming must not fill the memory; the text is below 4 KiB.
    if (received.size() > 64 * 1024) received.erase(0, received.size() - 8 * 1024);
  }
}

Result<Ppk2Metadata> converse(SerialPort& port, int attempts, const Ppk2Timing& timing) {
  Result<Ppk2Metadata> metadata = fail(Trouble::timeout, port.path() + " was not asked");
  for (int attempt = 0; attempt < attempts; ++attempt) {
    const auto quiet = hush(port, timing);
    metadata = quiet ? ask_metadata(port, timing) : tl::unexpected(quiet.error());
    if (metadata || metadata.error().trouble == Trouble::hang_up) return metadata;
  }
  return metadata;
}

/// Reboots the device: its port goes away and comes back under the same link, maybe another tty.
Result<SerialPort> reset(SerialPort port, const std::string& path, const Ppk2Timing& timing) {
  if (auto sent = port.write(ppk2::kReset, timing.command); !sent) return tl::unexpected(sent.error());
  const auto vanished_by = Clock::now() + timing.vanish;
  std::array<std::byte, 4096> stale{};
  while (Clock::now() < vanished_by && port.read(stale, left_until(vanished_by))) {
  }
  port.close();
  const auto back_by = Clock::now() + timing.reappear;
  for (;;) {
    auto again = open_serial(path, kAnyBaud);
    if (again || Clock::now() >= back_by) return again;
    std::this_thread::sleep_for(milliseconds{50});
  }
}

}  // namespace

Result<Ppk2Link> link_ppk2(const std::string& path, const Ppk2Timing& timing) {
  auto port = open_serial(path, kAnyBaud);
  if (!port) return tl::unexpected(port.error());
  auto metadata = converse(*port, timing.attempts, timing);
  if (!metadata && metadata.error().trouble != Trouble::hang_up) {
    auto again = reset(std::move(*port), path, timing);
    if (!again) return tl::unexpected(metadata.error());  // the first trouble is the one to tell
    port = std::move(again);
    metadata = converse(*port, 1, timing);
  }
  if (!metadata) return tl::unexpected(metadata.error());
  return Ppk2Link{std::move(*port), std::move(*metadata)};
}

}  // namespace jr
