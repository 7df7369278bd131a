// The samples of a bundle's stream: codes or values beside runs of ranges and lines, put together piece by piece.
// Never holds more than a piece of each.
#pragma once

#include <functional>

#include "rig/exchange/bundle_contents.hpp"

namespace jr::bundle {

/// Reads a stream's samples and anchors into the store. Errors: malformed (runs that do not cover the samples, a length
/// that is not the stream's), storage.
Result<void> take_in_samples(Store& store, const std::string& run, int stream, const Contents& contents);

/// The same without a store: whether they fit together.
Result<void> samples_fit(int stream, const Contents& contents);

}  // namespace jr::bundle
