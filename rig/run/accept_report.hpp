// An acceptance as files to send: the JSON of the report, and the conversation. Names of people
// taken out. Never decides a verdict.
#pragma once

#include <string>

#include "rig/run/anonymous.hpp"
#include "rig/run/bench_accept.hpp"

namespace jr {

inline constexpr int kAcceptSchema =
    1;  ///< grows when a key changes its meaning; new keys do not count

/// One JSON object, indented. Keys are promises: add, never rename.
std::string accept_json(const AcceptReport& report, const Anonymous& anonymous);

/// Every line both ways, seconds since the start in front: "   1.234 > name%".
std::string accept_conversation(const AcceptReport& report, const Anonymous& anonymous);

}  // namespace jr
