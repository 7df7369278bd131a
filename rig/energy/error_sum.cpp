// Fourier inversion on a grid whose period holds the whole distribution, quantiles by guarded
// Newton. Never leaves a kink of a bounded shape to a slowly converging sum: it is smoothed, then
// unsmoothed.
#include "rig/energy/error_sum.hpp"

#include <algorithm>
#include <boost/math/special_functions/bessel.hpp>
#include <cmath>
#include <numbers>
#include <stdexcept>

namespace jr {
namespace {

constexpr double kSmallestNormal =
    0.005;                    ///< of the combined u; less is lent (effect: first order, undone)
constexpr double kTail = 12;  ///< combined u's beyond which a sum of bounded errors has < 1e-10
constexpr double kNormalTail = 8;
constexpr double kNegligible = 1e-14;  ///< of the characteristic function

double sinc(double x) { return std::abs(x) < 1e-4 ? 1 - x * x / 6 : std::sin(x) / x; }

double characteristic(Distribution distribution, double half_width_times_t) {
  switch (distribution) {
    case Distribution::rectangular:
      return sinc(half_width_times_t);
    case Distribution::triangular: {
      const double root = sinc(half_width_times_t / 2);
      return root * root;
    }
    case Distribution::arcsine:
      return boost::math::cyl_bessel_j(0, half_width_times_t);
    case Distribution::normal:
    case Distribution::student:
      break;
  }
  throw std::logic_error("only bounded distributions have a place among the shapes");
}

/// cos(k d), sin(k d) for k = 1, 2, ... by rotation: one sine and cosine for the whole grid.
class Rotation {
 public:
  explicit Rotation(double angle) : cos1_(std::cos(angle)), sin1_(std::sin(angle)) {}
  void turn() {
    const double c = cos_ * cos1_ - sin_ * sin1_;
    sin_ = sin_ * cos1_ + cos_ * sin1_;
    cos_ = c;
  }
  double cosine() const { return cos_; }
  double sine() const { return sin_; }

 private:
  double cos1_, sin1_, cos_{1}, sin_{0};
};

}  // namespace

double half_width_over_u(Distribution bounded) {
  switch (bounded) {
    case Distribution::rectangular:
      return std::numbers::sqrt3;
    case Distribution::triangular:
      return std::sqrt(6.0);
    case Distribution::arcsine:
      return std::numbers::sqrt2;
    case Distribution::normal:
    case Distribution::student:
      break;
  }
  throw std::logic_error("a normal error has no half width");
}

ErrorSum::ErrorSum(double normal_variance, std::span<const Bounded> bounded) {
  double variance = normal_variance;
  for (const Bounded& b : bounded) variance += b.u * b.u;
  if (!(variance > 0) || !std::isfinite(variance))
    throw std::invalid_argument("ErrorSum: the errors have no finite, positive variance");
  unit_ = std::sqrt(variance);

  double normal = normal_variance / variance;
  const double least = kSmallestNormal * kSmallestNormal;
  if (normal < least) {
    smoothing_ = least - normal;
    normal = least;
  }
  double limit = kNormalTail * std::sqrt(normal);
  for (const Bounded& b : bounded)
    limit += std::abs(b.u) / unit_ * half_width_over_u(b.distribution);
  bound_ = std::min(limit, kTail);
  step_ = std::numbers::pi / bound_;

  const double last = std::sqrt(-2 * std::log(kNegligible) / normal);
  const auto points = static_cast<std::size_t>(std::ceil(last / step_));
  phi_.reserve(points);
  for (std::size_t k = 1; k <= points; ++k) {
    const double t = static_cast<double>(k) * step_;
    double phi = std::exp(-0.5 * normal * t * t);
    for (const Bounded& b : bounded)
      phi *= characteristic(b.distribution,
                            std::abs(b.u) / unit_ * half_width_over_u(b.distribution) * t);
    phi_.push_back(phi);
  }
}

double ErrorSum::inside_unit(double x) const {
  if (x >= bound_) return 1;
  Rotation angle(x * step_);
  double sum = 0;
  for (std::size_t k = 0; k < phi_.size(); ++k) {
    angle.turn();
    sum += phi_[k] * angle.sine() / static_cast<double>(k + 1);
  }
  return (step_ * x + 2 * sum) / std::numbers::pi;
}

ErrorSum::Density ErrorSum::density_unit(double x) const {
  Rotation angle(x * step_);
  Density d{0.5, 0, 0, 0};
  for (std::size_t k = 0; k < phi_.size(); ++k) {
    angle.turn();
    const double t = static_cast<double>(k + 1) * step_;
    d.f += phi_[k] * angle.cosine();
    d.first -= phi_[k] * t * angle.sine();
    d.second -= phi_[k] * t * t * angle.cosine();
    d.third += phi_[k] * t * t * t * angle.sine();
  }
  const double weight = step_ / std::numbers::pi;
  return {d.f * weight, d.first * weight, d.second * weight, d.third * weight};
}

double ErrorSum::inside(double x) const { return inside_unit(x / unit_); }

ErrorSum::Density ErrorSum::density(double x) const {
  const Density d = density_unit(x / unit_);
  const double u2 = unit_ * unit_;
  return {d.f / unit_, d.first / u2, d.second / (u2 * unit_), d.third / (u2 * u2)};
}

double ErrorSum::half_width(double coverage) const {
  if (!(coverage > 0 && coverage < 1)) throw std::invalid_argument("coverage lies between 0 and 1");
  double low = 0, high = bound_, x = std::min(2 * coverage, 0.5 * bound_);
  Density at;
  for (int step = 0; step < 100 && high - low > 1e-14 * bound_; ++step) {
    const double excess = inside_unit(x) - coverage;
    (excess > 0 ? high : low) = x;
    at = density_unit(x);
    double next = x - excess / (2 * at.f);
    if (!(next > low && next < high)) next = 0.5 * (low + high);
    const bool settled = std::abs(next - x) < 1e-13 * bound_;
    x = next;
    if (settled) break;
  }
  // More variance v moves the quantile by -f'/(2f) v: take back what was lent.
  if (smoothing_ > 0 && at.f > 0) x += 0.5 * smoothing_ * at.first / at.f;
  return unit_ * x;
}

}  // namespace jr
