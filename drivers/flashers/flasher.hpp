// Puts a firmware image onto a board with the tool its makers gave it, and proves that it is there.
// Never links a flash tool: a process with a time limit and a verified result.
#pragma once

#include <chrono>
#include <filesystem>
#include <memory>
#include <string>

#include "rig/core/result.hpp"

namespace jr {

struct FlashReport {
  std::string tool, tool_version;
  std::string command;      ///< the exact command line, for the record
  std::string log;          ///< what the tool printed, capped at 64 KiB
  double duration_s{};
  bool verified{};          ///< the tool read the image back and found it equal
};

class Flasher {
 public:
  virtual ~Flasher() = default;
  virtual Result<std::string> identify() = 0;                           ///< tool and version
  /// Whether this image could be programmed, as far as that can be told without the board: the image itself, its format,
  /// and the values of [flash] that the tool needs. Errors as of program().
  virtual Result<void> check(const std::filesystem::path& image) = 0;
  virtual Result<FlashReport> program(const std::filesystem::path& image) = 0;  ///< and verify
};

/// What `{port} {part} {serial} {programmer} {baud}` of a template become; `{image}` comes with
/// program(). The tool `none` is for a board that comes flashed: it does nothing and verifies nothing.
struct FlasherRequest {
  std::string tool, port, part, serial, programmer;
  int baud{115200};
  int touch_baud{};                    ///< open and close `port` at this speed first; 0: no touch
  std::chrono::milliseconds limit{0};  ///< 0: the template's own limit_s
};

/// A flasher from the template file `<tool>.toml` in the folder `templates`.
/// Errors: usage (unknown tool or template key, with file, line and the nearest known one; a value
/// that the template needs and the request lacks), not_found (the program is not installed; names
/// the package). program() errors: malformed (the image), not_found (the image or the port),
/// timeout, refused (the tool failed: one sentence that says what to do, and its last words).
Result<std::unique_ptr<Flasher>> open_flasher(const FlasherRequest& request,
                                              const std::filesystem::path& templates);

}  // namespace jr
