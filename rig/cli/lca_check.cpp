// joulerig lca check: holds an openLCA package against its format, since importers accept anything in silence.
// Reads, and changes nothing.
#include <algorithm>
#include <filesystem>
#include <fstream>
#include <iostream>
#include <nlohmann/json.hpp>
#include <span>

#include "rig/cli/command.hpp"
#include "rig/cli/printing.hpp"
#include "rig/core/verdict.hpp"
#include "rig/lca/export_id.hpp"
#include "rig/lca/openlca_check.hpp"

namespace jr::cli {
namespace {

Result<std::string> bytes_of(const std::string& path) {
  std::error_code trouble;
  const auto size = std::filesystem::file_size(path, trouble);
  std::ifstream file(path, std::ios::binary);
  if (trouble || !file) return fail(Trouble::not_found, path + " cannot be read: name a package that is there.");
  if (size > lca::kMostZipBytes) return fail(Trouble::malformed, path + " has " + std::to_string(size) + " bytes; packages up to 16 MiB are checked.");
  std::string bytes(size, '\0');
  file.read(bytes.data(), static_cast<std::streamsize>(size));
  bytes.resize(static_cast<std::size_t>(std::max<std::streamsize>(0, file.gcount())));
  return bytes;
}

class LcaCheck : public Command {
 public:
  std::string name() const override { return "lca check"; }
  std::string summary() const override { return "Is an openLCA package what its format promises?"; }
  std::string examples() const override {
    return "  joulerig lca check sim-1.zip\n"
           "  joulerig lca check sim-1.zip --no-reference-data --external 3f2b9c1e-0000-4000-8000-000000000001";
  }
  void declare(Arguments& arguments) override {
    arguments.required("FILE", file_, "The package, e.g. sim-1.zip");
    arguments.option("--external", external_, "UUIDs of data sets that the reader's database has");
    arguments.flag("--no-reference-data", no_reference_data_, "openLCA's own units and quantities are in that database as well");
    arguments.flag("--json", json_, "Print JSON");
  }

  int run() override {
    lca::OpenlcaOutside outside;
    outside.reference_data = no_reference_data_;
    for (const std::string& id : external_) {
      if (!lca::is_uuid(id)) return report({Trouble::usage, "'" + id + "' is no UUID: --external takes ids of data sets."});
      outside.ids.insert(id);
    }
    const auto bytes = bytes_of(file_);
    if (!bytes) return report(bytes.error());
    const auto entries = lca::unzipped(std::as_bytes(std::span(*bytes)), file_);
    if (!entries) return report(entries.error());
    const auto findings = lca::check_openlca(*entries, outside);
    print(findings, entries->size());
    return exit_code(findings.empty() ? Verdict::pass : Verdict::fail);
  }

 private:
  void print(const std::vector<lca::OpenlcaFinding>& findings, std::size_t entries) const {
    if (json_) {
      auto list = nlohmann::ordered_json::array();
      for (const auto& one : findings) list.push_back({{"rule", one.rule}, {"where", one.where}, {"what", one.what}});
      const nlohmann::ordered_json all{{"file", file_}, {"entries", entries}, {"findings", list}};
      std::cout << all.dump(-1, ' ', false, nlohmann::ordered_json::error_handler_t::replace) << "\n";
      return;
    }
    for (const auto& one : findings) std::cout << one.rule << ": " << one.where << " " << one.what << "\n";
    std::cout << file_ << ": " << entries << " entries, " << (findings.empty() ? "nothing to complain of" : std::to_string(findings.size()) + " complaints") << ".\n";
  }

  std::string file_;
  std::vector<std::string> external_;
  bool no_reference_data_{}, json_{};
};

}  // namespace

std::unique_ptr<Command> make_lca_check() { return std::make_unique<LcaCheck>(); }

}  // namespace jr::cli
