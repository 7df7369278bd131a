// Is this file a whole firmware image? Looked at before a flash tool erases anything.
// Never decodes more than it needs to tell a whole image from a broken one.
#pragma once

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

}  // namespace jr
