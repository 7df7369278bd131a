// Processes and the package around them.
// Puts each data set in once, under <folder>/<id>.json, the two version files first and the rest in the order of their names.
#include "rig/lca/export_openlca.hpp"

#include <algorithm>
#include <cctype>
#include <cstdlib>
#include <map>

#include "rig/lca/export_id.hpp"
#include "rig/lca/export_openlca_sets.hpp"

namespace jr::lca {
namespace {

using namespace openlca;

constexpr const char* kElectricity = "electricity, device use stage";

class Package {
 public:
  explicit Package(const OpenlcaOptions& options) : options_(options) {}

  void add(const ExportSubject& subject) {
    if (subject.assessment.run && subject.record) add_inference(subject);
    add_use(subject);
  }

  ZipEntries entries() {
    if (options_.reference_data)
      for (const Quantity* q : {&kEnergy, &kItems}) {
        put("unit_groups", unit_group(*q));
        put("flow_properties", flow_property(*q));
      }
    // openLCA reads the first and takes the rest for version 1 without it; the second is what the schema's documents name.
    ZipEntries all{{"openlca.json", ordered_json{{"schemaVersion", 2}}.dump()}, {"olca-schema.json", ordered_json{{"version", 2}}.dump()}};
    all.insert(all.end(), sets_.begin(), sets_.end());
    return all;
  }

 private:
  void put(const std::string& folder, const ordered_json& set) { sets_[folder + "/" + set.at("@id").get<std::string>() + ".json"] = text_of(set); }

  std::string version() const { return options_.version.empty() ? kFirstVersion : options_.version; }

  /// Bytes of a file of someone's that are no UTF-8 must not cost the export.
  static std::string text_of(const ordered_json& set) { return set.dump(1, ' ', false, ordered_json::error_handler_t::replace); }

  /// All that a process says beside its figures.
  static std::string words_of(const ExportSubject& subject) {
    std::string text = warning_sentence(subject.assessment) + "\n" + publication_words(subject.assessment.publication) + "\n" + subject.assessment.scenario.grid.place;
    if (subject.record) text += "\n" + subject.record->technology + "\n" + subject.record->sampling + "\n" + subject.record->treatment + "\n" + subject.record->collection;
    return text + "\n";
  }

  /// New content, new id: unless versions are kept by hand.
  std::string id(const std::string& kind, const std::string& record, const std::string& content) const {
    return uuid_of(kind + "\n" + record + (options_.version.empty() ? "\n" + content : ""));
  }

  ordered_json electricity() {
    if (!options_.electricity_flow.empty()) {
      ordered_json flow = reference("Flow", options_.electricity_flow, "electricity, of the reader's database");
      flow["flowType"] = "PRODUCT_FLOW";
      return flow;
    }
    const std::string id = uuid_of(std::string("flow\n") + kElectricity);
    put("flows", product_flow(id, kElectricity, kEnergy, "Electricity for a device in use. Link it to the supply mix where the device is used; its emissions are that mix's.",
                              kFirstVersion));
    return flow_reference(id, kElectricity, kEnergy);
  }

  ordered_json location(const std::string& place) {
    const std::string name = place.empty() ? "not stated" : place, id = uuid_of("location\n" + name);
    put("locations", root("Location", id, name, kFirstVersion));
    return reference("Location", id, name);
  }

  ordered_json operator_of_rig() {
    const std::string name = "operator of the rig", id = uuid_of("actor\n" + name);
    put("actors", root("Actor", id, name, kFirstVersion));
    return reference("Actor", id, name);
  }

  static std::string remarks_of(const Citation& c) {
    std::string remarks = c.licence.empty() ? "Licence not stated." : "Licence: " + c.licence + ".";
    if (!c.retrieved.empty()) remarks += " Retrieved " + c.retrieved + ".";
    if (c.assumed) remarks += " An assumption.";
    if (c.pedigree[0]) {
      remarks += " Data quality (reliability, completeness, time, place, technology; 1 is best):";
      for (const int score : c.pedigree) remarks += " " + std::to_string(score);
      remarks += ".";
    }
    if (!c.confirmed) remarks += " Nobody has checked it at its source.";
    return remarks;
  }

