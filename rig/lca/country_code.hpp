// Codes of countries: two letters and three, as ISO 3166-1 pairs them.
#pragma once

#include <optional>
#include <string>

namespace jr::lca {

/// "DE" -> "DEU", any case; nothing when no country has these two letters. "UK" is the United Kingdom and "EL" Greece,
/// as they are commonly written, and "XK" Kosovo, as statistics write it; ISO has reserved the three and lists none.
std::optional<std::string> iso3_of(const std::string& iso2);
/// "DEU" -> "DE"; empty when no country has these three letters.
std::string iso2_of(const std::string& iso3);

}  // namespace jr::lca
