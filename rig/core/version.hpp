// Which JouleRig this is.
#pragma once

#include <string>

namespace jr {

extern const char* const kVersion;  ///< "0.1.0"
extern const char* const kCommit;   ///< "d716e16", of the sources when they were configured; "" where there was no git

std::string tool_version();  ///< "0.1.0 (d716e16)"

}  // namespace jr
