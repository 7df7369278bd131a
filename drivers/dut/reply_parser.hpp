// The MLPerf Tiny reply grammar as pure functions: bytes -> lines -> what a line says.
// Never reads a port and never decides what a reply means for the command that asked for it.
//
// Source of the grammar: mlcommons/tiny, benchmark/api/internally_implemented.cpp (public).
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace jr {

/// One line as it came: `raw` for the log (non-printing bytes as \xNN), `clean` for its meaning
/// (NUL, line noise and everything that is not printable ASCII left out).
struct RawLine {
  std::string raw, clean;
  bool overlong{};  ///< cut at the cap: no line end came
};

/// Cuts a byte stream into lines at '\n'; a '\r' before it belongs to the line end.
class LineSplitter {
 public:
  explicit LineSplitter(std::size_t line_cap) : line_cap_(line_cap) {}

  /// Adds bytes and returns the lines that they complete.
  std::vector<RawLine> feed(std::span<const std::byte> bytes);
  /// What has come of a line that has not ended yet, escaped.
  std::string unfinished() const;
  void clear() { pending_.clear(); }

 private:
  std::size_t line_cap_;
  std::string pending_;
};

enum class LineKind {
  ready,        ///< `m-ready`: the board has finished a command, or booted
  refusal,      ///< `e-[…]`, or the prefix-less `Supplied buffer size…`
  name,         ///< `m-name-dut-[…]`
  profile,      ///< `m-profile-[…]`
  model,        ///< `m-model-[…]`
  boot,         ///< `m-timestamp-mode-…` or `m-init-done`: printed by a start only
  lap,          ///< `m-lap-us-N`
  expecting,    ///< `m-[Expecting N bytes]`
  load_done,    ///< `m-load-done`
  infer_done,   ///< `m-infer-done`
  phase_done,   ///< `m-phase-done`
  sham_done,    ///< `m-sham-done`
  results,      ///< `m-results-[f,f,…]`
  passthrough,  ///< `m-dut-passthrough(…)`: an IO manager passed a command on
  other         ///< anything else; allowed, logged, without meaning
};

struct ReplyLine {
  LineKind kind{LineKind::other};
  bool through_io_manager{};            ///< carried the prefix `[dut]: `
  std::string whole;                    ///< the line without that prefix
  std::string inside;                   ///< what its brackets hold, for the kinds that have some
  std::optional<std::uint64_t> number;  ///< of lap and expecting; a lap is modulo 2^32
  std::vector<double> values;  ///< of results; empty when it is cut off or a number is malformed
};

ReplyLine read_reply_line(std::string_view clean);

/// Non-printing bytes (and those above 0x7E) become \xNN.
std::string escaped(std::string_view bytes);

/// `m-results-[…]`'s inside; nothing when one of the numbers is not one.
std::optional<std::vector<double>> parse_numbers(std::string_view comma_separated);

}  // namespace jr