  ordered_json source(const Citation& c) {
    const std::string id = uuid_of("source\n" + c.id + "\n" + c.text + "\n" + remarks_of(c) + std::to_string(c.year));
    ordered_json json = root("Source", id, c.id.empty() ? c.text : c.id, kFirstVersion);
    json["description"] = remarks_of(c);
    json["textReference"] = c.text;
    if (c.year) json["year"] = c.year;
    put("sources", json);
    return reference("Source", id, json["name"]);
  }

  ordered_json run_source(const ExportSubject& subject) {
    const MeasuredRun& run = *subject.assessment.run;
    const std::string name = warning_of(subject.assessment) + "JouleRig run " + run.run;
    const std::string text = name + " of " + run.date + " on bench " + run.bench + ": " + run.board + ", " + run.model +
                             (run.firmware_sha256.empty() ? "" : ", firmware SHA-256 " + run.firmware_sha256) + "; record " + subject.record->identity;
    const std::string id = uuid_of("source\n" + text);
    ordered_json json = root("Source", id, name, kFirstVersion);
    json["textReference"] = text;
    json["year"] = std::max(0, std::atoi(run.date.c_str()));
    put("sources", json);
    return reference("Source", id, name);
  }

  static std::string publication_words(const Publication& publication) {
    std::string text = publication.allowed ? "The assessment that this belongs to may be published: yes, because " : "The assessment that this belongs to may be published: no, because ";
    for (const std::string& why : publication.because) text += why + "; ";
    text.resize(text.size() - 2);
    return text + ".";
  }

  ordered_json documentation(const ExportSubject& subject, const ordered_json& sources) {
    const Assessment& a = subject.assessment;
    const ordered_json who = operator_of_rig();
    ordered_json json{{"@type", "ProcessDocumentation"}};
    if (subject.record) {
      const RunRecord& record = *subject.record;
      json["validFrom"] = utc_date(record.started_ms);
      json["creationDate"] = utc_moment(record.started_ms);
      json["timeDescription"] = "Measured on " + utc_date(record.started_ms) + ".";
      json["technologyDescription"] = record.technology;
      json["samplingDescription"] = record.sampling;
      json["dataTreatmentDescription"] = record.treatment;
      json["dataCollectionDescription"] = record.collection;
    }
    const std::string warning = warning_sentence(a);
    json["restrictionsDescription"] = (warning.empty() ? "" : warning + " ") + publication_words(a.publication);
    json["dataGenerator"] = who;
    json["dataDocumentor"] = who;
    json["isCopyrightProtected"] = false;
    json["sources"] = sources;
    return json;
  }

  ordered_json process(const std::string& id, const std::string& name, const ExportSubject& subject, const std::string& description) {
    ordered_json json = root("Process", id, name, version());
    if (subject.record) json["lastChange"] = utc_moment(subject.record->started_ms);
    const std::string warning = warning_sentence(subject.assessment);
    json["description"] = (warning.empty() ? "" : warning + " ") + description;
    json["processType"] = "UNIT_PROCESS";
    json["location"] = location(subject.assessment.scenario.grid.place);
    return json;
  }

  void add_inference(const ExportSubject& subject) {
    const Assessment& a = subject.assessment;
    const Scenario scenario = exported_scenario(a);
    const Input* energy = inference_energy(scenario, a);
    if (!energy) return;
    const double scale = kInferencesExported / 1e6;  // J to MJ
    const StatedSpread spread = stated(*energy, scale);
    const std::string figures = words_of(subject) + plain_digits(spread.center) + " " + plain_digits(energy->standard_uncertainty());
    const std::string process_id = id("process inference", subject.record->identity, figures), name = inference_name(a);
    const std::string flow_id = uuid_of("flow\n" + process_id);
    put("flows", product_flow(flow_id, name, kItems, "One inference: input ready to result ready.", version()));
    ordered_json json = process(process_id, name, subject,
                                "Electricity that the board takes for a million inferences, measured at its supply terminals: everything that flows during an "
                                "inference, nothing subtracted. Losses between socket and board, sleep and batteries are in the process of the device's use; do not add both.");
    ordered_json electric = exchange(2, true, spread.center, electricity(), kEnergy);
    if (const ordered_json doubt = uncertainty(spread); !doubt.is_null()) electric["uncertainty"] = doubt;
    electric["description"] = a.run->U_stated ? "Standard uncertainty; it is systematic, hence grows with the number of inferences." : "The run states no uncertainty.";
    json["exchanges"] = ordered_json::array({exchange(1, false, kInferencesExported, flow_reference(flow_id, name, kItems), kItems), electric});
    json["lastInternalId"] = 2;
    json["processDocumentation"] = documentation(subject, ordered_json::array({run_source(subject)}));
    put("processes", json);
  }

