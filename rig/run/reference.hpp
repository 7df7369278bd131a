// What a calibration measures currents against: something that draws a current and says how much it
// was. Never trusts a set point: only what the reference itself reads counts.
#pragma once

#include <atomic>
#include <filesystem>
#include <iosfwd>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "calibration/calibration.hpp"
#include "rig/core/result.hpp"
#include "rig/core/units.hpp"
#include "rig/run/bench.hpp"
#include "rig/run/virtual_bench.hpp"

namespace jr {

/// One current as the reference reads it.
struct ReferenceReading {
  Ampere reading;
  double u_repeat_A{};  ///< standard, of this one reading
  std::string range;    ///< a name in identity().ranges
};

/// In the board's place on the monitor's output. Owned by one thread.
class CurrentReference {
 public:
  virtual ~CurrentReference() = default;
  /// Its ranges end with `open_range()`, which no current has but zero.
  virtual const Reference& identity() const = 0;
  /// Draws about `wanted` and reads it once it is steady. Errors: refused (beyond what it can
  /// draw), timeout, malformed, interrupted.
  virtual Result<ReferenceReading> apply(Ampere wanted) = 0;
  /// Draws nothing; the reading is 0 A in the range `open_range()`.
  virtual Result<ReferenceReading> open() = 0;
  /// The only currents it can draw, ascending; empty: any.
  virtual std::vector<double> currents_A() const { return {}; }
  /// More currents cost nobody's time: where the instrument switches ranges may be searched for.
  virtual bool is_tireless() const { return false; }
};

/// The pseudo-range of an open circuit: its current is zero but for a leak.
inline constexpr const char* kOpenRange = "open";

/// [reference] of a bench file or of a file of its own.
struct ReferenceFile {
  std::string kind;                                ///< "hand", "table", "resistors" or "virtual"
  Reference identity;                              ///< open range included
  std::vector<double> u_repeat_A;                  ///< one a range, standard; hand and table
  std::filesystem::path table;                     ///< nominal_A,reading_A,range a line
  std::vector<double> ohm, u_ohm;                  ///< resistors
  std::vector<std::string> command, open_command;  ///< {channel} and {nominal_A} are filled in
  double supply_V{}, u_supply_V{};                 ///< across a resistor; u standard

  double highest_A() const;  ///< of all its ranges
};

/// Reads [reference] from `file`, which may hold other sections. Errors: usage (file, key, what is
/// missing; a reference without certificate is none), not_found.
Result<ReferenceFile> load_reference(const std::filesystem::path& file);

/// What a reference needs beside its file.
struct ReferenceSurroundings {
  VirtualBench* world{};    ///< of kind "virtual"
  std::istream* answers{};  ///< a person's, line by line
  std::ostream* questions{};
  const std::atomic<bool>* interrupted{};  ///< null: never
};

/// Errors: usage (a virtual reference on a real bench), not_found or malformed (the table).
Result<std::unique_ptr<CurrentReference>> open_reference(const ReferenceFile& file,
                                                         const ReferenceSurroundings& surroundings);

/// Smallest range that reaches to `current_A`; null: none does.
const ReferenceRange* range_for(const Reference& reference, double current_A);

// One maker a kind, for open_reference.
std::unique_ptr<CurrentReference> reference_by_hand(const ReferenceFile& file,
                                                    const ReferenceSurroundings& with);
Result<std::unique_ptr<CurrentReference>> reference_by_table(const ReferenceFile& file,
                                                             const ReferenceSurroundings& with);
std::unique_ptr<CurrentReference> reference_by_resistors(const ReferenceFile& file);
std::unique_ptr<CurrentReference> virtual_reference(const ReferenceFile& file, VirtualBench& world);

}  // namespace jr
