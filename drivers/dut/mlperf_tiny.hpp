// The MLPerf Tiny link with its knobs, for benches and tests that need other than the default ones.
// Never needed by a run that is content with open_dut().
#pragma once

#include "drivers/dut/conversation.hpp"

namespace jr {

struct MlperfTinyOptions {
  /// Input bytes of one `db` command. 30 make 63 characters and the delimiter: what fits a 64-byte
  /// receive buffer, and what EnergyRunner promises never to exceed. 38 is the most the reference
  /// firmware's 80-byte command buffer takes.
  int bytes_per_db{30};
  /// For the commands that have no limit of their own: name, profile, db, results.
  std::chrono::milliseconds command{5000};
  bool verify_load{};  ///< reads the input back with `db print` and compares
  ConversationLimits limits;
};

std::unique_ptr<Dut> mlperf_tiny_on(SerialPort port, int baud, DutLog log,
                                    const MlperfTinyOptions& options);

}  // namespace jr