  ordered_json batteries(const Assessment& a, const std::string& record, const std::string& content) {
    const Battery& battery = *a.scenario.battery;
    const std::string id = this->id("flow battery", record, content);
    const std::string name = warning_of(a) + "replacement battery, " + battery.chemistry.name + ", " + plain_digits(battery.capacity.value / 3.6) + " mAh";
    put("flows", product_flow(id, name, kItems, "One whole battery pack. Link it to a cell of a database.", version()));
    ordered_json json = exchange(3, true, a.life_cycle.figures.battery.count - 1, flow_reference(id, name, kItems), kItems);
    json["description"] = std::string("Batteries after the first, which is part of the device; counted as ") + name_of(battery.counting) +
                          " numbers. A figure of this scenario: it does not follow the parameters.";
    return json;
  }

  void add_use(const ExportSubject& subject) {
    const Assessment& a = subject.assessment;
    const Scenario scenario = exported_scenario(a);
    const UseParameters use = use_parameters(scenario, a.life_cycle.figures);
    const std::string record = (subject.record ? subject.record->identity : std::string("scenario")) + "\n" + scenario.name, content = words_of(subject) + content_of(scenario);
    const std::string process_id = id("process use", record, content), flow_id = uuid_of("flow\n" + process_id), name = use_name(a);
    put("flows", product_flow(flow_id, name, kItems, "The use of one device over its lifetime.", version()));
    ordered_json json = process(process_id, name, subject,
                                "What one device takes over its lifetime: electricity out of the socket and batteries after the first. Figures that share an error of the "
                                "instrument share a parameter (s_...), so that their correlation survives; change f, E, P_sleep, the efficiencies or T_life to your own (of a figure that ends in _own, the value and its uncertainty).");
    ordered_json exchanges = ordered_json::array({exchange(1, false, 1.0, flow_reference(flow_id, name, kItems), kItems)});
    if (!use.electricity_formula.empty()) {
      ordered_json electric = exchange(2, true, use.electricity_MJ, electricity(), kEnergy);
      electric["amountFormula"] = use.electricity_formula;
      exchanges.push_back(electric);
    }
    if (scenario.battery && a.life_cycle.figures.battery.count > 1) exchanges.push_back(batteries(a, record, content));
    json["exchanges"] = exchanges;
    json["lastInternalId"] = 3;
    json["parameters"] = ordered_json::array();
    for (const ExportParameter& one : use.parameters) json["parameters"].push_back(parameter(process_id, one));
    ordered_json sources = ordered_json::array();
    if (a.run && subject.record) sources.push_back(run_source(subject));
    for (const Citation& citation : scenario.citations)
      if (!a.run || citation.id != a.run->run) sources.push_back(source(citation));
    json["processDocumentation"] = documentation(subject, sources);
    put("processes", json);
  }

  const OpenlcaOptions& options_;
  std::map<std::string, std::string> sets_;
};

bool is_full_version(const std::string& text) {
  if (text.size() != 9 || text[2] != '.' || text[5] != '.') return false;
  return std::all_of(text.begin(), text.end(), [](char c) { return c == '.' || std::isdigit(static_cast<unsigned char>(c)); });
}

}  // namespace

Result<ZipEntries> openlca_entries(std::span<const ExportSubject> subjects, const OpenlcaOptions& options) {
  if (!options.electricity_flow.empty() && !is_uuid(options.electricity_flow))
    return fail(Trouble::usage, "'" + options.electricity_flow + "' is no UUID: --electricity-flow takes the id of a product flow, as openLCA shows it "
                                    "in the flow's general information.");
  if (!options.version.empty() && !is_full_version(options.version))
    return fail(Trouble::usage, "'" + options.version + "' is no version: give it as MM.mm.ppp, e.g. 01.01.000.");
  Package package(options);
  for (const ExportSubject& subject : subjects) package.add(subject);
  return package.entries();
}

}  // namespace jr::lca
