// Codes, ranges and lines lie in three entries; here they come together again, a chunk at a time.
#include "rig/exchange/bundle_samples.hpp"

#include <algorithm>
#include <bit>
#include <cstring>

namespace jr::bundle {
namespace {

static_assert(std::endian::native == std::endian::little, "codes.u16 and values.f64 are little-endian");

constexpr std::uint64_t kPieceSamples = 1 << 16;
constexpr std::size_t kAnchorBatch = 4096;

/// Runs of equal values, unrolled as they are asked for.
class Unrolled {
 public:
  static Result<Unrolled> open(const Contents& contents, const std::string& name) {
    auto reader = contents.open(name);
    if (!reader) return Failure(reader.error());
    Unrolled opened(contents, name, std::move(*reader));
    std::string heading;
    const auto more = opened.lines_.next(heading);
    if (!more) return Failure(more.error());
    if (!*more || heading != kRunsHeading) return contents.senseless(name, std::string("its heading is not '") + kRunsHeading + "'");
    return opened;
  }

  /// The next `n` values. False: there is not a single run, as in a stream without lines.
  Result<bool> take(std::size_t n, std::vector<std::uint8_t>& into) {
    into.clear();
    while (into.size() < n) {
      if (!run_.samples) {
        const auto more = next_run();
        if (!more) return Failure(more.error());
        if (!*more && !at_ && into.empty()) return false;
        if (!*more) return contents_->senseless(name_, "it ends before the samples do");
      }
      const auto length = std::min<std::uint64_t>(n - into.size(), run_.samples);
      into.insert(into.end(), length, run_.value);
      run_.samples -= length;
    }
    at_ += n;
    return true;
  }
  Result<void> must_be_over() {
    const auto more = run_.samples ? Result<bool>(true) : next_run();
    if (!more) return Failure(more.error());
    if (*more) return contents_->senseless(name_, "it goes on behind the last sample");
    return {};
  }

 private:
  Unrolled(const Contents& contents, std::string name, EntryReader reader)
      : contents_(&contents), name_(std::move(name)), lines_(std::move(reader)) {}

  Result<bool> next_run() {
    std::string line;
    const auto more = lines_.next(line);
    if (!more || !*more) return more;
    const auto run = value_run_from(line);
    if (!run) return contents_->senseless(name_, run.error(), lines_.number());
    if (run->first != expected_ || !run->samples)
      return contents_->senseless(name_, "a run does not begin where the one before ended", lines_.number());
    expected_ += run->samples;
    run_ = *run;
    return true;
  }

