// The small picture of a whole trace that Nordic's app keeps beside it: least and greatest current of equal stretches.
// Never longer than 10,000 stretches: when it is full, neighbours are folded into one.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>

namespace jr {

class Minimap {
 public:
  /// `microampere` NaN: no value, but the time counts. Currents below 200 nA are drawn at 200 nA (a logarithmic axis).
  void add(double microampere, double time_us);
  /// minimap.raw: {lastElementFoldCount, data:{length, min:[{x, y}], max:[{x, y}]}, maxNumberOfElements,
  /// numberOfTimesToFold}, x in microsecond, y in nanoampere.
  std::string json() const;

  std::size_t length() const { return stretches_.size(); }
  std::uint64_t samples_per_stretch() const { return fold_; }

 private:
  struct Stretch {
    double time_us;      ///< mean of its samples' times
    double least_nA, greatest_nA;
  };
  void fold();

  std::vector<Stretch> stretches_;
  std::uint64_t fold_{1}, in_last_{};
};

}  // namespace jr
