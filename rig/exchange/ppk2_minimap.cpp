// Constants and shape as the published app's (pc-nrfconnect-ppk) files have them.
// Never looks at more than the last stretch.
#include "rig/exchange/ppk2_minimap.hpp"

#include <algorithm>
#include <array>
#include <charconv>
#include <cmath>
#include <limits>

namespace jr {
namespace {

constexpr std::size_t kMostStretches = 10'000;
constexpr double kFloor_nA = 200;
constexpr double kNoValue = std::numeric_limits<double>::max();  // a stretch without a value: least above greatest

void add_number(std::string& text, double value) {
  std::array<char, 32> room;
  text.append(room.data(), std::to_chars(room.data(), room.data() + room.size(), value).ptr);
}

void add_point(std::string& text, double x, double y) {
  text += "{\"x\":", add_number(text, x), text += ",\"y\":", add_number(text, y), text += '}';
}

}  // namespace

void Minimap::fold() {
  for (std::size_t k = 0; 2 * k + 1 < stretches_.size(); ++k) {
    const Stretch &a = stretches_[2 * k], &b = stretches_[2 * k + 1];
    stretches_[k] = {(a.time_us + b.time_us) / 2, std::min(a.least_nA, b.least_nA), std::max(a.greatest_nA, b.greatest_nA)};
  }
  stretches_.resize(stretches_.size() / 2);
  fold_ *= 2;
}

void Minimap::add(double microampere, double time_us) {
  if (in_last_ == 0) stretches_.push_back({time_us, kNoValue, -kNoValue});
  Stretch& last = stretches_.back();
  ++in_last_;
  last.time_us += (time_us - last.time_us) / static_cast<double>(in_last_);
  if (!std::isnan(microampere)) {
    const double nA = std::max(kFloor_nA, 1e3 * microampere);
    last.least_nA = std::min(last.least_nA, nA);
    last.greatest_nA = std::max(last.greatest_nA, nA);
  }
  if (in_last_ == fold_) {
    in_last_ = 0;
    if (stretches_.size() == kMostStretches) fold();
  }
}

std::string Minimap::json() const {
  std::string text = "{\"lastElementFoldCount\":" + std::to_string(in_last_) + ",\"data\":{\"length\":" + std::to_string(stretches_.size());
  for (const bool least : {true, false}) {
    text += least ? ",\"min\":[" : "],\"max\":[";
    for (const Stretch& stretch : stretches_) {
      if (&stretch != stretches_.data()) text += ',';
      add_point(text, stretch.time_us, least ? stretch.least_nA : stretch.greatest_nA);
    }
  }
  return text + "]},\"maxNumberOfElements\":" + std::to_string(kMostStretches) + ",\"numberOfTimesToFold\":" + std::to_string(fold_) + "}";
}

}  // namespace jr
