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
  virtual Result<FlashReport> program(const std::filesystem::path& image) = 0;  ///< and verify
};

/// A flasher from a template file `<tool>.toml` found in `templates`; `{port} {image} {baud} {part}
/// {serial}` are filled in from `values`. Fails on an unknown tool (names the nearest one), on a
/// template key that is not known, or when the program is not installed (names the package).
struct FlasherRequest {
  std::string tool, port, part, serial;
  int baud{115200};
  std::chrono::milliseconds limit{60'000};
};
Result<std::unique_ptr<Flasher>> open_flasher(const FlasherRequest& request,
                                              const std::filesystem::path& templates);

}  // namespace jr
