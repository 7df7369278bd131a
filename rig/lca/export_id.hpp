// Names that an export gives its data sets: UUIDs of version 5, the same for the same record on every machine.
// Never random, and never of a clock.
#pragma once

#include <string>

namespace jr::lca {

/// The UUID of version 5 (RFC 9562, 5.5) of `name` in this program's own name space. Lower case.
std::string uuid_of(const std::string& name);
/// The same in any name space, itself a UUID. Requires a well-formed one.
std::string uuid_of(const std::string& name, const std::string& name_space);

/// Eight-four-four-four-twelve hexadecimal digits, either case.
bool is_uuid(const std::string& text);

}  // namespace jr::lca
