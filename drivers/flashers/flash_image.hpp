// Is this file a whole firmware image, and where does it lie? Looked at before a flash tool erases anything.
// Never decodes more than it needs to tell a whole image from a broken one.
#pragma once

#include <cstdint>
#include <filesystem>
#include <string>
#include <string_view>

#include "rig/core/result.hpp"

namespace jr {

enum class ImageFormat { intel_hex, elf, uf2, raw };

const char* name_of(ImageFormat format);  ///< "ihex", "elf", "uf2", "bin": the words of a template

/// The format of a whole image, told by its contents. Errors: not_found, permission; malformed for
/// an empty, truncated or damaged image (says where and what to do).
Result<ImageFormat> check_image(const std::filesystem::path& image);

/// The same for bytes at hand; `name` is for the messages.
Result<ImageFormat> check_image_bytes(std::string_view bytes, const std::string& name);

/// Addresses that an image programs: [begin, end). A raw binary has none of its own and begins at 0.
struct ImageExtent {
  std::uint64_t begin{}, end{};
};

/// Errors: those of check_image().
Result<ImageExtent> extent_of_image(const std::filesystem::path& image);
Result<ImageExtent> extent_of_image_bytes(std::string_view bytes, const std::string& name);

/// Bytes of flash that an image needs, counted from where the flash begins: at 0 (AVR, nRF), or at a
/// multiple of 16 MiB (0x08000000 of an STM32, 0x10000000 of an RP2040).
std::uint64_t flash_needed(const ImageExtent& extent);

}  // namespace jr