  const Contents* contents_;
  std::string name_;
  LineReader lines_;
  ValueRun run_;
  std::uint64_t at_{}, expected_{};
};

/// What becomes of the pieces.
struct Takers {
  std::function<Result<void>(const Stretch&)> codes;
  std::function<Result<void>(const ValueStretch&)> values;
  std::function<Result<void>(const std::vector<HostAnchor>&)> anchors;
};

Result<void> read_codes(int stream, const Contents& contents, const Takers& takers) {
  const std::string folder = contents.folder(stream);
  auto codes = contents.open(folder + "codes.u16");
  if (!codes) return Failure(codes.error());
  auto ranges = Unrolled::open(contents, folder + "ranges.csv");
  if (!ranges) return Failure(ranges.error());
  auto lines = Unrolled::open(contents, folder + "lines.csv");
  if (!lines) return Failure(lines.error());
  const std::uint64_t samples = contents.streams[static_cast<std::size_t>(stream)].samples;
  for (Stretch piece; piece.first_ordinal < samples; piece.first_ordinal += piece.codes.size()) {
    const auto n = static_cast<std::size_t>(std::min(kPieceSamples, samples - piece.first_ordinal));
    piece.codes.resize(n);
    const auto got = codes->read(std::as_writable_bytes(std::span(piece.codes)));
    if (!got) return Failure(got.error());
    if (*got != 2 * n) return contents.senseless(codes->name(), "it ends before its stream does");
    const auto ranged = ranges->take(n, piece.ranges);
    if (!ranged) return Failure(ranged.error());
    if (!*ranged) return contents.senseless(folder + "ranges.csv", "it ends before the samples do");
    if (const auto lined = lines->take(n, piece.lines); !lined) return Failure(lined.error());
    if (auto kept = takers.codes(piece); !kept) return kept;
  }
  std::byte more{};
  const auto rest = codes->read(std::span(&more, 1));
  if (!rest) return Failure(rest.error());
  if (*rest) return contents.senseless(codes->name(), "it goes on behind the last sample");
  if (auto over = ranges->must_be_over(); !over) return over;
  return lines->must_be_over();
}

Result<void> read_values(int stream, const Contents& contents, const Takers& takers) {
  const std::string folder = contents.folder(stream);
  const StreamDocument& document = contents.streams[static_cast<std::size_t>(stream)];
  auto values = contents.open(folder + "values.f64");
  if (!values) return Failure(values.error());
  auto lines = Unrolled::open(contents, folder + "lines.csv");
  if (!lines) return Failure(lines.error());
  const std::size_t channels = document.facts.channels.size();
  std::vector<double> interleaved;
  for (std::uint64_t at = 0; at < document.samples;) {
    const auto n = static_cast<std::size_t>(std::min(kPieceSamples, document.samples - at));
    interleaved.resize(n * channels);
    const auto got = values->read(std::as_writable_bytes(std::span(interleaved)));
    if (!got) return Failure(got.error());
    if (*got != n * channels * sizeof(double)) return contents.senseless(values->name(), "it ends before its stream does");
    ValueStretch piece{at, std::vector<std::vector<double>>(channels, std::vector<double>(n)), {}};
    for (std::size_t i = 0; i < n; ++i)
      for (std::size_t c = 0; c < channels; ++c) piece.channels[c][i] = interleaved[i * channels + c];
    if (const auto taken = lines->take(n, piece.lines); !taken) return Failure(taken.error());
    if (auto kept = takers.values(piece); !kept) return kept;
    at += n;
  }
  std::byte more{};
  const auto rest = values->read(std::span(&more, 1));
  if (!rest) return Failure(rest.error());
  if (*rest) return contents.senseless(values->name(), "it goes on behind the last sample");
  return lines->must_be_over();
}

Result<void> read_anchors(int stream, const Contents& contents, const Takers& takers) {
  std::vector<HostAnchor> batch;
  auto read = contents.each_csv_line(contents.folder(stream) + "anchors.csv", kAnchorsHeading, [&](const std::string& line) -> Result<void> {
    const auto anchor = anchor_from(line);
    if (!anchor) return Failure(anchor.error());
    batch.push_back(*anchor);
    if (batch.size() < kAnchorBatch) return {};
    return takers.anchors(std::exchange(batch, {}));
  });
  if (!read) return read;
  return takers.anchors(batch);
}

Result<void> read_samples(int stream, const Contents& contents, const Takers& takers) {
  const StreamDocument& document = contents.streams[static_cast<std::size_t>(stream)];
  if (document.dropped) return {};
  if (auto read = read_anchors(stream, contents, takers); !read) return read;
  return document.facts.channels.empty() ? read_codes(stream, contents, takers) : read_values(stream, contents, takers);
}

}  // namespace

Result<void> take_in_samples(Store& store, const std::string& run, int stream, const Contents& contents) {
  return read_samples(stream, contents,
                      {[&](const Stretch& piece) { return store.append(run, stream, piece, {}); },
                       [&](const ValueStretch& piece) { return store.append_values(run, stream, piece); },
                       [&](const std::vector<HostAnchor>& anchors) { return store.restore_anchors(run, stream, anchors); }});
}

Result<void> samples_fit(int stream, const Contents& contents) {
  const auto fine = [](const auto&) -> Result<void> { return {}; };
  return read_samples(stream, contents, {fine, fine, fine});
}

}  // namespace jr::bundle
