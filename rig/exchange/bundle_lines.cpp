// What is read line by line: attempts, windows, words, runs of ranges and lines, anchors, gaps.
// Never holds more than the line in hand.
#include <array>
#include <charconv>

#include "rig/exchange/bundle_documents.hpp"
#include "rig/exchange/bundle_json.hpp"

namespace jr::bundle {
namespace {

json moments_of_window(const Moments& moments) {
  json ranges = json::array();
  for (const RangeMoments& range : moments.ranges) ranges.push_back({range.n, range.sum, range.sum_of_squares});
  return {{"ranges", std::move(ranges)}, {"illegal", moments.illegal}, {"switches", moments.switches}, {"lost", moments.lost}};
}

Moments moments_in(const json& object) {
  constexpr std::uint64_t kAny = std::numeric_limits<std::uint64_t>::max();
  const json& ranges = array_at(object, "ranges");
  if (ranges.size() != kMaxRanges) throw Unfit("its moments have another number of ranges");
  Moments moments;
  for (std::size_t r = 0; r < kMaxRanges; ++r) {
    if (!ranges[r].is_array() || ranges[r].size() != 3) throw Unfit("its moments are not three to a range");
    moments.ranges[r] = {count_in(ranges[r][0], "moments", kAny), count_in(ranges[r][1], "moments", kAny),
                         count_in(ranges[r][2], "moments", kAny)};
  }
  moments.illegal = count_at(object, "illegal");
  moments.switches = count_at(object, "switches");
  moments.lost = count_at(object, "lost");
  return moments;
}

/// `N` fields of a line between commas, nothing beside them.
template <std::size_t N>
Result<std::array<std::string_view, N>> fields_of(std::string_view line) {
  std::array<std::string_view, N> fields;
  for (std::size_t i = 0; i < N; ++i) {
    const std::size_t comma = line.find(',');
    if ((comma == std::string_view::npos) != (i == N - 1)) return fail(Trouble::malformed, "it has another number of columns");
    fields[i] = line.substr(0, comma);
    line.remove_prefix(comma == std::string_view::npos ? line.size() : comma + 1);
  }
  return fields;
}

template <class Number>
bool number_from(std::string_view text, Number& into) {
  const auto [end, trouble] = std::from_chars(text.data(), text.data() + text.size(), into);
  return trouble == std::errc() && end == text.data() + text.size() && !text.empty();
}

/// A place or a length: what the record can hold.
bool count_from(std::string_view text, std::uint64_t& into) { return number_from(text, into) && into <= kLargestCount; }

Failure no_numbers() { return fail(Trouble::malformed, "it holds something else than the numbers of its heading"); }

}  // namespace

std::string attempt_line(const AttemptRow& row) {
  return json{{"group", row.group}, {"attempt", row.attempt}, {"stream", row.stream}, {"started_ms", row.started_ms},
              {"valid", row.valid}, {"reason", as_text(row.reason)}, {"mended", as_text(row.mended)}}.dump();
}

Result<AttemptRow> attempt_from(const std::string& line) {
  return parsed(line, [](const json& one) {
    return AttemptRow{int_at(one, "group"), int_at(one, "attempt"), int_at(one, "stream"), integer_at(one, "started_ms"),
                      flag_at(one, "valid"), text_at(one, "reason"), text_at(one, "mended")};
  });
}

std::string window_line(const WindowRow& row) {
  const Window& window = row.window;
  return json{{"stream", row.stream}, {"group", row.group}, {"attempt", row.attempt}, {"label", name_of(window.label)},
              {"found_by", name_of(window.found_by)}, {"start", window.start}, {"end", window.end},
              {"events", window.events}, {"edge_u_samples", as_number(window.edge_u_samples)},
              {"moments", moments_of_window(row.moments)}, {"lost_limit", row.lost_limit}, {"valid", row.valid},
              {"reason", as_text(row.reason)}}.dump();
}

Result<WindowRow> window_from(const std::string& line) {
  return parsed(line, [](const json& one) {
    WindowRow row;
    row.stream = int_at(one, "stream");
    row.group = int_at(one, "group");
    row.attempt = int_at(one, "attempt");
    row.window = {window_label_named(text_at(one, "label")), found_by_named(text_at(one, "found_by")),
                  count_at(one, "start"), count_at(one, "end"), count_at(one, "events"), number_at(one, "edge_u_samples")};
    if (row.window.start > row.window.end) throw Unfit("a window ends before it begins");
    row.moments = moments_in(field(one, "moments"));
    row.lost_limit = count_at(one, "lost_limit");
    row.valid = flag_at(one, "valid");
    row.reason = text_at(one, "reason");
    return row;
  });
}

std::string conversation_line(const ConversationRow& row) {
  return json{{"sample", row.ordinal}, {"host_ns", row.host_ns}, {"sent", row.sent}, {"text", as_text(row.text)}}.dump();
}

Result<ConversationRow> conversation_from(const std::string& line) {
  return parsed(line, [](const json& one) {
    return ConversationRow{count_at(one, "sample"), integer_at(one, "host_ns"), flag_at(one, "sent"), text_at(one, "text")};
  });
}

std::string line_of(const ValueRun& run) {
  return std::to_string(run.first) + "," + std::to_string(run.samples) + "," + std::to_string(run.value) + "\n";
}

Result<ValueRun> value_run_from(std::string_view line) {
  const auto fields = fields_of<3>(line);
  if (!fields) return Failure(fields.error());
  ValueRun run;
  if (!count_from((*fields)[0], run.first) || !count_from((*fields)[1], run.samples) || !number_from((*fields)[2], run.value))
    return no_numbers();
  return run;
}

std::string line_of(const HostAnchor& anchor) {
  return std::to_string(anchor.ordinal) + "," + std::to_string(anchor.host_ns) + "\n";
}

Result<HostAnchor> anchor_from(std::string_view line) {
  const auto fields = fields_of<2>(line);
  if (!fields) return Failure(fields.error());
  HostAnchor anchor;
  if (!count_from((*fields)[0], anchor.ordinal) || !number_from((*fields)[1], anchor.host_ns)) return no_numbers();
  return anchor;
}

std::string line_of(const Gap& gap) {
  return std::to_string(gap.ordinal) + "," + std::to_string(gap.length) + "," + std::to_string(gap.length_limit) + "," +
         std::to_string(gap.place_limit) + "," + name_of(gap.cause) + "\n";
}

Result<Gap> gap_from(std::string_view line) {
  const auto fields = fields_of<5>(line);
  if (!fields) return Failure(fields.error());
  Gap gap;
  if (!count_from((*fields)[0], gap.ordinal) || !count_from((*fields)[1], gap.length) ||
      !count_from((*fields)[2], gap.length_limit) || !count_from((*fields)[3], gap.place_limit))
    return no_numbers();
  try {
    gap.cause = gap_cause_named(std::string((*fields)[4]));
  } catch (const std::invalid_argument& unknown) {
    return fail(Trouble::malformed, unknown.what());
  }
  return gap;
}

}  // namespace jr::bundle
