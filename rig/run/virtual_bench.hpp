// The virtual bench of a bench file: joulerig-sim as a child that lives and dies with the run.
// Never tells the measuring path anything but its ports; the truth is asked for after the verdict.
#pragma once

#include <filesystem>
#include <string>
#include <vector>

#include "drivers/transport/child.hpp"
#include "rig/core/result.hpp"

namespace jr {

/// What a test may ask of the world beyond its bench file; empty for a user's run.
using WorldOptions = std::vector<std::string>;

class VirtualBench {
 public:
  static Result<VirtualBench> start(const std::filesystem::path& bench_file,
                                    const WorldOptions& options);

  bool alive() const { return child_.alive(); }
  const std::string& monitor_port() const { return monitor_port_; }
  const std::string& link_port() const { return link_port_; }
  Result<std::string> ledger();   ///< the truth, as JSON; only after the verdict
  /// `reference AMPERES`, `open` (0 A) or `off` (the board is back) of its control line. Returns the answer
  /// as JSON. Errors: refused (the world's own sentence), malformed.
  Result<std::string> reference(const std::string& what);
  /// The host was too slow for the world while one of the streams after the first `before` was running:
  /// no joule of them may be trusted. What was too slow; empty: nothing.
  Result<std::string> overrun_after(int before);

 private:
  explicit VirtualBench(TalkingChild child) : child_(std::move(child)) {}
  Result<std::string> ask(const std::string& command);

  TalkingChild child_;
  std::string monitor_port_, link_port_;
};

}  // namespace jr
