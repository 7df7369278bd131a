// The table of monitor drivers, filled before main() by each driver's own file.
// Never lists a driver by name.
#include <string>
#include <vector>

#include "drivers/monitors/monitor.hpp"

namespace jr {
namespace {

/// In a function, so that it exists before the first registration whatever the order of linking.
std::vector<const MonitorDriver*>& table() {
  static std::vector<const MonitorDriver*> drivers;
  return drivers;
}

}  // namespace

MonitorRegistration::MonitorRegistration(const MonitorDriver& driver) { table().push_back(&driver); }

const std::vector<const MonitorDriver*>& monitor_drivers() { return table(); }

const MonitorDriver* find_monitor_driver(const std::string& kind) {
  for (const MonitorDriver* driver : table())
    if (kind == driver->kind) return driver;
  return nullptr;
}

}  // namespace jr
