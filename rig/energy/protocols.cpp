// Phases and shams are windows like any other; only what is made of them differs.
#include "rig/energy/protocols.hpp"

#include "rig/core/window.hpp"

namespace jr {
namespace {

double mean_duration_s(const EnergyModel& model, const std::vector<WindowGroup>& groups) {
  double sum_s = 0;
  for (const WindowGroup& group : groups)
    sum_s += duration_of(model, group.infer.moments) / static_cast<double>(group.infer.window.events);
  return sum_s / static_cast<double>(groups.size());
}

}  // namespace

std::optional<Protocols> protocols_of(const EnergyModel& model, const EnergySummary& summary,
                                      const std::vector<PhaseGroups>& phases) {
  Protocols protocols;
  protocols.whole = summary.mean;
  std::vector<Statement> parts;
  for (const PhaseGroups& phase : phases) {
    if (phase.groups.empty()) continue;
    parts.push_back(mean_energy(model, phase.groups, name_of(phase.label)));
    protocols.phases.push_back(
        {phase.label, phase.groups.size(), parts.back(), mean_duration_s(model, phase.groups)});
  }
  if (parts.empty()) return std::nullopt;
  protocols.sum = sum_of(parts);
  protocols.bias = difference_of(protocols.whole, protocols.sum);
  return protocols;
}

std::optional<ShamStatement> sham_of(const EnergyModel& model, const EnergySummary& summary,
                                     const std::vector<WindowGroup>& shams) {
  if (shams.empty()) return std::nullopt;
  const Statement net = mean_net_energy(model, shams, "sham");
  ShamStatement sham;
  sham.windows = shams.size();
  sham.excess = state(model, (1.0 / mean_duration_s(model, shams)) * net.energy);
  sham.per_inference_J = sham.excess.value * summary.latency.value;
  return sham;
}

}  // namespace jr
