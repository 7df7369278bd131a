// Field names, types and words of GreenDelta's olca-schema (CC0), version 2; units from its units.csv.
// Only the classes of process packages: a class that is not here is reported as not checked.
#include "rig/lca/openlca_schema.hpp"

#include <algorithm>
#include <array>
#include <cstring>

namespace jr::lca::olca {
namespace {

constexpr Field needed(Field field) {
  field.needed = true;
  return field;
}
constexpr Field text(const char* name) { return {name, Kind::text, nullptr, false}; }
constexpr Field number(const char* name) { return {name, Kind::number, nullptr, false}; }
constexpr Field whole(const char* name) { return {name, Kind::whole, nullptr, false}; }
constexpr Field flag(const char* name) { return {name, Kind::flag, nullptr, false}; }
constexpr Field one_of(const char* name, const char* words) { return {name, Kind::enumeration, words, false}; }
constexpr Field to(const char* name, const char* target) { return {name, Kind::reference, target, false}; }
constexpr Field object(const char* name, const char* target) { return {name, Kind::object, target, false}; }
constexpr Field objects(const char* name, const char* target) { return {name, Kind::objects, target, false}; }

// What every stand-alone data set has; @type and @id are looked at before any table.
constexpr Field kName = needed(text("name")), kDescription = text("description"), kCategory = text("category"),
                kVersion{"version", Kind::version, nullptr, false}, kLastChange{"lastChange", Kind::moment, nullptr, false},
                kTags{"tags", Kind::texts, nullptr, false};
#define JR_ROOT kName, kDescription, kCategory, kVersion, kLastChange, kTags

constexpr std::array kActor{JR_ROOT, text("address"), text("city"), text("country"), text("email"), text("telefax"), text("telephone"),
                            text("website"), text("zipCode")};
constexpr std::array kSource{JR_ROOT, text("externalFile"), text("textReference"), text("url"), whole("year")};
constexpr std::array kLocation{JR_ROOT, text("code"), number("latitude"), number("longitude"), Field{"geometry", Kind::anything, nullptr, false}};
constexpr std::array kUnitGroup{JR_ROOT, to("defaultFlowProperty", "FlowProperty"), needed(objects("units", "Unit"))};
constexpr std::array kUnit{kName, kDescription, needed(number("conversionFactor")), flag("isRefUnit"), Field{"synonyms", Kind::texts, nullptr, false}};
constexpr std::array kFlowProperty{JR_ROOT, needed(one_of("flowPropertyType", "FlowPropertyType")), needed(to("unitGroup", "UnitGroup"))};
constexpr std::array kFlow{JR_ROOT, needed(one_of("flowType", "FlowType")), needed(objects("flowProperties", "FlowPropertyFactor")), text("cas"),
                           text("formula"), text("synonyms"), flag("isInfrastructureFlow"), to("location", "Location")};
constexpr std::array kFlowPropertyFactor{needed(to("flowProperty", "FlowProperty")), needed(number("conversionFactor")), flag("isRefFlowProperty")};
constexpr std::array kParameter{Field{"name", Kind::name, nullptr, true}, kDescription, kCategory, kVersion, kLastChange, kTags, text("formula"),
                                needed(flag("isInputParameter")), needed(one_of("parameterScope", "ParameterScope")),
                                object("uncertainty", "Uncertainty"), needed(number("value"))};
constexpr std::array kProcess{JR_ROOT, needed(one_of("processType", "ProcessType")), needed(objects("exchanges", "Exchange")),
                              needed(whole("lastInternalId")), to("location", "Location"), objects("parameters", "Parameter"),
                              object("processDocumentation", "ProcessDocumentation"), one_of("defaultAllocationMethod", "AllocationType"),
                              objects("allocationFactors", "AllocationFactor"), text("dqEntry"), to("dqSystem", "DQSystem"),
                              to("exchangeDqSystem", "DQSystem"), to("socialDqSystem", "DQSystem"), flag("isInfrastructureProcess"),
                              objects("socialAspects", "SocialAspect")};
constexpr std::array kExchange{needed(whole("internalId")), needed(flag("isInput")), flag("isQuantitativeReference"), flag("isAvoidedProduct"),
                               needed(number("amount")), text("amountFormula"), number("baseUncertainty"), number("costValue"), text("costFormula"),
                               to("currency", "Currency"), to("defaultProvider", "Process"), text("description"), text("dqEntry"),
                               needed(to("flow", "Flow")), needed(to("flowProperty", "FlowProperty")), needed(to("unit", "Unit")),
                               to("location", "Location"), object("uncertainty", "Uncertainty")};
constexpr std::array kUncertainty{needed(one_of("distributionType", "UncertaintyType")), number("mean"), number("sd"), number("geomMean"),
                                  number("geomSd"), number("minimum"), number("mode"), number("maximum")};
constexpr std::array kDocumentation{
    Field{"validFrom", Kind::date, nullptr, false}, Field{"validUntil", Kind::date, nullptr, false}, Field{"creationDate", Kind::moment, nullptr, false},
    Field{"sources", Kind::references, "Source", false}, to("dataGenerator", "Actor"), to("dataDocumentor", "Actor"), to("dataSetOwner", "Actor"),
    to("reviewer", "Actor"), to("publication", "Source"), flag("isCopyrightProtected"), text("completenessDescription"),
    text("dataCollectionDescription"), text("dataSelectionDescription"), text("dataTreatmentDescription"), text("geographyDescription"),
    text("intendedApplication"), text("inventoryMethodDescription"), text("modelingConstantsDescription"), text("projectDescription"),
    text("restrictionsDescription"), text("reviewDetails"), text("samplingDescription"), text("technologyDescription"), text("timeDescription"),
    text("useAdvice")};
// A reference carries hints for people beside the id.
constexpr std::array kRef{text("name"), kDescription, kCategory, text("refUnit"), one_of("flowType", "FlowType"), one_of("processType", "ProcessType"),
                          text("location")};
#undef JR_ROOT

constexpr std::array kClasses{
    Class{"Actor", "actors", kActor}, Class{"Source", "sources", kSource}, Class{"Location", "locations", kLocation},
    Class{"UnitGroup", "unit_groups", kUnitGroup}, Class{"Unit", nullptr, kUnit}, Class{"FlowProperty", "flow_properties", kFlowProperty},
    Class{"Flow", "flows", kFlow}, Class{"FlowPropertyFactor", nullptr, kFlowPropertyFactor}, Class{"Parameter", "parameters", kParameter},
    Class{"Process", "processes", kProcess}, Class{"Exchange", nullptr, kExchange}, Class{"Uncertainty", nullptr, kUncertainty},
    Class{"ProcessDocumentation", nullptr, kDocumentation}, Class{"Ref", nullptr, kRef}};

constexpr std::array kFolders{"actors", "currencies", "dq_systems", "epds", "flows", "flow_properties", "lcia_categories", "lcia_methods", "locations",
                              "parameters", "processes", "product_systems", "projects", "results", "social_indicators", "sources", "unit_groups"};

constexpr std::array kFlowTypes{"ELEMENTARY_FLOW", "PRODUCT_FLOW", "WASTE_FLOW"};
constexpr std::array kPropertyTypes{"ECONOMIC_QUANTITY", "PHYSICAL_QUANTITY"};
constexpr std::array kProcessTypes{"LCI_RESULT", "UNIT_PROCESS"};
constexpr std::array kScopes{"PROCESS_SCOPE", "IMPACT_SCOPE", "GLOBAL_SCOPE"};
constexpr std::array kDistributions{"LOG_NORMAL_DISTRIBUTION", "NORMAL_DISTRIBUTION", "TRIANGLE_DISTRIBUTION", "UNIFORM_DISTRIBUTION"};
constexpr std::array kAllocations{"PHYSICAL_ALLOCATION", "ECONOMIC_ALLOCATION", "CAUSAL_ALLOCATION", "USE_DEFAULT_ALLOCATION", "NO_ALLOCATION"};

constexpr std::array kReferenceUnits{
    KnownUnit{"52765a6c-3896-43c2-b2f4-c679acf13efe", "93a60a57-a3c8-11da-a746-0800200c9a66", "f6811440-ee37-11de-8a39-0800200c9a66"},
    KnownUnit{"86ad2244-1f0e-4912-af53-7865283103e4", "93a60a57-a3c8-11da-a746-0800200c9a66", "f6811440-ee37-11de-8a39-0800200c9a66"},
    KnownUnit{"6dabe201-aaac-4509-92f0-d00c26cb72ab", "5beb6eed-33a9-47b8-9ede-1dfe8f679159", "01846770-4cfe-4a25-8ad9-919d8d378345"}};

}  // namespace

const Class* class_named(const std::string& name) {
  const auto found = std::find_if(kClasses.begin(), kClasses.end(), [&](const Class& c) { return name == c.name; });
  return found == kClasses.end() ? nullptr : &*found;
}

const Class* class_in(const std::string& folder) {
  const auto found = std::find_if(kClasses.begin(), kClasses.end(), [&](const Class& c) { return c.folder && folder == c.folder; });
  return found == kClasses.end() ? nullptr : &*found;
}

bool is_folder(const std::string& folder) {
  return std::any_of(kFolders.begin(), kFolders.end(), [&](const char* known) { return folder == known; });
}

std::span<const char* const> words_of(const std::string& enumeration) {
  if (enumeration == "FlowType") return kFlowTypes;
  if (enumeration == "FlowPropertyType") return kPropertyTypes;
  if (enumeration == "ProcessType") return kProcessTypes;
  if (enumeration == "ParameterScope") return kScopes;
  if (enumeration == "UncertaintyType") return kDistributions;
  if (enumeration == "AllocationType") return kAllocations;
  return {};
}

std::span<const KnownUnit> reference_units() { return kReferenceUnits; }

}  // namespace jr::lca::olca
