// The words that records and JSON use for our enumerations, in one table each.
// Never localised: a database written today is read in ten years.
#include <array>
#include <stdexcept>
#include <utility>

#include "rig/core/energy.hpp"
#include "rig/core/gap.hpp"
#include "rig/core/verdict.hpp"
#include "rig/core/window.hpp"

namespace jr {
namespace {

template <class E, std::size_t N>
const char* word(const std::array<std::pair<E, const char*>, N>& table, E value) {
  for (const auto& [key, name] : table)
    if (key == value) return name;
  throw std::logic_error("an enumerator has no name");
}

template <class E, std::size_t N>
E value(const std::array<std::pair<E, const char*>, N>& table, const std::string& name) {
  for (const auto& [key, known] : table)
    if (name == known) return key;
  throw std::invalid_argument("unknown word in a record: " + name);
}

constexpr std::array<std::pair<GapCause, const char*>, 5> kGapCauses{{
    {GapCause::counter, "counter"},
    {GapCause::host_clock, "host_clock"},
    {GapCause::resync, "resync"},
    {GapCause::hang_up, "hang_up"},
    {GapCause::recording, "recording"},
}};

constexpr std::array<std::pair<WindowLabel, const char*>, 12> kLabels{{
    {WindowLabel::infer, "infer"},
    {WindowLabel::idle, "idle"},
    {WindowLabel::guard, "guard"},
    {WindowLabel::sleep, "sleep"},
    {WindowLabel::sense, "sense"},
    {WindowLabel::preprocess, "preprocess"},
    {WindowLabel::invoke, "invoke"},
    {WindowLabel::postprocess, "postprocess"},
    {WindowLabel::transmit, "transmit"},
    {WindowLabel::train, "train"},
    {WindowLabel::sham, "sham"},
    {WindowLabel::sync, "sync"},
}};

constexpr std::array<std::pair<FoundBy, const char*>, 4> kWays{{
    {FoundBy::edges, "edges"},
    {FoundBy::uart, "uart"},
    {FoundBy::segment, "segment"},
    {FoundBy::host, "host"},
}};

constexpr std::array<std::pair<Distribution, const char*>, 5> kDistributions{{
    {Distribution::normal, "normal"},
    {Distribution::student, "student"},
    {Distribution::rectangular, "rectangular"},
    {Distribution::triangular, "triangular"},
    {Distribution::arcsine, "arcsine"},
}};

constexpr std::array<std::pair<Verdict, const char*>, 4> kVerdicts{{
    {Verdict::pass, "pass"},
    {Verdict::fail, "fail"},
    {Verdict::inconclusive, "inconclusive"},
    {Verdict::rig_error, "rig-error"},
}};

}  // namespace

const char* name_of(GapCause cause) { return word(kGapCauses, cause); }
GapCause gap_cause_named(const std::string& name) { return value(kGapCauses, name); }
const char* name_of(WindowLabel label) { return word(kLabels, label); }
WindowLabel window_label_named(const std::string& name) { return value(kLabels, name); }
const char* name_of(FoundBy way) { return word(kWays, way); }
FoundBy found_by_named(const std::string& name) { return value(kWays, name); }
const char* name_of(Distribution distribution) { return word(kDistributions, distribution); }

const char* name_of(Verdict verdict) { return word(kVerdicts, verdict); }
Verdict verdict_named(const std::string& name) { return value(kVerdicts, name); }
int exit_code(Verdict verdict) { return static_cast<int>(verdict); }

}  // namespace jr
