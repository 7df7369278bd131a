// Common errors are estimated along as parameters that one more observation each holds at 0 +- 1:
// the same estimate as with the full covariance matrix, without ever inverting one.
#include "calibration/gls.hpp"

#include <Eigen/Dense>
#include <cmath>

namespace jr {
namespace {

using Eigen::Index;
using Eigen::MatrixXd;
using Eigen::VectorXd;

constexpr double kSmallestPivot = 1e-11;  // relative; columns are of unit length

Index at(std::size_t i) { return static_cast<Index>(i); }

Row row_of(const VectorXd& v) { return {v.data(), v.data() + v.size()}; }

/// Observations in units of their u, then a line for each common error.
MatrixXd augmented(const GlsProblem& p, Index N, Index P, Index H) {
  MatrixXd M = MatrixXd::Zero(N + H, P + H);
  for (Index i = 0; i < N; ++i) {
    const std::size_t row = static_cast<std::size_t>(i);
    for (Index k = 0; k < P; ++k) M(i, k) = p.rows[row][static_cast<std::size_t>(k)] / p.u[row];
    for (Index h = 0; h < H; ++h)
      M(i, P + h) = p.shared[static_cast<std::size_t>(h)][row] / p.u[row];
  }
  M.bottomRightCorner(H, H).setIdentity();
  return M;
}

}  // namespace

std::optional<GlsFit> solve(const GlsProblem& problem) {
  const Index N = at(problem.y.size()), H = at(problem.shared.size());
  const Index P = N > 0 ? at(problem.rows.front().size()) : 0;
  if (P == 0 || N < P) return std::nullopt;
  MatrixXd M = augmented(problem, N, P, H);
  const VectorXd length = M.colwise().norm();
  if (!(length.minCoeff() > 0) || !length.allFinite()) return std::nullopt;
  M = M * length.cwiseInverse().asDiagonal();

  Eigen::ColPivHouseholderQR<MatrixXd> qr;
  qr.setThreshold(kSmallestPivot);
  qr.compute(M);
  if (qr.rank() < P + H) return std::nullopt;
  const MatrixXd Q = qr.householderQ() * MatrixXd::Identity(N + H, P + H);
  MatrixXd G = qr.matrixR().topRows(P + H).triangularView<Eigen::Upper>().solve(Q.transpose());
  G = length.cwiseInverse().asDiagonal() * (qr.colsPermutation() * G);

  VectorXd z = VectorXd::Zero(N + H);
  for (Index i = 0; i < N; ++i)
    z(i) = problem.y[static_cast<std::size_t>(i)] / problem.u[static_cast<std::size_t>(i)];
  const VectorXd solution = G * z;
  const VectorXd rest = z - Q * (Q.transpose() * z);

  GlsFit fit;
  fit.theta = row_of(solution.head(P));
  for (Index k = 0; k < P; ++k) fit.noise.push_back(row_of(G.row(k).head(N).transpose()));
  for (Index h = 0; h < H; ++h) {
    // G times the augmented matrix is the identity, so what a common error does through the
    // observations is the opposite of what its own line does.
    fit.shared_shift.push_back(row_of(-G.col(N + h).head(P)));
    fit.common.push_back(solution(P + h));
    const double free = 1 - Q.row(N + h).squaredNorm();
    fit.common_u.push_back(free > 1e-9 ? std::sqrt(free) : 0.0);
  }
  fit.residual = row_of(rest.head(N));
  for (Index i = 0; i < N; ++i) fit.basis.push_back(row_of(Q.row(i).transpose()));
  return fit;
}

double contrast_u(const GlsFit& fit, const Row& weights) {
  double whole = 0;
  Row followed(fit.basis.front().size(), 0.0);
  for (std::size_t i = 0; i < weights.size(); ++i) {
    whole += weights[i] * weights[i];
    for (std::size_t k = 0; k < followed.size(); ++k) followed[k] += weights[i] * fit.basis[i][k];
  }
  double left = whole;
  for (const double f : followed) left -= f * f;
  return left > 1e-9 * whole ? std::sqrt(left) : 0.0;
}

std::vector<Row> noise_root(const GlsFit& fit, const Row& scale) {
  const Index P = at(fit.theta.size()), N = at(scale.size());
  MatrixXd T(N, P);
  for (Index k = 0; k < P; ++k)
    for (Index i = 0; i < N; ++i)
      T(i, k) = fit.noise[static_cast<std::size_t>(k)][static_cast<std::size_t>(i)] *
                scale[static_cast<std::size_t>(i)];
  // Parameters differ by many powers of ten: unit columns first.
  const VectorXd length = T.colwise().norm();
  const Eigen::HouseholderQR<MatrixXd> qr(T * length.cwiseInverse().asDiagonal());
  std::vector<Row> root;
  for (Index k = 0; k < P; ++k) {
    const double sign = qr.matrixQR()(k, k) < 0 ? -1.0 : 1.0;
    Row column(static_cast<std::size_t>(P), 0.0);
    for (Index p = k; p < P; ++p)
      column[static_cast<std::size_t>(p)] = sign * qr.matrixQR()(k, p) * length(p);
    root.push_back(std::move(column));
  }
  return root;
}

}  // namespace jr
