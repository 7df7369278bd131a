// libFuzzer target: any bytes as a .ppk2 file; every second time as session.raw and metadata.json of a sound archive.
// Checks that a sink hears facts first and equal columns, and that a refusal is a sentence.
#include <zip.h>

#include "rig/exchange/ppk2_file.hpp"
#include "tests/fuzz/strict_sink.hpp"

namespace {

/// An archive around the bytes, or nothing when libzip does not want to.
std::vector<std::byte> archive_of(std::span<const std::byte> session, const char* metadata) {
  zip_error_t error;
  zip_error_init(&error);
  zip_source_t* whole = zip_source_buffer_create(nullptr, 0, 0, &error);
  zip_source_keep(whole);
  zip_t* archive = zip_open_from_source(whole, ZIP_TRUNCATE, &error);
  if (!archive) std::abort();
  zip_file_add(archive, "session.raw", zip_source_buffer(archive, session.data(), session.size(), 0), 0);
  zip_file_add(archive, "metadata.json", zip_source_buffer(archive, metadata, std::strlen(metadata), 0), 0);
  if (zip_close(archive) != 0) std::abort();
  zip_source_open(whole);
  zip_source_seek(whole, 0, SEEK_END);
  std::vector<std::byte> bytes(static_cast<std::size_t>(zip_source_tell(whole)));
  zip_source_seek(whole, 0, SEEK_SET);
  zip_source_read(whole, bytes.data(), bytes.size());
  zip_source_close(whole);
  zip_source_free(whole);
  return bytes;
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* input, std::size_t size) {
  const auto bytes = std::as_bytes(std::span(input, size));
  jr::fuzz::StrictSink plain;
  jr::fuzz::judge(jr::read_ppk2(bytes, {"fuzz.ppk2", "", size}, {}, plain), plain);
  const auto archive = archive_of(bytes, R"({"metadata":{"samplesPerSecond":100000},"formatVersion":2})");
  jr::fuzz::StrictSink within;
  jr::fuzz::judge(jr::read_ppk2(archive, {"fuzz.ppk2", "", size}, {}, within), within);
  if (size >= 6 && within.samples_ != size / 6) std::abort();
  return 0;
}
