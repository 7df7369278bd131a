// "Did you mean …?": the known word that is fewest slips of the finger away from a mistyped one.
// Never guesses wildly: a word too far from all known ones has no nearest.
#pragma once

#include <cstddef>
#include <optional>
#include <span>
#include <string>
#include <string_view>

namespace jr {

/// Letters to insert, delete, replace, or swap with their neighbour to turn `a` into `b`
/// (optimal string alignment: no part is edited twice). Case counts.
std::size_t edit_distance(std::string_view a, std::string_view b);

/// The nearest of `candidates`, the first of equals; none when even that is more than a third of
/// the word's length away (2 slips are always allowed, if the word is longer than they are).
std::optional<std::string> nearest(std::string_view word, std::span<const std::string> candidates);

}  // namespace jr
