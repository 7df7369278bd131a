// One claim about a bench: the question in plain words, what was measured, the verdict, what to do.
// Never measures: it is what an acceptance writes down.
#pragma once

#include <optional>
#include <string>
#include <vector>

namespace jr {

/// A measured number with the limits it has to keep, each of which may be absent.
struct Figure {
  std::string name;  ///< "shortest_pulse"
  double value{};
  std::string unit;  ///< SI symbol, "1" for a ratio, or what is counted: "samples"
  std::optional<double> lowest{}, highest{};

  bool within() const;  ///< what is no finite number was not measured, and is never within
};

enum class ClaimVerdict { ok, not_ok, not_tested };
const char* name_of(ClaimVerdict verdict);  ///< "ok", "not ok", "not tested"

struct Claim {
  std::string id;        ///< "mark.pulses"; a promise of the report
  std::string question;  ///< from the catalogue
  ClaimVerdict verdict{ClaimVerdict::not_tested};
  std::vector<Figure> figures{};
  std::string seen{};    ///< in words; of a claim that was not tested: why
  std::string advice{};  ///< what to do; empty unless not ok
};

/// What the claims are called and ask, in the order in which an acceptance comes to them.
struct ClaimText {
  const char* id;
  const char* question;
  const char* advice;  ///< when a judge has nothing more fitting to say
};
const std::vector<ClaimText>& claim_catalogue();

/// ok when `holds` and every figure is within its limits. An id that is not in the catalogue
/// throws. `advice` replaces the catalogue's.
Claim judged(const std::string& id, bool holds, std::vector<Figure> figures, std::string seen,
             std::string advice = {});
Claim not_tested(const std::string& id, std::string why, std::vector<Figure> figures = {});

}  // namespace jr
