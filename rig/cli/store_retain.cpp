// joulerig store retain: old traces go by policy; what was measured stays for ever.
// Never guesses a policy: the age must be said.
#include <iostream>
#include <nlohmann/json.hpp>

#include "rig/cli/command.hpp"
#include "rig/cli/printing.hpp"
#include "rig/cli/run_page.hpp"
#include "rig/core/duration.hpp"
#include "rig/core/host_clock.hpp"
#include "rig/store/upkeep.hpp"

namespace jr::cli {
namespace {

using nlohmann::ordered_json;

class StoreRetain : public Command {
 public:
  std::string name() const override { return "store retain"; }
  std::string summary() const override { return "Drop the traces of old runs; facts, windows, results and calibrations stay for ever"; }
  std::string examples() const override {
    return "  joulerig store retain --older-than 90d --dry-run         what would go\n"
           "  joulerig store retain --older-than 90d --keep-tag paper  but nothing that is tagged 'paper'";
  }
  void declare(Arguments& arguments) override {
    arguments.required("--older-than", older_than_, "Traces of runs that began longer ago go, e.g. 90d, 12h, 6w, or before a date, 2026-11-20");
    arguments.option("--keep-tag", keep_tags_, "Keep the traces of runs with this tag; may be given more than once");
    arguments.flag("--dry-run", dry_run_, "Only say what would go");
    arguments.database(db_);
    arguments.flag("--json", json_, "Print JSON");
  }

  int run() override {
    RetainPolicy policy;
    policy.now_ms = wall_now_ms();
    const auto before_ms = parse_moment(older_than_, policy.now_ms);
    if (!before_ms) return report(before_ms.error());
    policy.before_ms = *before_ms;
    policy.keep_tags = keep_tags_;
    policy.why = "older than " + older_than_;
    policy.dry_run = dry_run_;
    auto retained = retain_store(database_named(db_), policy);
    if (!retained) return report(retained.error());
    json_ ? print_json(*retained) : print_text(*retained);
    return 0;
  }

 private:
  void print_json(const RetainReport& r) const {
    ordered_json dropped = ordered_json::array(), kept = ordered_json::array();
    for (const RetainedTrace& trace : r.traces) {
      ordered_json one{{"run", trace.run}, {"samples", trace.samples}, {"bytes", trace.bytes}};
      if (!trace.kept_because.empty()) one["reason"] = trace.kept_because;
      (trace.kept_because.empty() ? dropped : kept).push_back(std::move(one));
    }
    std::cout << ordered_json{{"dry_run", dry_run_}, {"dropped", std::move(dropped)}, {"kept", std::move(kept)},
                              {"bytes_returned", r.bytes_returned}, {"remark", r.remark}}.dump()
              << "\n";
  }

  void print_text(const RetainReport& r) const {
    std::uint64_t traces = 0, bytes = 0;
    std::vector<std::vector<std::string>> rows{{"run", "samples", "bytes", dry_run_ ? "would be" : "is"}};
    for (const RetainedTrace& trace : r.traces) {
      rows.push_back({trace.run, std::to_string(trace.samples), std::to_string(trace.bytes),
                      trace.kept_because.empty() ? "dropped" : "kept: " + trace.kept_because});
      if (trace.kept_because.empty()) ++traces, bytes += trace.bytes;
    }
    if (!r.traces.empty()) std::cout << table(rows);
    std::cout << traces << (traces == 1 ? " trace " : " traces ") << (dry_run_ ? "would be dropped, " : "dropped, ") << bytes << " bytes";
    if (!dry_run_) std::cout << "; " << r.bytes_returned << " bytes came back to the file system";
    std::cout << ".\n" << (r.remark.empty() ? "" : r.remark + "\n");
  }

  std::string older_than_, db_;
  std::vector<std::string> keep_tags_;
  bool dry_run_{}, json_{};
};

}  // namespace

std::unique_ptr<Command> make_store_retain() { return std::make_unique<StoreRetain>(); }

}  // namespace jr::cli
