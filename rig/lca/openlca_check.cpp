// Reads every entry, holds its fields against the table, then its content against the rules.
// A file that cannot be read is one finding; the others are looked at all the same.
#include "rig/lca/openlca_check.hpp"

#include <algorithm>
#include <charconv>
#include <chrono>
#include <cmath>
#include <optional>

#include "rig/lca/export_id.hpp"
#include "rig/lca/openlca_rules.hpp"
#include "rig/lca/openlca_schema.hpp"

namespace jr::lca {
namespace {

using namespace olca;

std::optional<int> digits_at(const std::string& text, std::size_t at, std::size_t count) {
  int value = 0;
  if (text.size() < at + count) return {};
  const auto [end, trouble] = std::from_chars(text.data() + at, text.data() + at + count, value);
  if (trouble != std::errc() || end != text.data() + at + count || text[at] == '-') return {};
  return value;
}

bool is_date(const std::string& text) {
  const auto year = digits_at(text, 0, 4), month = digits_at(text, 5, 2), day = digits_at(text, 8, 2);
  if (text.size() != 10 || text[4] != '-' || text[7] != '-' || !year || !month || !day) return false;
  return std::chrono::year_month_day(std::chrono::year(*year), std::chrono::month(static_cast<unsigned>(*month)),
                                     std::chrono::day(static_cast<unsigned>(*day))).ok();
}

/// "2026-01-15T09:30:00Z", with or without a fraction; a time zone may stand in place of Z.
bool is_moment(const std::string& text) {
  const auto hour = digits_at(text, 11, 2), minute = digits_at(text, 14, 2), second = digits_at(text, 17, 2);
  if (text.size() < 20 || !is_date(text.substr(0, 10)) || text[10] != 'T' || text[13] != ':' || text[16] != ':') return false;
  if (!hour || !minute || !second || *hour > 23 || *minute > 59 || *second > 59) return false;
  std::size_t at = 19;
  if (text[at] == '.') for (++at; at < text.size() && text[at] >= '0' && text[at] <= '9';) ++at;
  if (text.substr(at) == "Z") return true;
  return text.size() == at + 6 && (text[at] == '+' || text[at] == '-') && text[at + 3] == ':' && digits_at(text, at + 1, 2) && digits_at(text, at + 4, 2);
}

bool is_any_version(const std::string& text) {
  if (text.empty() || text.size() > 12 || text.front() == '.' || text.back() == '.' || text.find("..") != std::string::npos) return false;
  return std::count(text.begin(), text.end(), '.') <= 2 && text.find_first_not_of("0123456789.") == std::string::npos;
}

bool is_name(const std::string& text) {
  const auto letter = [](char c) { return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z'); };
  return !text.empty() && letter(text.front()) &&
         std::all_of(text.begin(), text.end(), [&](char c) { return letter(c) || (c >= '0' && c <= '9') || c == '_'; });
}

class Check {
 public:
  explicit Check(const OpenlcaOutside& outside) { index_.outside = &outside; }

  std::vector<OpenlcaFinding> of(const ZipEntries& entries) {
    for (const auto& [name, text] : entries) read(name, text);
    check_meta();
    for (const auto& [name, set] : files_) enter(name, set);
    for (const auto& [name, set] : files_) look_at(name, set);
    return findings_.take();
  }

 private:
  void read(const std::string& name, const std::string& text) {
    if (!names_.insert(name).second) return findings_.add("twice", name, "stands in the archive twice: which one counts is the reader's whim.");
    if (name.starts_with("bin/")) return;  // attachments of data sets: any bytes
    const auto slash = name.find('/');
    const std::string folder = name.substr(0, slash);
    const bool is_meta = name == "openlca.json" || name == "olca-schema.json";
    if (slash == std::string::npos && !is_meta)
      return findings_.add("layout", name, "lies at the root of the package, where only the two version files belong.");
    if (!is_meta && (!is_folder(folder) || name.find('/', slash + 1) != std::string::npos || !name.ends_with(".json")))
      return findings_.add("layout", name, "is no <folder>/<id>.json of the format: no importer looks there.");
    if (!is_meta && !class_in(folder)) return findings_.add("not-checked", name, "is of a class that this check does not know.");
    json value;
    try {
      value = json::parse(text);  // a number beyond a double is an error of its own
    } catch (const json::exception& error) {
      return findings_.add("json", name, std::string("is no JSON: ") + error.what());
    }
    if (!value.is_object()) return findings_.add("json", name, "holds no JSON object.");
    if (is_meta) {
      meta_.emplace(name, std::move(value));
      return;
    }
    files_.emplace_back(name, std::move(value));
  }

  void check_meta() {
    const auto needs = [&](const char* file, const char* key, int least, int most) {
      const auto found = meta_.find(file);
      if (found == meta_.end()) return findings_.add("version-file", file, "is missing: a reader would take the package for version 1.");
      const auto value = found->second.find(key);
      const bool fits = value != found->second.end() && value->is_number_integer() && *value >= least && *value <= most;
      if (!fits) findings_.add("version-file", file, std::string("does not say \"") + key + "\": 2.");
    };
    needs("openlca.json", "schemaVersion", 2, 5);
    needs("olca-schema.json", "version", 2, 2);
  }

  /// What others may refer to.
  void enter(const std::string& name, const json& set) {
    const Class* known = class_in(name.substr(0, name.find('/')));
    const std::string id = text_at(set, "@id"), type = text_at(set, "@type");
    if (type != known->name) findings_.add("folder", name, "is a '" + type + "', and this folder is for " + known->name + ".");
    if (name.substr(name.find('/') + 1) != id + ".json") findings_.add("stem", name, "has the @id '" + id + "': file and id must agree.");
    if (!is_uuid(id)) findings_.add("uuid", name, "has an @id that is no UUID.");
    if (!index_.sets.emplace(std::string(known->name) + " " + id, &set).second) findings_.add("twice", name, "has the @id of another data set of its class.");
    if (type == "UnitGroup" && set.contains("units") && set["units"].is_array())
      for (const json& unit : set["units"])
        if (unit.is_object()) {
          index_.units[id].insert(text_at(unit, "@id"));
          index_.all_units.insert(text_at(unit, "@id"));
        }
    if (type == "FlowProperty") index_.groups[id] = id_at(set, "unitGroup");
  }

  void look_at(const std::string& name, const json& set) {
    const Class& known = *class_in(name.substr(0, name.find('/')));
    fields(set, known, name, "");
    if (std::string(known.name) == "UnitGroup") check_unit_group(set, name, findings_);
    if (std::string(known.name) == "Flow") check_flow(set, name, findings_);
    if (std::string(known.name) == "Process") check_process(set, name, index_, findings_);
  }

  void fields(const json& object, const Class& known, const std::string& file, const std::string& path) {
    const std::string where = path.empty() ? file : file + " " + path;
    for (const auto& [key, value] : object.items()) {
      if (key == "@type" || key == "@id") {
        if (!value.is_string()) findings_.add("wrong-type", where, key + " is no text.");
        continue;
      }
      const auto field = std::find_if(known.fields.begin(), known.fields.end(), [&name = key](const Field& f) { return name == f.name; });
      if (field == known.fields.end()) findings_.add("unknown-field", where, "has a field '" + key.substr(0, 60) + "' that " + known.name + " does not have: importers skip it in silence.");
      else if (!value.is_null()) this->value(value, *field, file, path.empty() ? key : path + "." + key);
    }
    for (const Field& field : known.fields)
      if (field.needed && (!object.contains(field.name) || object[field.name].is_null()))
        findings_.add("missing", where, std::string("has no '") + field.name + "': importers take false, 0 or nothing for it.");
  }

  void wrong(const std::string& where, const char* wanted) { findings_.add("wrong-type", where, std::string("is no ") + wanted + "."); }

  void text(const json& value, const Field& field, const std::string& where) {
    if (!value.is_string()) return wrong(where, "text");
    const std::string& text = value.get_ref<const std::string&>();
    if (field.kind == Kind::text && field.needed && text.empty()) findings_.add("missing", where, "is empty.");
    if (field.kind == Kind::date && !is_date(text)) findings_.add("date", where, "is '" + text.substr(0, 40) + "', no date like 2026-01-15.");
    if (field.kind == Kind::moment && !is_moment(text)) findings_.add("date", where, "is '" + text.substr(0, 40) + "', no moment like 2026-01-15T09:30:00Z.");
    if (field.kind == Kind::version && !is_any_version(text)) findings_.add("version", where, "is '" + text.substr(0, 40) + "', no version like 01.00.000.");
    if (field.kind == Kind::name && !is_name(text)) findings_.add("parameter-name", where, "is '" + text.substr(0, 60) + "', which no formula can name.");
    if (field.kind != Kind::enumeration) return;
    const auto words = words_of(field.of);
    if (std::none_of(words.begin(), words.end(), [&](const char* word) { return text == word; }))
      findings_.add("unknown-word", where, "is '" + text.substr(0, 60) + "', which is none of " + field.of + ": importers take nothing for it.");
  }

  void value(const json& value, const Field& field, const std::string& file, const std::string& path) {
    const std::string where = file + " " + path;
    switch (field.kind) {
      case Kind::number:
        if (!value.is_number()) return wrong(where, "number");
        if (!std::isfinite(value.get<double>())) findings_.add("number", where, "is not finite.");
        return;
      case Kind::whole: return value.is_number_integer() ? void() : wrong(where, "whole number");
      case Kind::flag: return value.is_boolean() ? void() : wrong(where, "true or false");
      case Kind::anything: return;
      case Kind::reference: return reference(value, field, file, path);
      case Kind::object: return object(value, field, file, path);
      case Kind::references:
      case Kind::objects:
      case Kind::texts: return list(value, field, file, path);
      default: return text(value, field, where);
    }
  }

  void list(const json& value, const Field& field, const std::string& file, const std::string& path) {
    if (!value.is_array()) return wrong(file + " " + path, "list");
    for (std::size_t i = 0; i < value.size(); ++i) {
      const std::string place = path + "[" + std::to_string(i) + "]";
      if (field.kind == Kind::references) reference(value[i], field, file, place);
      else if (field.kind == Kind::objects) object(value[i], field, file, place);
      else if (!value[i].is_string()) wrong(file + " " + place, "text");
    }
  }

  void object(const json& value, const Field& field, const std::string& file, const std::string& path) {
    const std::string where = file + " " + path;
    if (!value.is_object()) return wrong(where, "object");
    const Class* known = class_named(field.of);
    if (!known) return findings_.add("not-checked", where, std::string("is a ") + field.of + ", a class that this check does not know.");
    const std::string type = text_at(value, "@type");
    if (!type.empty() && type != field.of) findings_.add("wrong-type", where, "is a '" + type.substr(0, 60) + "' in the place of " + field.of + ".");
    const bool named = std::string(field.of) == "Unit" || std::string(field.of) == "Parameter";
    if (named && !is_uuid(text_at(value, "@id"))) findings_.add("uuid", where, "has an @id that is no UUID.");
    fields(value, *known, file, path);
  }

  void reference(const json& value, const Field& field, const std::string& file, const std::string& path) {
    const std::string where = file + " " + path;
    if (!value.is_object()) return wrong(where, "reference");
    const std::string type = text_at(value, "@type"), id = text_at(value, "@id");
    if (type != field.of) findings_.add("reference", where, "refers to a '" + type.substr(0, 60) + "' where " + field.of + " belongs.");
    if (!is_uuid(id)) findings_.add("uuid", where, "refers to an @id that is no UUID.");
    else if (!index_.has(field.of, id)) findings_.add("reference", where, std::string("refers to a ") + field.of + " (" + id + ") that is not in the package: importers leave the place empty in silence.");
    fields(value, *class_named("Ref"), file, path);
  }

  Index index_;
  Findings findings_;
  std::set<std::string> names_;
  std::map<std::string, json> meta_;
  std::vector<std::pair<std::string, json>> files_;
};

}  // namespace

std::vector<OpenlcaFinding> check_openlca(const ZipEntries& entries, const OpenlcaOutside& outside) { return Check(outside).of(entries); }

}  // namespace jr::lca
