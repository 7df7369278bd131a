// joulerig store check: is the database as it was written, and if not, where.
// Never repairs.
#include <iostream>
#include <nlohmann/json.hpp>

#include "rig/cli/command.hpp"
#include "rig/cli/printing.hpp"
#include "rig/cli/run_page.hpp"
#include "rig/store/upkeep.hpp"

namespace jr::cli {
namespace {

using nlohmann::ordered_json;

std::string place_of(const Damage& damage) {
  std::string place = damage.run;
  if (damage.stream) place += ", stream " + std::to_string(*damage.stream);
  if (damage.samples)
    place += ", samples " + std::to_string(damage.first_sample) + " to " + std::to_string(damage.first_sample + damage.samples);
  return place.empty() ? "" : place + ": ";
}

class StoreCheck : public Command {
 public:
  std::string name() const override { return "store check"; }
  std::string summary() const override { return "Look through the whole database: every checksum, every sum; name what is damaged"; }
  std::string examples() const override { return "  joulerig store check\n  joulerig store check --db night.db --json"; }
  void declare(Arguments& arguments) override {
    arguments.database(db_);
    arguments.flag("--json", json_, "Print JSON");
  }

  int run() override {
    const std::filesystem::path file = database_named(db_);
    Result<CheckReport> checked;
    {
      ErrorStreamProgress progress;
      progress.step("looking through " + file.string());
      checked = check_store(file, [&](double done) { progress.fraction(done); });
    }
    if (!checked) return report(checked.error());
    json_ ? print_json(*checked) : print_text(*checked);
    if (!checked->damages) return 0;
    return report({Trouble::malformed, "The database " + file.string() + " is damaged in " + std::to_string(checked->damages) +
                                           (checked->damages == 1 ? " place" : " places") +
                                           ": keep a copy of it; what is not named is whole and can be exported, and joulerig store "
                                           "restore puts a backup in its place."});
  }

 private:
  static void print_json(const CheckReport& r) {
    ordered_json damage = ordered_json::array();
    for (const Damage& one : r.damage)
      damage.push_back({{"run", one.run.empty() ? ordered_json() : ordered_json(one.run)},
                        {"stream", one.stream ? ordered_json(*one.stream) : ordered_json()},
                        {"first_sample", one.first_sample}, {"samples", one.samples}, {"what", one.what}});
    std::cout << ordered_json{{"whole", r.damages == 0}, {"runs", r.runs}, {"chunks", r.chunks}, {"samples", r.samples},
                              {"pyramids", r.pyramids}, {"pyramid_rows_missing", r.pyramid_rows_missing}, {"dropped_traces", r.dropped_traces}, {"damages", r.damages},
                              {"damage", std::move(damage)}}
                     .dump(-1, ' ', false, ordered_json::error_handler_t::replace)
              << "\n";
  }

  static void print_text(const CheckReport& r) {
    for (const Damage& one : r.damage) std::cout << place_of(one) << one.what << "\n";
    if (r.damages > r.damage.size()) std::cout << "... and " << r.damages - r.damage.size() << " more.\n";
    std::cout << r.runs << (r.runs == 1 ? " run, " : " runs, ") << r.chunks << " chunks, " << r.samples << " samples"
              << (r.damages ? "." : ": everything is as it was written.") << "\n";
  }

  std::string db_;
  bool json_{};
};

}  // namespace

std::unique_ptr<Command> make_store_check() { return std::make_unique<StoreCheck>(); }

}  // namespace jr::cli
