// The store's own filter first, then the documents of what it lets through.
#include "rig/run/find_runs.hpp"

#include <algorithm>
#include <charconv>
#include <cctype>
#include <cmath>
#include <ctime>

namespace jr {
namespace {

bool same_letters(const std::string& a, const std::string& b) {
  return a.size() == b.size() && std::equal(a.begin(), a.end(), b.begin(), [](char x, char y) {
           return std::tolower(static_cast<unsigned char>(x)) == std::tolower(static_cast<unsigned char>(y));
         });
}

bool fits(const FoundRun& run, const RunQuery& query) {
  return (query.board.empty() || same_letters(run.board, query.board)) &&
         (query.model.empty() || same_letters(run.model, query.model)) &&
         (query.firmware.empty() || is_firmware(run.firmware, query.firmware));
}

FoundRun with_documents(RunRow row) {
  FoundRun run{std::move(row), {}, {}, {}};
  if (const auto setup = setup_from(run.row.facts.environment)) {
    run.board = setup->board;
    run.model = setup->model;
  }
  if (auto firmware = firmware_from(run.row.facts.firmware)) run.firmware = std::move(*firmware);
  if (run.model.empty()) run.model = run.firmware.model;
  return run;
}

Failure no_moment(const std::string& text) {
  return fail(Trouble::usage, "'" + text + "' is no moment: write how long ago (90m, 36h, 7d, 2w) or a date "
                                           "(2026-11-20, \"2026-11-20 14:30\").");
}

/// Seconds of a unit of time; 0: there is no such unit.
double unit_s(const std::string& unit) {
  if (unit == "m" || unit == "min") return 60;
  if (unit == "h") return 3600;
  if (unit == "d") return 86'400;
  return unit == "w" ? 604'800 : 0;
}

}  // namespace

bool is_firmware(const Firmware& firmware, const std::string& wanted) {
  const auto begins = [&](const std::string& text) { return !text.empty() && text.starts_with(wanted); };
  if (wanted.empty()) return false;
  if (wanted == firmware.name || wanted == firmware.name.substr(0, firmware.name.rfind('.'))) return true;
  // Three digits of a hash may be a person's beginning of it; one would fit every sixteenth image.
  if (wanted.size() >= 3 && (begins(firmware.commit) || begins(firmware.sha256))) return true;
  const auto described = firmware.commit.rfind("-g");  // "v0.2-7-g3f2a91": the hash stands last
  return wanted.size() >= 3 && described != std::string::npos && begins(firmware.commit.substr(described + 2));
}

Result<std::vector<FoundRun>> find_runs(const Store& store, const RunQuery& query) {
  auto rows = store.runs(query.stored);
  if (!rows) return Failure(rows.error());
  std::vector<FoundRun> found;
  for (RunRow& row : *rows) {
    if (query.limit > 0 && found.size() == query.limit) break;
    FoundRun run = with_documents(std::move(row));
    if (fits(run, query)) found.push_back(std::move(run));
  }
  return found;
}

Result<std::int64_t> since_ms(const std::string& text, std::int64_t now_ms) {
  double number = 0;
  const auto [end, trouble] = std::from_chars(text.data(), text.data() + text.size(), number, std::chars_format::fixed);
  if (trouble == std::errc() && number >= 0)
    if (const double each_s = unit_s(std::string(end, text.data() + text.size())); each_s > 0) {
      const double ago_ms = 1e3 * each_s * number;
      if (ago_ms < static_cast<double>(now_ms)) return now_ms - std::llround(ago_ms);
      return std::int64_t{0};
    }
  for (const char* format : {"%Y-%m-%d", "%Y-%m-%d %H:%M", "%Y-%m-%d %H:%M:%S", "%Y-%m-%dT%H:%M", "%Y-%m-%dT%H:%M:%S"}) {
    std::tm when{};
    when.tm_isdst = -1;
    const char* rest = strptime(text.c_str(), format, &when);
    const bool is_utc = rest && std::string_view(rest) == "Z";
    if (!rest || (*rest && !is_utc)) continue;
    std::tm again = when;
    const std::time_t seconds = is_utc ? timegm(&when) : std::mktime(&when);
    // The calendar moves 30 February into March: then it was no date.
    if (seconds == -1 || when.tm_mday != again.tm_mday) break;
    return std::int64_t{1000} * seconds;
  }
  return no_moment(text);
}

}  // namespace jr
