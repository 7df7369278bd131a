// One pass over a line's bits; a window is handed on when it falls.
// Never looks at a current.
#include "rig/exchange/mark_windows.hpp"

namespace jr {

MarkWindows::MarkWindows(ForeignSink& next, unsigned line, std::optional<std::uint64_t> inferences)
    : next_(next), line_(line), inferences_(inferences) {}

Result<void> MarkWindows::begin(const ForeignFacts& facts) {
  if (!facts.has_lines)
    return fail(Trouble::usage, "The recording holds no digital lines, so none of them can mark windows: leave --mark away.");
  ForeignFacts cut = facts;
  cut.remarks.push_back("The windows are where D" + std::to_string(line_) + " is high" +
                        (inferences_ ? "." : "; each counts as one inference, because --inferences does not say how many."));
  return next_.begin(cut);
}

Result<void> MarkWindows::samples(const ForeignBlock& block) {
  if (auto taken = next_.samples(block); !taken) return taken;
  for (const std::uint8_t lines : block.lines) {
    const bool high = (lines >> line_ & 1U) != 0;
    const std::uint64_t here = ordinal_++;
    if (here == 0) open_at_start_ = began_open_ = high;
    if (high == high_) continue;
    high_ = high;
    if (high) {
      start_ = here;
      continue;
    }
    const bool whole = !open_at_start_;
    open_at_start_ = false;
    if (!whole) continue;
    if (auto cut = next_.window({start_, here, inferences_.value_or(1), WindowLabel::infer}); !cut) return cut;
  }
  return {};
}

std::vector<std::string> MarkWindows::left_out() const {
  const std::string line = "D" + std::to_string(line_);
  std::vector<std::string> sentences;
  if (began_open_) sentences.push_back(line + " was high when the recording began: nobody knows since when.");
  if (high_ && !open_at_start_) sentences.push_back(line + " was still high when the recording ended.");
  return sentences;
}

}  // namespace jr
