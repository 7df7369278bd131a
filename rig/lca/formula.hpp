// Formulas of exchange formats: numbers, names, + - * / ^ and parentheses.
// Never calls a function and never recurses deeper than its limit: what it does not know it refuses.
#pragma once

#include <functional>
#include <optional>
#include <string>

#include "rig/core/result.hpp"

namespace jr::lca {

/// Value of a name, or nothing when nobody knows it.
using NamedValues = std::function<std::optional<double>(const std::string& name)>;

/// `text` at those values. Errors (malformed): what cannot be read and where, an unknown name, more than 20 000 characters or
/// 100 open parentheses. Division by zero gives an infinity.
Result<double> evaluated(const std::string& text, const NamedValues& values);

}  // namespace jr::lca
