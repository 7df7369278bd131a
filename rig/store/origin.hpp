// What a run is called where it was measured: a run that came in a bundle may have another number here.
// Never looks further into a source than that.
#pragma once

#include <string>

#include "rig/store/store.hpp"

namespace jr {

struct Origin {
  std::string run;     ///< its id where it was measured: results and source keys carry this one
  std::string source;  ///< RunFacts::source there; empty: it was measured
  bool bundled{};      ///< it came in a bundle
};

/// Of a run that was measured or imported here: its own id and source.
Origin origin_of(const RunRow& row);

}  // namespace jr
