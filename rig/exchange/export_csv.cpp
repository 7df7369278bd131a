// A run as text in columns, plain or packed by zstd: comments with its provenance, then a header, then rows.
// Never rounds: currents of codes have nine digits, values all that they have.
#include <zstd.h>

#include <array>
#include <charconv>
#include <cmath>
#include <memory>

#include "rig/exchange/export.hpp"
#include "rig/exchange/output_file.hpp"

namespace jr {
namespace {

/// Where text goes; the last piece is told apart so that a packer can end its frame.
class Sink {
 public:
  virtual ~Sink() = default;
  virtual Result<void> take(std::string_view text, bool last) = 0;
};

class Plain : public Sink {
 public:
  explicit Plain(OutputFile& file) : file_(file) {}
  Result<void> take(std::string_view text, bool) override { return file_.write(text); }

 private:
  OutputFile& file_;
};

class Packed : public Sink {
 public:
  explicit Packed(OutputFile& file) : file_(file), packer_(ZSTD_createCCtx(), ZSTD_freeCCtx), packed_(ZSTD_CStreamOutSize()) {
    ZSTD_CCtx_setParameter(packer_.get(), ZSTD_c_compressionLevel, 3);
    ZSTD_CCtx_setParameter(packer_.get(), ZSTD_c_checksumFlag, 1);
  }
  Result<void> take(std::string_view text, bool last) override {
    ZSTD_inBuffer in{text.data(), text.size(), 0};
    for (bool more = true; more;) {
      ZSTD_outBuffer out{packed_.data(), packed_.size(), 0};
      const std::size_t left = ZSTD_compressStream2(packer_.get(), &out, &in, last ? ZSTD_e_end : ZSTD_e_continue);
      if (ZSTD_isError(left)) return fail(Trouble::storage, std::string("zstd could not pack the text: ") + ZSTD_getErrorName(left) + ".");
      if (auto written = file_.write(std::string_view(packed_.data(), out.pos)); !written) return written;
      more = last ? left != 0 : in.pos < in.size;
    }
    return {};
  }

 private:
  OutputFile& file_;
  std::unique_ptr<ZSTD_CCtx, std::size_t (*)(ZSTD_CCtx*)> packer_;
  std::vector<char> packed_;
};

void add(std::string& text, double value, int digits) {
  if (std::isnan(value)) {
    text += "nan";
    return;
  }
  std::array<char, 40> room;
  char* const end = room.data() + room.size();
  text.append(room.data(), digits ? std::to_chars(room.data(), end, value, std::chars_format::general, digits).ptr
                                  : std::to_chars(room.data(), end, value).ptr);
}

/// One comment a line, whatever the text holds.
void comment(std::string& text, const std::string& key, const std::string& value) {
  text += "# " + key + ": ";
  for (const char c : value) text += c == '\n' || c == '\r' ? ' ' : c;
  text += '\n';
}

std::string head(const ViewFacts& facts) {
  std::string text = "# JouleRig trace\n";
  for (const auto& [key, value] : provenance(facts)) comment(text, key, value);
  for (const ViewedGap& gap : facts.gaps)
    comment(text, "gap", std::to_string(gap.stored.length) + " +- " + std::to_string(gap.stored.length_limit) + " samples missing before row " + std::to_string(gap.row) +
                             " (" + name_of(gap.stored.cause) + ")");
  for (const ViewedWindow& window : facts.windows) {
    std::string place;
    add(place, window.start_s, 0), place += " s to ", add(place, window.end_s, 0);
    comment(text, "window", std::string(name_of(window.stored.window.label)) + ", " + place + " s, " + std::to_string(window.stored.window.events) +
                                " events" + (window.stored.valid ? "" : ", not valid"));
  }
  text += "time_s";
  for (const Quantity quantity : facts.channels) text += std::string(",") + name_of(quantity);
  return text + ",D0-D7\n";
}

void rows(std::string& text, const ViewFacts& facts, const ViewPiece& piece) {
  const int digits = facts.stream.channels.empty() ? 9 : 0;
  for (std::size_t i = 0; i < piece.size(); ++i) {
    add(text, facts.time_s(piece.index + i), 0);
    for (const auto& channel : piece.channels) text += ',', add(text, channel[i], digits);
    text += ',';
    for (unsigned k = 0; k < 8; ++k) text += piece.lines[i] >> k & 1 ? '1' : '0';
    text += '\n';
  }
}

template <class Kind>
Result<Exported> write(const Store& store, const ViewRequest& request, const std::filesystem::path& path) {
  auto view = StoredTrace::open(store, request);
  if (!view) return Failure(view.error());
  auto file = OutputFile::create(path);
  if (!file) return Failure(file.error());
  Kind sink(*file);
  std::string text = head(view->facts());
  while (true) {
    if (auto taken = sink.take(text, false); !taken) return Failure(taken.error());
    text.clear();
    const auto piece = view->next();
    if (!piece) return Failure(piece.error());
    if (!*piece) break;
    rows(text, view->facts(), **piece);
  }
  if (auto ended = sink.take("", true); !ended) return Failure(ended.error());
  if (auto closed = file->close(); !closed) return Failure(closed.error());
  return Exported{view->facts().rows(), 0, {}};
}

const ExporterRegistration kPlain({"csv", ".csv", "text in columns, with comments for provenance, gaps and windows", write<Plain>});
const ExporterRegistration kPacked({"csv.zst", ".csv.zst", "the same, packed by zstd", write<Packed>});

}  // namespace
}  // namespace jr
