// The reference load of a virtual bench, asked through the world's control line.
// Never learns what the reference hides.
#include <cmath>
#include <cstdio>
#include <nlohmann/json.hpp>

#include "rig/run/reference.hpp"

namespace jr {
namespace {

using nlohmann::json;

class VirtualReference : public CurrentReference {
 public:
  VirtualReference(const Reference& identity, VirtualBench& world)
      : identity_(identity), world_(world) {}
  ~VirtualReference() override { (void)world_.reference("off"); }

  const Reference& identity() const override { return identity_; }
  bool is_tireless() const override { return true; }

  Result<ReferenceReading> apply(Ampere wanted) override {
    char text[40];
    std::snprintf(text, sizeof text, "%.17g", wanted.value);
    auto line = world_.reference(text);
    if (!line) return Failure(line.error());
    const json said = json::parse(*line, nullptr, false);
    const std::string range = said.value("range", "");
    for (const ReferenceRange& known : identity_.ranges)
      if (known.name == range)
        return ReferenceReading{{said.value("reading_A", NAN)},
                                said.value("sd_A", 0.0) / std::sqrt(said.value("readings", 1.0)),
                                range};
    return fail(Trouble::malformed, "The virtual reference read in its range '" + range +
                                        "', which [reference] does not know: ranges there and in "
                                        "[world.reference] must agree.");
  }

  Result<ReferenceReading> open() override {
    if (auto line = world_.reference("open"); !line) return Failure(line.error());
    return ReferenceReading{{0}, 0, kOpenRange};
  }

 private:
  Reference identity_;
  VirtualBench& world_;
};

}  // namespace

std::unique_ptr<CurrentReference> virtual_reference(const ReferenceFile& file,
                                                    VirtualBench& world) {
  return std::make_unique<VirtualReference>(file.identity, world);
}

}  // namespace jr
