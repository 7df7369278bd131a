// Two passes over the trace: the first sums the windows and compares them with what was printed, the second hands on.
// Never takes an index by rounding: the host added times, and so does this.
#include "rig/exchange/energyrunner.hpp"

#include <algorithm>
#include <bit>
#include <cmath>
#include <cstdio>
#include <cstring>
#include <nlohmann/json.hpp>
#include <span>

namespace jr {
namespace {

using nlohmann::ordered_json;

constexpr double kJoulePerMicrojoule = 1e-6;
constexpr double kPrintedStart_s = 0.00501;  // the host rounds a start to 10 ms
constexpr std::size_t kUsualEdges = 11;

float little_endian_float(const std::byte* bytes) {
  std::uint32_t word = 0;
  for (int k = 3; k >= 0; --k) word = word << 8 | std::to_integer<std::uint32_t>(bytes[k]);
  return std::bit_cast<float>(word);
}

struct SessionWindow {
  double start_s{}, end_s{};
  std::uint64_t start{}, end{}, inferences{};
  CompensatedSum energy_J;
  const PrintedWindow* printed{};
};

/// Everything that is known of a session before its samples are handed on.
struct SessionFacts {
  EnergyTraceHead head;
  std::vector<double> edges_s;
  PrintedResults printed;
  SessionLog log;
  std::vector<SessionWindow> windows;
  std::uint64_t missing{};
  std::vector<std::string> remarks;
};

/// Calls visit(ordinal of the first, joules) for pieces of the trace in their order.
template <class Visit>
Result<void> for_each_piece(std::istream& trace, const EnergyTraceHead& head, Visit visit) {
  trace.clear();
  trace.seekg(kEnergyTraceHeadBytes);
  std::vector<std::byte> bytes(4 * std::min<std::uint64_t>(kForeignBlock, head.samples));
  for (std::uint64_t at = 0; at < head.samples;) {
    const std::uint64_t n = std::min<std::uint64_t>(kForeignBlock, head.samples - at);
    trace.read(reinterpret_cast<char*>(bytes.data()), static_cast<std::streamsize>(4 * n));
    if (static_cast<std::uint64_t>(trace.gcount()) != 4 * n)
      return fail(Trouble::malformed, "The energy trace became shorter while it was read: is someone still writing it?");
    std::vector<double> joules(n);
    for (std::size_t i = 0; i < n; ++i) {
      const double value_J = kJoulePerMicrojoule * static_cast<double>(little_endian_float(&bytes[4 * i]));
      joules[i] = std::isfinite(value_J) ? value_J : NAN;
    }
    if (Result<void> visited = visit(at, std::move(joules)); !visited) return visited;
    at += n;
  }
  return {};
}

Result<EnergyTraceHead> head_of(std::istream& trace) {
  trace.clear();
  trace.seekg(0, std::ios::end);
  const auto bytes = static_cast<std::uint64_t>(std::max<std::streamoff>(0, trace.tellg()));
  trace.seekg(0);
  std::byte head[kEnergyTraceHeadBytes]{};
  trace.read(reinterpret_cast<char*>(head), kEnergyTraceHeadBytes);
  return parse_energy_head(std::span(head).first(static_cast<std::size_t>(trace.gcount())), bytes);
}

/// Do all printed starts lie on edges offset, offset + 2, …? Then that is how the edges pair.
bool pairs_as_printed(const PrintedResults& printed, const std::vector<double>& edges_s, std::size_t offset) {
  std::size_t told = 0;
  for (const PrintedWindow& window : printed.windows) {
    if (!window.start_s) continue;
    const std::size_t edge = window.number - 1;
    if (edge % 2 != offset || edge + 1 >= edges_s.size() || std::abs(edges_s[edge] - *window.start_s) > kPrintedStart_s)
      return false;
    ++told;
  }
  return told > 0;
}

/// The index of the edge with which the first window begins.
Result<std::size_t> first_edge(SessionFacts& facts) {
  const std::size_t n = facts.edges_s.size();
  const std::string found = std::to_string(n) + " edges";
  for (const std::size_t offset : {std::size_t{1}, std::size_t{0}})
    if (pairs_as_printed(facts.printed, facts.edges_s, offset)) {
      if (n != kUsualEdges)
        facts.remarks.push_back("The session has " + found + " instead of 11; they pair as the printed results say.");
      return offset;
    }
  if (n % 2 == 0 && n > 0)
    return fail(Trouble::usage, "The session has " + found + ": one for synchronisation and two for each window make an odd "
                                "number, and no printed result says which one is missing; put its results.txt beside it.");
  if (n > 1 && std::any_of(facts.printed.windows.begin(), facts.printed.windows.end(),
                           [](const PrintedWindow& window) { return window.start_s.has_value(); }))
    facts.remarks.push_back("The printed windows begin at other times than the edges: is results.txt of another session?");
  if (n != kUsualEdges) facts.remarks.push_back("The session has " + found + " instead of 11: the first is taken as synchronisation.");
  return 1;
}

const PrintedWindow* printed_of(const PrintedResults& printed, std::size_t number) {
  for (const PrintedWindow& window : printed.windows)
    if (window.number == number) return &window;
  return nullptr;
}

/// How many inferences the window holds: by the person, the results, the ratio of printed energies, or the log.
std::uint64_t inferences_of(const SessionFacts& facts, const PrintedWindow* printed, std::size_t index,
                            const ImportOptions& options) {
  if (options.inferences) return *options.inferences;
  if (printed && printed->inferences > 0) return printed->inferences;
  if (printed && !printed->energy_uJ.empty() && !printed->energy_uJ_per_inference.empty()) {
    const double ratio = std::stod(printed->energy_uJ) / std::stod(printed->energy_uJ_per_inference);
    if (ratio >= 0.5 && ratio < 1e6) return static_cast<std::uint64_t>(std::llround(ratio));
  }
  return index < facts.log.inferences.size() ? facts.log.inferences[index] : 0;
}

/// What the rules of MLPerf Tiny ask of a submission: five windows, each of 10 s. The values are kept all the same.
void remark_on_the_rules(SessionFacts& facts) {
  constexpr std::size_t kWindows = 5;
  constexpr double kLeast_s = 10;
  const std::vector<SessionWindow>& windows = facts.windows;
  if (windows.size() != kWindows)
    facts.remarks.push_back("A submission needs five windows, and this session has " + std::to_string(windows.size()) + ".");
  const auto brief = std::count_if(windows.begin(), windows.end(), [](const SessionWindow& window) { return window.end_s - window.start_s < kLeast_s; });
  if (brief > 0)
    facts.remarks.push_back("A submission needs windows of at least 10 s, and " + std::to_string(brief) + " of " + std::to_string(windows.size()) + " are shorter.");
}

Result<void> cut_windows(SessionFacts& facts, const ImportOptions& options) {
  const auto first = first_edge(facts);
  if (!first) return Failure(first.error());
  const auto ordinals = ordinals_of(facts.edges_s, facts.head.rate_Hz, facts.head.samples);
  for (std::size_t edge = *first; edge + 1 < facts.edges_s.size(); edge += 2) {
    SessionWindow window{facts.edges_s[edge], facts.edges_s[edge + 1], ordinals[edge], ordinals[edge + 1], 0, {},
                         printed_of(facts.printed, edge + 1)};
    window.inferences = inferences_of(facts, window.printed, facts.windows.size(), options);
    if (window.inferences == 0)
      return fail(Trouble::usage, "Nothing in the session says how many inferences a window holds: give --inferences.");
    facts.windows.push_back(window);
  }
  if (facts.windows.empty())
    facts.remarks.push_back("The session has no window: it is a trace.");
  else
    remark_on_the_rules(facts);
  return {};
}

/// First pass: sums in the order of the samples, for the comparison with what was printed.
Result<void> sum_windows(std::istream& trace, SessionFacts& facts) {
  std::size_t at = 0;
  return for_each_piece(trace, facts.head, [&](std::uint64_t first, std::vector<double> joules) -> Result<void> {
    for (std::size_t i = 0; i < joules.size(); ++i) {
      const std::uint64_t ordinal = first + i;
      while (at < facts.windows.size() && ordinal >= facts.windows[at].end) ++at;
      if (std::isnan(joules[i])) ++facts.missing;
      else if (at < facts.windows.size() && ordinal >= facts.windows[at].start) facts.windows[at].energy_J.add(joules[i]);
    }
    return {};
  });
}

std::string printed(double value) {
  char text[64];
  std::snprintf(text, sizeof text, "%.3f", value);
  return text;
}

/// Where our sum and the printed one differ in a printed digit.
void compare_with_printed(SessionFacts& facts) {
  std::vector<double> per_inference_uJ;
  for (const SessionWindow& window : facts.windows) {
    const double ours_uJ = window.energy_J.value() / kJoulePerMicrojoule;
    per_inference_uJ.push_back(ours_uJ / static_cast<double>(window.inferences));
    if (!window.printed || window.printed->energy_uJ.empty() || window.printed->energy_uJ == printed(ours_uJ)) continue;
    if (facts.remarks.size() < kMostRemarks)
      facts.remarks.push_back("Window " + std::to_string(window.printed->number) + " holds " + printed(ours_uJ) +
                              " uJ, and the host printed " + window.printed->energy_uJ + " uJ.");
  }
  const std::string& median = facts.printed.median_uJ_per_inference;
  if (per_inference_uJ.size() % 2 == 0 || median.empty()) return;
  const auto middle = per_inference_uJ.begin() + static_cast<std::ptrdiff_t>(per_inference_uJ.size() / 2);
  std::nth_element(per_inference_uJ.begin(), middle, per_inference_uJ.end());
  if (printed(*middle) != median)
    facts.remarks.push_back("The median is " + printed(*middle) + " uJ per inference, and the host printed " + median + " uJ.");
}

ordered_json printed_json(const PrintedResults& printed) {
  ordered_json windows = ordered_json::array();
  for (const PrintedWindow& window : printed.windows)
    windows.push_back({{"number", window.number}, {"energy_uJ", window.energy_uJ}, {"power_uW", window.power_uW},
                       {"energy_uJ_per_inference", window.energy_uJ_per_inference}, {"inferences", window.inferences}});
  return {{"windows", std::move(windows)}, {"median_uJ_per_inference", printed.median_uJ_per_inference}};
}

/// `windows_s`: the edges themselves; a window of samples begins with the first sample behind one.
std::string metadata_of(const SessionFacts& facts) {
  ordered_json windows = ordered_json::array();
  for (const SessionWindow& window : facts.windows) windows.push_back({window.start_s, window.end_s});
  return ordered_json{{"session", facts.log.session}, {"rate_Hz", facts.head.rate_Hz}, {"edges_s", facts.edges_s},
                      {"windows_s", std::move(windows)}, {"printed", printed_json(facts.printed)}}
      .dump(-1, ' ', false, ordered_json::error_handler_t::replace);
}

Result<SessionFacts> facts_of(EnergyRunnerSession& session, const ImportOptions& options) {
  SessionFacts facts;
  const auto head = head_of(*session.trace);
  if (!head) return Failure(head.error());
  facts.head = *head;
  if (session.timestamps) {
    auto edges = parse_timestamps(*session.timestamps);
    if (!edges) return Failure(edges.error());
    facts.edges_s = std::move(*edges);
  }
  if (session.log) facts.log = parse_log(*session.log);
  facts.printed = session.results ? parse_results(*session.results) : facts.log.printed;
  if (auto cut = cut_windows(facts, options); !cut) return Failure(cut.error());
  if (auto summed = sum_windows(*session.trace, facts); !summed) return Failure(summed.error());
  compare_with_printed(facts);
  if (facts.missing > 0)
    facts.remarks.push_back(std::to_string(facts.missing) + " samples of the trace are no number and count as missing.");
  return facts;
}

ForeignFacts foreign_facts(const EnergyRunnerSession& session, const SessionFacts& facts, const ImportOptions& options) {
  ForeignFacts foreign;
  foreign.format = "energyrunner";
  foreign.files = session.files;
  foreign.instrument = facts.log.monitor;
  foreign.model = facts.log.model;
  foreign.period_s = 1 / facts.head.rate_Hz;
  foreign.channels = {Quantity::energy_J};
  foreign.supply_V = options.supply_V ? options.supply_V : facts.log.supply_V;
  foreign.metadata = metadata_of(facts);
  foreign.remarks = facts.remarks;
  return foreign;
}

}  // namespace

Result<EnergyTraceHead> parse_energy_head(std::span<const std::byte> head, std::uint64_t bytes) {
  constexpr std::byte kMagic{0xF1};
  constexpr double kLowest_Hz = 1e-3, kHighest_Hz = 1e9;
  if (head.empty() || head[0] != kMagic)
    return fail(Trouble::malformed, "This is no energy trace of EnergyRunner: its first byte is not F1.");
  if (head.size() < kEnergyTraceHeadBytes || bytes < kEnergyTraceHeadBytes + 4)
    return fail(Trouble::malformed, "The energy trace holds no sample: the file was cut off.");
  const double rate_Hz = static_cast<double>(little_endian_float(&head[1]));
  if (!(rate_Hz >= kLowest_Hz && rate_Hz <= kHighest_Hz))
    return fail(Trouble::malformed, "The energy trace states " + std::to_string(rate_Hz) + " samples a second, which is no rate.");
  if ((bytes - kEnergyTraceHeadBytes) % 4 != 0)
    return fail(Trouble::malformed, "The energy trace ends within a sample: the file was cut off; copy it again.");
  return EnergyTraceHead{rate_Hz, (bytes - kEnergyTraceHeadBytes) / 4};
}

std::vector<std::uint64_t> ordinals_of(const std::vector<double>& edges_s, double rate_Hz, std::uint64_t samples) {
  std::vector<std::uint64_t> ordinals;
  const double step_s = 1 / rate_Hz;
  double t_s = 0;
  std::uint64_t i = 0;
  for (const double edge_s : edges_s) {
    for (; i <= samples && t_s < edge_s; ++i) t_s += step_s;
    ordinals.push_back(i);
  }
  return ordinals;
}

Result<void> read_energyrunner(EnergyRunnerSession& session, const ImportOptions& options, ForeignSink& sink) {
  const auto facts = facts_of(session, options);
  if (!facts) return Failure(facts.error());
  if (auto begun = sink.begin(foreign_facts(session, *facts, options)); !begun) return begun;
  for (const SessionWindow& window : facts->windows)
    if (auto cut = sink.window({window.start, window.end, window.inferences, WindowLabel::infer}); !cut) return cut;
  return for_each_piece(*session.trace, facts->head, [&](std::uint64_t, std::vector<double> joules) {
    ForeignBlock block;
    block.channels.push_back(std::move(joules));
    return sink.samples(block);
  });
}

}  // namespace jr
