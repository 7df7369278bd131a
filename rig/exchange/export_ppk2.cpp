// A run as a .ppk2 that Nordic's Power Profiler app opens: session.raw, metadata.json and its picture, minimap.raw.
// Never writes a rate that the app does not offer: it would show another time.
#include <zip.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <cstring>
#include <limits>
#include <memory>
#include <nlohmann/json.hpp>

#include "rig/exchange/byte_order.hpp"
#include "rig/exchange/export.hpp"
#include "rig/exchange/output_file.hpp"
#include "rig/exchange/ppk2_minimap.hpp"
#include "rig/exchange/ppk2_word.hpp"
#include "rig/exchange/ppk2_zip.hpp"

namespace jr {
namespace {

using ppk2::kFrameBytes;

constexpr std::array kRates_Hz{1, 10, 100, 1'000, 10'000, 100'000};
constexpr int kZipPacking = 6;                      // as the app's own
constexpr std::uint64_t kMostAtOnce = 65'536;  // frames of a gap

/// session.raw as libzip asks for it: a gap becomes frames without a value, for the format has no other way.
class Frames {
 public:
  explicit Frames(StoredTrace view) : view_(std::move(view)) {}

  /// Fills whole bytes of frames; 0 at the end. After an error `trouble` says what it was.
  std::ptrdiff_t read(std::span<std::byte> into) {
    std::size_t filled = 0;
    while (filled < into.size()) {
      if (at_ == bytes_.size() && !refill()) break;
      const std::size_t n = std::min(into.size() - filled, bytes_.size() - at_);
      std::memcpy(into.data() + filled, bytes_.data() + at_, n);
      filled += n, at_ += n;
    }
    return trouble ? -1 : static_cast<std::ptrdiff_t>(filled);
  }
  std::string minimap() const { return minimap_.json(); }
  std::uint64_t samples() const { return samples_; }
  /// What read() will give in all.
  std::uint64_t bytes() const {
    std::uint64_t frames = view_.facts().rows();
    for (const ViewedGap& gap : view_.facts().gaps) frames += gap.stored.length;
    return frames * kFrameBytes;
  }
  bool done() const { return samples_ * kFrameBytes == bytes(); }

  std::optional<Error> trouble;

 private:
  bool refill() {
    bytes_.clear(), at_ = 0;
    if (missing_ > 0) return fill_gap();
    if (piece_) return take_piece();
    auto piece = view_.next();
    if (!piece) trouble = piece.error();
    if (!piece || !*piece) return false;
    piece_ = std::move(**piece);
    missing_ = piece_->missing_before;
    return missing_ > 0 ? fill_gap() : take_piece();
  }
  bool fill_gap() {
    const auto n = static_cast<std::size_t>(std::min(missing_, kMostAtOnce));
    bytes_.resize(n * kFrameBytes);
    for (std::size_t k = 0; k < n; ++k) put(k, std::numeric_limits<float>::quiet_NaN(), ppk2::word_of(0));
    missing_ -= n;
    return true;
  }
  bool take_piece() {
    const auto& current_A = piece_->channels.front();
    bytes_.resize(current_A.size() * kFrameBytes);
    for (std::size_t k = 0; k < current_A.size(); ++k) put(k, static_cast<float>(current_A[k] * 1e6), ppk2::word_of(piece_->lines[k]));
    piece_.reset();
    return true;
  }
  void put(std::size_t frame, float microampere, std::uint16_t word) {
    put_little_endian(bytes_.data() + frame * kFrameBytes, microampere);
    put_big_endian_16(bytes_.data() + frame * kFrameBytes + 4, word);
    minimap_.add(microampere, static_cast<double>(samples_++) * view_.facts().period_s * 1e6);
  }

  StoredTrace view_;
  std::optional<ViewPiece> piece_;
  std::uint64_t missing_{}, samples_{};
  std::vector<std::byte> bytes_;
  std::size_t at_{};
  Minimap minimap_;
};

/// A member whose bytes are made while libzip writes it. The text of the minimap is there only when all frames have
/// been read, which is when libzip comes to it. A size that is known beforehand keeps the archive free of zip64.
struct Member {
  Frames* frames{};
  bool is_minimap{};
  std::string text;
  std::size_t at{};
  zip_error_t error;

  zip_int64_t call(void* into, zip_uint64_t length, zip_source_cmd_t command) {
    switch (command) {
      case ZIP_SOURCE_OPEN: prepare(), at = 0; return 0;
      case ZIP_SOURCE_READ: return read(std::span(static_cast<std::byte*>(into), length));
      case ZIP_SOURCE_CLOSE:
      case ZIP_SOURCE_FREE: return 0;
      case ZIP_SOURCE_STAT: return stat(*static_cast<zip_stat_t*>(into));
      case ZIP_SOURCE_ERROR: return zip_error_to_data(&error, into, length);
      case ZIP_SOURCE_SUPPORTS:
        return zip_source_make_command_bitmap(ZIP_SOURCE_OPEN, ZIP_SOURCE_READ, ZIP_SOURCE_CLOSE, ZIP_SOURCE_STAT, ZIP_SOURCE_ERROR,
                                              ZIP_SOURCE_FREE, -1);
      default: zip_error_set(&error, ZIP_ER_OPNOTSUPP, 0); return -1;
    }
  }

 private:
  void prepare() {
    if (is_minimap && text.empty() && frames->done()) text = frames->minimap();
  }
  zip_int64_t stat(zip_stat_t& status) {
    zip_stat_init(&status);
    prepare();
    if (is_minimap && text.empty()) return sizeof status;
    status.size = is_minimap ? text.size() : frames->bytes();
    status.valid = ZIP_STAT_SIZE;
    return sizeof status;
  }
  zip_int64_t read(std::span<std::byte> into) {
    if (!is_minimap) {
      const auto n = frames->read(into);
      if (n < 0) zip_error_set(&error, ZIP_ER_READ, 0);
      return n;
    }
    const std::size_t n = std::min(into.size(), text.size() - at);
    std::memcpy(into.data(), text.data() + at, n);
    at += n;
    return static_cast<zip_int64_t>(n);
  }
};

zip_int64_t member_callback(void* self, void* into, zip_uint64_t length, zip_source_cmd_t command) {
  return static_cast<Member*>(self)->call(into, length, command);
}

bool add_member(zip_t* archive, const char* name, Member& member) {
  zip_error_init(&member.error);
  zip_source_t* source = zip_source_function(archive, member_callback, &member);
  if (!source) return false;
  const auto index = zip_file_add(archive, name, source, ZIP_FL_OVERWRITE | ZIP_FL_ENC_UTF_8);
  if (index < 0) zip_source_free(source);
  return index >= 0 && zip_set_file_compression(archive, static_cast<zip_uint64_t>(index), ZIP_CM_DEFLATE, kZipPacking) == 0;
}

bool add_text(zip_t* archive, const char* name, const std::string& text) {
  zip_source_t* source = zip_source_buffer(archive, text.data(), text.size(), 0);
  if (!source) return false;
  const auto index = zip_file_add(archive, name, source, ZIP_FL_OVERWRITE | ZIP_FL_ENC_UTF_8);
  if (index < 0) zip_source_free(source);
  return index >= 0;
}

/// The system's reason when libzip has one.
Failure zip_trouble(zip_error_t* error, const std::filesystem::path& path) {
  return cannot_write(path, zip_error_system_type(error) == ZIP_ET_SYS ? zip_error_code_system(error) : 0);
}

std::string metadata(const ViewFacts& facts, int rate_Hz) {
  nlohmann::ordered_json inner{{"samplesPerSecond", rate_Hz}};
  if (facts.run.facts.started_ms) inner["startSystemTime"] = facts.run.facts.started_ms + std::llround(1e3 * facts.time_s(facts.first_index));
  nlohmann::ordered_json ours;
  for (const auto& [key, value] : provenance(facts)) ours[key] = value;
  return nlohmann::ordered_json{{"metadata", inner}, {"formatVersion", 2}, {"joulerig", ours}}.dump(-1, ' ', false,
                                                                                                 nlohmann::ordered_json::error_handler_t::replace);
}

Result<int> rate_of(const ViewFacts& facts) {
  const double rate = 1 / facts.period_s;
  for (const int offered : kRates_Hz)
    if (std::abs(rate / offered - 1) < 1e-9) return offered;
  char words[32];
  std::snprintf(words, sizeof words, "%.6g", rate);
  return fail(Trouble::usage, "Run " + facts.run.id + " has " + words + " samples a second, and Nordic's app opens only 1, 10, 100, 1000, 10000 or 100000: "
                              "export it as csv or hdf5.");
}

Result<Exported> write_ppk2(const Store& store, const ViewRequest& request, const std::filesystem::path& path) {
  auto view = StoredTrace::open(store, request);
  if (!view) return Failure(view.error());
  const ViewFacts facts = view->facts();
  if (facts.channels.front() != Quantity::current_A)
    return fail(Trouble::usage, "Run " + facts.run.id + " holds no current, and a .ppk2 file holds nothing else: export it as csv or hdf5.");
  const auto rate = rate_of(facts);
  if (!rate) return Failure(rate.error());
  const std::string about = metadata(facts, *rate);
  Frames frames(std::move(*view));
  Member session, minimap;
  session.frames = minimap.frames = &frames;
  minimap.is_minimap = true;
  int code = 0;
  std::unique_ptr<zip_t, ZipCloser> archive(zip_open(path.c_str(), ZIP_CREATE | ZIP_EXCL, &code));
  if (!archive) return cannot_write(path, errno);
  if (!add_member(archive.get(), "session.raw", session) || !add_text(archive.get(), "metadata.json", about) || !add_member(archive.get(), "minimap.raw", minimap))
    return zip_trouble(zip_get_error(archive.get()), path);
  if (zip_close(archive.get()) != 0) {
    if (frames.trouble) return Failure(*frames.trouble);
    return zip_trouble(zip_get_error(archive.get()), path);
  }
  (void)archive.release();
  Exported exported{facts.rows(), 0, {}};
  if (facts.channels.size() > 1) exported.remarks.push_back("A .ppk2 file has no voltage: only the current was written.");
  if (frames.samples() > facts.rows())
    exported.remarks.push_back(std::to_string(frames.samples() - facts.rows()) + " missing samples are frames without a value, for a .ppk2 file has no gaps.");
  return exported;
}

const ExporterRegistration kPpk2Exporter({"ppk2", ".ppk2", "for Nordic's Power Profiler app (current and lines)", write_ppk2});

}  // namespace
}  // namespace jr
