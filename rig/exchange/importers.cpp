// The table of importers, filled before main() by each reader's own file.
// Never lists a format by name.
#include <algorithm>
#include <cstring>

#include "rig/exchange/trace.hpp"

namespace jr {
namespace {

/// In a function, so that it exists before the first registration whatever the order of linking.
std::vector<Importer>& table() {
  static std::vector<Importer> known;
  return known;
}

}  // namespace

ImporterRegistration::ImporterRegistration(const Importer& importer) {
  const auto place = std::upper_bound(table().begin(), table().end(), importer, [](const Importer& a, const Importer& b) {
    return std::strcmp(a.format, b.format) < 0;
  });
  table().insert(place, importer);
}

const std::vector<Importer>& importers() { return table(); }

}  // namespace jr
