// The only file that knows the commit, so that a new one compiles no other.
#include "rig/core/version.hpp"

namespace jr {

const char* const kVersion = JOULERIG_VERSION;
const char* const kCommit = JOULERIG_COMMIT;

std::string tool_version() { return std::string(kVersion) + (*kCommit ? " (" + std::string(kCommit) + ")" : ""); }

}  // namespace jr
