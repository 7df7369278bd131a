// The store's own filter first, then the documents of what it lets through.
#include "rig/run/find_runs.hpp"

#include <algorithm>
#include <cctype>

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

}  // namespace jr
