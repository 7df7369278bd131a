// Pixels into a PNG file by libpng. Its errors come back as a sentence.
#include <png.h>

#include <cstring>

#include "rig/report/raster.hpp"

namespace jr {
namespace {

/// libpng leaves by longjmp; what it says is kept first. Nothing with a destructor lives between.
struct Encoder {
  std::string file, trouble;
};

extern "C" void keep_trouble(png_structp png, png_const_charp words) {
  static_cast<Encoder*>(png_get_error_ptr(png))->trouble = words;
  png_longjmp(png, 1);
}

extern "C" void no_warning(png_structp, png_const_charp) {}

extern "C" void keep_bytes(png_structp png, png_bytep bytes, size_t n) {
  static_cast<Encoder*>(png_get_io_ptr(png))->file.append(reinterpret_cast<const char*>(bytes), n);
}

extern "C" void flush_nothing(png_structp) {}

/// False: `encoder.trouble` says why.
bool encode(Encoder& encoder, png_structp png, png_infop about, const Raster& raster, char* title) {
  if (setjmp(png_jmpbuf(png))) return false;
  png_set_write_fn(png, &encoder, keep_bytes, flush_nothing);
  png_set_IHDR(png, about, static_cast<png_uint_32>(raster.columns()), static_cast<png_uint_32>(raster.rows()), 8,
               PNG_COLOR_TYPE_RGB, PNG_INTERLACE_NONE, PNG_COMPRESSION_TYPE_DEFAULT, PNG_FILTER_TYPE_DEFAULT);
  char key[] = "Title";
  png_text text{};
  text.compression = PNG_ITXT_COMPRESSION_NONE;
  text.key = key;
  text.text = title;
  text.itxt_length = std::strlen(title);
  png_set_text(png, about, &text, 1);
  png_write_info(png, about);
  for (std::size_t row = 0; row < raster.rows(); ++row) png_write_row(png, raster.at(0, row));
  png_write_end(png, about);
  return true;
}

}  // namespace

Result<std::string> Raster::png(const std::string& title) const {
  Encoder encoder;
  std::string words = title;
  png_structp png = png_create_write_struct(PNG_LIBPNG_VER_STRING, &encoder, keep_trouble, no_warning);
  png_infop about = png ? png_create_info_struct(png) : nullptr;
  const bool done = about && encode(encoder, png, about, *this, words.data());
  png_destroy_write_struct(&png, &about);
  if (done) return std::move(encoder.file);
  return fail(Trouble::storage, "The picture could not be encoded as PNG (" +
                                    (encoder.trouble.empty() ? std::string("no memory") : encoder.trouble) + "); try .svg.");
}

}  // namespace jr
