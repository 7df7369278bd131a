// The tables of importers, filled before main() by each reader's own file.
// Never lists a format by name.
#include <algorithm>
#include <cstring>

#include "rig/exchange/run_importer.hpp"
#include "rig/exchange/trace.hpp"

namespace jr {
namespace {

/// In a function, so that it exists before the first registration whatever the order of linking.
template <class T>
std::vector<T>& table() {
  static std::vector<T> known;
  return known;
}

template <class T>
void insert(const T& importer) {
  const auto place = std::upper_bound(table<T>().begin(), table<T>().end(), importer,
                                      [](const T& a, const T& b) { return std::strcmp(a.format, b.format) < 0; });
  table<T>().insert(place, importer);
}

}  // namespace

ImporterRegistration::ImporterRegistration(const Importer& importer) { insert(importer); }
RunImporterRegistration::RunImporterRegistration(const RunImporter& importer) { insert(importer); }

const std::vector<Importer>& importers() { return table<Importer>(); }
const std::vector<RunImporter>& run_importers() { return table<RunImporter>(); }

}  // namespace jr
