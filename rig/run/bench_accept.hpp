// The guided first run on a bench: each claim of its file is put to the test, and a report says
// what held. Never computes a result of an inference for anyone to use; leaves the board without
// power.
#pragma once

#include <atomic>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "drivers/dut/dut.hpp"
#include "drivers/monitors/monitor.hpp"
#include "rig/run/bench.hpp"
#include "rig/run/claim.hpp"
#include "rig/run/setup.hpp"

namespace jr {

/// The person at the bench, or nobody. Called on the acceptance's thread.
class BenchPerson {
 public:
  virtual ~BenchPerson() = default;
  virtual bool is_there() const = 0;
  /// `what` happens next; false: the person skips it. Nobody there: true at once.
  virtual bool agrees(const std::string& what) = 0;
  /// Asks for something to be done by hand; false when it was not done, or nobody is there.
  virtual bool does(const std::string& what) = 0;
  /// A question that only eyes can answer; nothing when nobody looks.
  virtual std::optional<bool> sees(const std::string& question) = 0;
  virtual void hears(const Claim& claim) = 0;  ///< a verdict, as it falls
};

struct AcceptRequest {
  Bench bench;
  bool quick{};                            ///< 2 s of stream instead of 10 s, shorter windows
  const std::atomic<bool>* interrupted{};  ///< polled while waiting; null: never
};

/// Vendor and product of a USB port, -1 when it is none.
struct UsbName {
  int vendor_id{-1}, product_id{-1};
};

struct AcceptReport {
  std::string tool_version, tool_commit, kernel;
  std::int64_t started_ms{};  ///< wall clock, since 1970
  std::int64_t started_ns{};  ///< host_now_ns() at the same moment; the conversation's zero
  Bench bench;
  bool quick{}, attended{}, interrupted{};
  MonitorIdentity monitor;
  std::string metadata_sha256, spec_card;
  UsbName monitor_usb, link_usb;
  DutProfile board;
  Firmware firmware;
  std::vector<Claim> claims;  ///< every claim of the catalogue that applies, in its order
  std::vector<DutLine> conversation;

  bool holds() const;  ///< not one claim is not ok
};

/// An error means that nothing was tested: Trouble::busy (names the holder) or usage. Every other
/// trouble is a claim that does not hold. The supply is off when it returns, if the monitor still
/// obeys; else `supply.off` says so.
Result<AcceptReport> accept_bench(const AcceptRequest& request, BenchPerson& person);

}  // namespace jr
