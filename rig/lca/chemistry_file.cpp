// Battery cards from TOML: every figure with its source, what is from memory marked as such.
// Never supplies a default for a figure that a card leaves out.
#include "rig/lca/battery.hpp"
#include "rig/lca/written.hpp"

namespace jr::lca {
namespace {

std::vector<Chemistry::Rest> rest_of(Section& root) {
  std::vector<Chemistry::Rest> list;
  for (Section& one : root.sections("rest")) {
    const auto discharged = one.number("discharged"), volts = one.number("open_V"), ohm = one.number("ohm");
    if (!discharged || !volts || !ohm) one.refuse("discharged", "open_V and ohm are all three needed for a point of [[rest]].");
    if (!(*discharged >= 0 && *discharged <= 1)) one.refuse("discharged", "is the share of charge taken out: from 0 to 1.");
    if (!(*volts > 0) || !(*ohm >= 0)) one.refuse("open_V", "must be above 0, and ohm at least 0.");
    if (!list.empty() && *discharged <= list.back().discharged) one.refuse("discharged", "must ascend from point to point.");
    list.push_back({*discharged, *volts, *ohm});
    one.finish();
  }
  return list;
}

}  // namespace

Result<Chemistry> load_chemistry(const std::filesystem::path& file) {
  return reading([&]() -> Result<Chemistry> {
    Document document = read_document(file);
    for (auto& [id, citation] : document.citations) citation.id = file.stem().string() + ":" + id;  // a card's own, whatever else is called so
    Section root(document, "", document.root);
    (void)root.section("sources");
    auto card = root.section("battery");
    if (!card) root.refuse("battery", "is missing: a battery card has a section [battery].");
    Chemistry chemistry;
    chemistry.id = file.stem().string();
    chemistry.name = card->needed_text("name");
    const auto rechargeable = card->flag("rechargeable");
    if (!rechargeable) card->refuse("rechargeable", "is missing: true or false.");
    chemistry.rechargeable = *rechargeable;
    chemistry.nominal_V = card->needed_quantity("nominal_voltage", "V", "nominal voltage");
    chemistry.self_discharge = card->needed_quantity("self_discharge", "1/s", "self-discharge");
    chemistry.doubling_K = card->needed_quantity("self_discharge_doubles", "K", "kelvin that double the self-discharge");
    chemistry.shelf_life = card->quantity("shelf_life", "s", "shelf life");
    chemistry.calendar_life = card->quantity("calendar_life", "s", "calendar life");
    chemistry.cycle_life = card->quantity("cycle_life", "1", "cycle life");
    chemistry.peukert = card->quantity("peukert", "1", "Peukert exponent");
    if (chemistry.peukert && chemistry.peukert->value < 1) card->refuse("peukert", "must be at least 1.");
    if (chemistry.doubling_K.value < 0) card->refuse("self_discharge_doubles", "must be at least 0 K; 0 is no dependence.");
    if (chemistry.self_discharge.value < 0) card->refuse("self_discharge", "must be at least 0.");
    chemistry.rest = rest_of(root);
    if (!chemistry.rest.empty()) chemistry.rest_citation = card->citation("rest_source");
    card->finish();
    root.finish();
    return chemistry;
  });
}

}  // namespace jr::lca
