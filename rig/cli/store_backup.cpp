// joulerig store backup, store restore: a copy as of one moment, and the way back.
// Never ends with half a file under the name that was asked for.
#include <iostream>
#include <nlohmann/json.hpp>

#include "rig/cli/command.hpp"
#include "rig/cli/printing.hpp"
#include "rig/cli/run_page.hpp"
#include "rig/store/upkeep.hpp"

namespace jr::cli {
namespace {

using nlohmann::ordered_json;


std::string counted(std::uint64_t runs) { return std::to_string(runs) + (runs == 1 ? " run" : " runs"); }

class StoreBackup : public Command {
 public:
  std::string name() const override { return "store backup"; }
  std::string summary() const override { return "Copy the database as it is now, also while something is being measured"; }
  std::string examples() const override {
    return "  joulerig store backup /mnt/backup/joulerig.db    replaces the backup that is there once the new one is whole";
  }
  void declare(Arguments& arguments) override {
    arguments.required("PATH", path_, "Where the backup goes");
    arguments.database(db_);
    arguments.flag("--json", json_, "Print JSON");
  }

  int run() override {
    const std::filesystem::path file = database_named(db_);
    Result<BackupReport> made;
    {
      ErrorStreamProgress progress;
      progress.step("copying " + file.string());
      made = backup_store(file, path_, [&](double done) { progress.fraction(done); });
    }
    if (!made) return report(made.error());
    if (json_)
      std::cout << ordered_json{{"backup", path_}, {"bytes", made->bytes}, {"runs", made->runs}}.dump() << "\n";
    else
      std::cout << path_ << " holds " << counted(made->runs) << " in " << made->bytes << " bytes, and SQLite found it whole.\n";
    return 0;
  }

 private:
  std::string path_, db_;
  bool json_{};
};

class StoreRestore : public Command {
 public:
  std::string name() const override { return "store restore"; }
  std::string summary() const override { return "Put a backup in the database's place, after looking it through"; }
  std::string examples() const override {
    return "  joulerig store restore /mnt/backup/joulerig.db\n"
           "  joulerig store restore /mnt/backup/joulerig.db --force   the database that is there stays beside it";
  }
  void declare(Arguments& arguments) override {
    arguments.required("PATH", path_, "The backup");
    arguments.flag("--force", force_, "A database is there already: keep it under another name, and put the backup in its place");
    arguments.database(db_);
    arguments.flag("--json", json_, "Print JSON");
  }

  int run() override {
    const std::filesystem::path file = database_named(db_);
    Result<RestoreReport> restored;
    {
      ErrorStreamProgress progress;
      progress.step("copying " + path_);
      restored = restore_store(path_, file, force_, [&](double done) { progress.fraction(done); });
    }
    if (!restored) return report(restored.error());
    if (json_)
      std::cout << ordered_json{{"database", file.string()}, {"runs", restored->runs},
                                {"old", restored->old.empty() ? ordered_json() : ordered_json(restored->old.string())}}
                       .dump()
                << "\n";
    else
      std::cout << file.string() << " holds the " << counted(restored->runs) << " of " << path_
                << (restored->old.empty() ? "" : "; what was there before is " + restored->old.string()) << ".\n";
    return 0;
  }

 private:
  std::string path_, db_;
  bool force_{}, json_{};
};

}  // namespace

std::unique_ptr<Command> make_store_backup() { return std::make_unique<StoreBackup>(); }
std::unique_ptr<Command> make_store_restore() { return std::make_unique<StoreRestore>(); }

}  // namespace jr::cli
