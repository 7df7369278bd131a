// Lines out of bytes, and meaning out of lines. Whole-line matches only: `m-ready` inside another
// line is text. Never allocates more than the line cap plus what it returns.
#include "drivers/dut/reply_parser.hpp"

#include <charconv>
#include <cmath>

namespace jr {
namespace {

bool printable(char c) { return c >= 0x20 && c <= 0x7E; }

std::string cleaned(std::string_view bytes) {
  std::string text;
  for (const char c : bytes)
    if (printable(c)) text += c;
  const auto last = text.find_last_not_of(' ');
  text.erase(last == std::string::npos ? 0 : last + 1);
  return text;
}

bool take_prefix(std::string_view& text, std::string_view prefix) {
  if (!text.starts_with(prefix)) return false;
  text.remove_prefix(prefix.size());
  return true;
}

bool in_brackets(std::string_view text) { return text.starts_with('[') && text.ends_with(']'); }

// `[inside]`; what there is of it when a bracket got lost on the way.
std::string inside_brackets(std::string_view text) {
  take_prefix(text, "[");
  if (text.ends_with(']')) text.remove_suffix(1);
  return std::string(text);
}

std::optional<std::uint64_t> leading_number(std::string_view text) {
  std::uint64_t value = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (error != std::errc{}) return std::nullopt;
  return value;
}

struct Prefix {
  std::string_view text;
  LineKind kind;
};

constexpr Prefix kPrefixes[] = {
    {"m-name-dut-", LineKind::name},
    {"m-profile-", LineKind::profile},
    {"m-model-", LineKind::model},
    {"m-results-", LineKind::results},
    {"m-lap-us-", LineKind::lap},
    {"m-[Expecting ", LineKind::expecting},
    {"m-timestamp-mode-", LineKind::boot},
    {"m-load-done", LineKind::load_done},  // the firmware's own remark follows on the same line
    {"m-dut-passthrough", LineKind::passthrough},
    {"e-", LineKind::refusal},
};

void fill_in(ReplyLine& line, std::string_view rest) {
  switch (line.kind) {
    case LineKind::lap:
      line.number = leading_number(rest);
      if (line.number) *line.number &= 0xFFFFFFFFU;  // a native build prints 64-bit longs
      break;
    case LineKind::expecting:
      line.number = leading_number(rest);
      break;
    case LineKind::results:
      line.inside = inside_brackets(rest);
      // "[0.1,0.2" may have been "[0.1,0.25]": without its bracket no number of it is believed.
      if (in_brackets(rest))
        line.values = parse_numbers(line.inside).value_or(std::vector<double>{});
      break;
    case LineKind::name:
    case LineKind::profile:
    case LineKind::model:
    case LineKind::refusal:
      line.inside = inside_brackets(rest);
      break;
    default:
      break;
  }
}

}  // namespace

std::string escaped(std::string_view bytes) {
  constexpr char kDigits[] = "0123456789abcdef";
  std::string text;
  for (const char c : bytes) {
    if (printable(c)) {
      text += c;
    } else {
      const auto byte = static_cast<unsigned char>(c);
      text += "\\x";
      text += kDigits[byte >> 4];
      text += kDigits[byte & 15U];
    }
  }
  return text;
}

std::vector<RawLine> LineSplitter::feed(std::span<const std::byte> bytes) {
  std::vector<RawLine> lines;
  for (const std::byte byte : bytes) {
    const char c = static_cast<char>(byte);
    if (c != '\n') pending_ += c;
    const bool overlong = pending_.size() >= line_cap_;
    if (c != '\n' && !overlong) continue;
    if (c == '\n' && pending_.ends_with('\r')) pending_.pop_back();
    lines.push_back({escaped(pending_), cleaned(pending_), overlong});
    pending_.clear();
  }
  return lines;
}

std::string LineSplitter::unfinished() const { return escaped(pending_); }

std::optional<std::vector<double>> parse_numbers(std::string_view text) {
  std::vector<double> values;
  while (!text.empty()) {
    while (text.starts_with(' ')) text.remove_prefix(1);
    double value = 0;
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
    if (error != std::errc{} || !std::isfinite(value)) return std::nullopt;
    values.push_back(value);
    text.remove_prefix(static_cast<std::size_t>(end - text.data()));
    while (text.starts_with(' ')) text.remove_prefix(1);
    if (text.empty()) return values;
    if (!take_prefix(text, ",")) return std::nullopt;
    if (text.empty()) return std::nullopt;  // "1,2," has lost its last number
  }
  return std::nullopt;
}

ReplyLine read_reply_line(std::string_view clean) {
  ReplyLine line;
  line.through_io_manager = take_prefix(clean, "[dut]: ");
  line.whole = std::string(clean);
  if (clean == "m-ready") {
    line.kind = LineKind::ready;
  } else if (clean == "m-init-done") {
    line.kind = LineKind::boot;
  } else if (clean == "m-infer-done") {
    line.kind = LineKind::infer_done;
  } else if (clean == "m-phase-done") {
    line.kind = LineKind::phase_done;
  } else if (clean == "m-sham-done") {
    line.kind = LineKind::sham_done;
  } else if (clean.starts_with("Supplied buffer size")) {
    line.kind = LineKind::refusal;  // the one refusal that the reference firmware prints bare
  } else {
    for (const auto& [prefix, kind] : kPrefixes) {
      std::string_view rest = clean;
      if (!take_prefix(rest, prefix)) continue;
      line.kind = kind;
      fill_in(line, rest);
      break;
    }
  }
  return line;
}

}  // namespace jr
