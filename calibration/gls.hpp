// Generalised least squares with named common errors: what is estimated, and how each error gets
// into it. Knows rows and columns, never an instrument.
#pragma once

#include <cstddef>
#include <optional>
#include <vector>

namespace jr {

using Row = std::vector<double>;

/// y = rows * theta + sum over h of shared[h] * e_h + u * noise, with e_h and noise independent and
/// of variance one. All errors are in the unit of y.
struct GlsProblem {
  std::vector<Row> rows;  ///< one per observation, as many entries as there are parameters
  Row y, u;               ///< u > 0
  std::vector<Row>
      shared;  ///< one per common error: what one standard deviation of it adds to each y
};

/// The estimate theta = K y of least variance, with K taken apart by source.
struct GlsFit {
  Row theta;
  std::vector<Row> noise;  ///< per parameter and observation: K u, the effect of one deviation
  std::vector<Row> shared_shift;  ///< per common error and parameter: K shared[h], with its sign
  Row common;              ///< each common error as the observations tell it, in its deviations
  Row common_u;            ///< standard deviation that `common` should have; 0: they tell nothing
  Row residual;            ///< per observation, in its u, common errors removed
  std::vector<Row> basis;  ///< orthonormal, per observation: what the fit can follow
};

/// Absent when the parameters cannot be told apart (singular design).
std::optional<GlsFit> solve(const GlsProblem& problem);

/// Standard deviation that sum of weights[i] * residual[i] has when all is as assumed.
double contrast_u(const GlsFit& fit, const Row& weights);

/// Lower triangular root of the noise's covariance of theta; `scale` multiplies the u of each
/// observation. Entry [k][p]: what the k-th independent error does to parameter p.
std::vector<Row> noise_root(const GlsFit& fit, const Row& scale);

}  // namespace jr
