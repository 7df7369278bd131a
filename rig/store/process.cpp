// What /proc says of a process.
// Never signals one.
#include "rig/store/process.hpp"

#include <cstdlib>
#include <fstream>
#include <sstream>
#include <string>

namespace jr {

std::int64_t start_of_process(std::int64_t pid) {
  std::ifstream stat("/proc/" + std::to_string(pid) + "/stat");
  std::string line;
  if (!std::getline(stat, line)) return 0;
  std::istringstream fields(line.substr(line.rfind(')') + 1));
  std::string field;
  for (int index = 3; index <= 22 && fields >> field; ++index)
    if (index == 3 && (field == "Z" || field == "X")) return 0;
  return std::atoll(field.c_str());
}

}  // namespace jr
