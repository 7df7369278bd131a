// Line by line, each line bounded; a JSON array by the library's parser on a bounded text.
// Never fails on a line it does not know: logs hold anything.
#include "rig/exchange/energyrunner_text.hpp"

#include <charconv>
#include <cmath>
#include <nlohmann/json.hpp>
#include <string_view>

#include "rig/exchange/source_file.hpp"

namespace jr {
namespace {

constexpr std::size_t kLargestTimestamps = 4U << 20;  // bytes; a number and a comma are some ten
constexpr std::size_t kMostPrinted = 10'000;
constexpr std::uint64_t kMostInferences = 1'000'000'000'000;

std::string_view trimmed(std::string_view text) {
  const auto from = text.find_first_not_of(" \t");
  if (from == std::string_view::npos) return {};
  return text.substr(from, text.find_last_not_of(" \t") - from + 1);
}

/// What stands between `before` and the first `after` behind it; nothing when one of them is missing.
std::optional<std::string_view> between(std::string_view line, std::string_view before, std::string_view after) {
  const auto at = line.find(before);
  if (at == std::string_view::npos) return std::nullopt;
  const std::string_view rest = line.substr(at + before.size());
  const auto end = after.empty() ? rest.size() : rest.find(after);
  if (end == std::string_view::npos) return std::nullopt;
  return trimmed(rest.substr(0, end));
}

template <class T>
std::optional<T> number(std::string_view text) {
  T value{};
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (error != std::errc{} || end != text.data() + text.size()) return std::nullopt;
  return value;
}

std::optional<double> finite(std::string_view text) {
  const auto value = number<double>(text);
  return value && std::isfinite(*value) ? value : std::nullopt;
}

/// A count that can be one; 0 otherwise.
std::uint64_t count(std::string_view text) {
  const auto value = number<std::uint64_t>(text.substr(0, text.find_first_not_of("0123456789")));
  return value && *value <= kMostInferences ? *value : 0;
}

/// "Energy : 4173.840 uJ": the digits before the unit, as they are printed.
std::string figure(std::string_view line, std::string_view label, std::string_view unit) {
  const auto text = between(line, label, unit);
  if (!text) return "";
  const auto colon = text->find(':');
  const std::string_view digits = colon == std::string_view::npos ? *text : trimmed(text->substr(colon + 1));
  return finite(digits) ? std::string(digits) : "";
}

/// Follows the paragraphs "Energy data for window 2 …" and "Performance results for window 2:".
class ResultReader {
 public:
  void take(std::string_view line) {
    if (auto at = between(line, "Energy data for window ", " sec.")) return begin_energy(*at);
    if (auto at = between(line, "Performance results for window ", ":")) {
      current_ = place(count(*at));
      return;
    }
    if (auto median = between(line, "Median energy cost is ", " uJ/inf"); median && finite(*median))
      results_.median_uJ_per_inference = std::string(*median);
    if (!current_) return;
    PrintedWindow& window = results_.windows[*current_];
    if (const auto n = between(line, "# Inferences", "")) window.inferences = count(trimmed(n->substr(n->find(':') + 1)));
    keep(window.energy_uJ_per_inference, figure(line, "Energy/Inf.", " uJ/inf"));
    keep(window.power_uW, figure(line, "Power ", " uW"));
    keep(window.energy_uJ, figure(line, "Energy ", " uJ"));
  }
  PrintedResults results() && { return std::move(results_); }

 private:
  static void keep(std::string& into, std::string text) {
    if (!text.empty()) into = std::move(text);
  }
  /// "2 at time 9.08 for 0.10"
  void begin_energy(std::string_view text) {
    current_ = place(count(text));
    if (!current_) return;
    if (const auto start = between(text, " at time ", " for ")) results_.windows[*current_].start_s = finite(*start);
  }
  /// The window of that number, made when it is new; nothing when there are too many.
  std::optional<std::size_t> place(std::uint64_t number) {
    if (number == 0 || number > kMostEdges) return std::nullopt;
    for (std::size_t back = results_.windows.size(); back-- > 0;)
      if (results_.windows[back].number == number) return back;
    if (results_.windows.size() >= kMostPrinted) return std::nullopt;
    if (!results_.windows.empty() && results_.windows.back().number > number) return std::nullopt;  // another session
    results_.windows.push_back({static_cast<std::size_t>(number), {}, "", "", "", 0});
    return results_.windows.size() - 1;
  }
  PrintedResults results_;
  std::optional<std::size_t> current_;
};

}  // namespace

Result<std::vector<double>> parse_timestamps(std::istream& text) {
  const auto refused = [](const std::string& why) {
    return fail(Trouble::malformed, "The timestamps of the session cannot be used: " + why + ".");
  };
  std::string bytes(kLargestTimestamps + 1, '\0');
  text.read(bytes.data(), static_cast<std::streamsize>(bytes.size()));
  bytes.resize(static_cast<std::size_t>(text.gcount()));
  if (bytes.size() > kLargestTimestamps) return refused("the file is too long for a list of edges");
  const auto json = nlohmann::json::parse(bytes, nullptr, false);
  if (!json.is_array()) return refused("it is no JSON array of seconds");
  if (json.size() > kMostEdges) return refused("it lists " + std::to_string(json.size()) + " edges");
  std::vector<double> edges;
  for (const auto& entry : json) {
    if (!entry.is_number()) return refused("entry " + std::to_string(edges.size() + 1) + " is no number");
    const double edge_s = entry.get<double>();
    if (!std::isfinite(edge_s) || edge_s < 0 || (!edges.empty() && edge_s < edges.back()))
      return refused("entry " + std::to_string(edges.size() + 1) + " is not later than the one before");
    edges.push_back(edge_s);
  }
  return edges;
}

PrintedResults parse_results(std::istream& text) {
  ResultReader reader;
  for (std::string line; next_line(text, line);) reader.take(line);
  return std::move(reader).results();
}

SessionLog parse_log(std::istream& text) {
  SessionLog log;
  ResultReader reader;
  for (std::string line; next_line(text, line);) {
    reader.take(line);
    if (const auto id = between(line, "m-session-start-id[", "]")) log.session = std::string(*id);
    if (const auto model = between(line, "m-model-[", "]")) log.model = std::string(*model);
    if (const auto name = between(line, "-type[emon]-name[", "]")) log.monitor = std::string(*name);
    if (const auto volts = between(line, "m-voltage-mv[", "]"))
      if (const auto mV = finite(*volts); mV && *mV > 0) log.supply_V = *mV * 1e-3;
    if (const auto n = between(line, "m-infer-start-", ""); n && log.inferences.size() < kMostPrinted)
      log.inferences.push_back(count(*n));
  }
  log.printed = std::move(reader).results();
  return log;
}

}  // namespace jr
