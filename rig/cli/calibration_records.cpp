// joulerig calibration list, show, export, import, recall: the calibrations that are kept.
#include <fstream>
#include <iostream>
#include <iterator>
#include <nlohmann/json.hpp>

#include "rig/cli/calibration_page.hpp"
#include "rig/cli/command.hpp"
#include "rig/cli/printing.hpp"
#include "rig/cli/run_page.hpp"
#include "rig/core/host_clock.hpp"
#include "rig/exchange/output_file.hpp"
#include "rig/run/calibrate.hpp"

namespace jr::cli {
namespace {

using nlohmann::ordered_json;


class CalibrationList : public Command {
 public:
  std::string name() const override { return "calibration list"; }
  std::string summary() const override {
    return "List the calibrations in the database, newest first";
  }
  std::string examples() const override {
    return "  joulerig calibration list\n  joulerig calibration list --json";
  }
  void declare(Arguments& arguments) override {
    arguments.database(db_);
    arguments.flag("--json", json_, "Print JSON");
  }

  int run() override {
    auto store = open_store(db_);
    if (!store) return report(store.error());
    auto rows = (*store)->calibrations();
    if (!rows) return report(rows.error());
    if (json_) return print_json(*rows);
    if (rows->empty()) {
      std::cout << "No calibration yet: joulerig calibrate BENCH makes one.\n";
      return 0;
    }
    const std::string now = iso_utc(wall_now_ms());
    std::vector<std::vector<std::string>> lines{
        {"calibration", "instrument", "made", "expires", "certificate", "state"}};
    for (const CalibrationRow& row : *rows)
      lines.push_back({short_id(row.id), row.kind + " " + row.serial, row.created.substr(0, 10),
                       row.expires.substr(0, 10), row.certificate,
                       row.state == "active" && row.expires < now ? "expired" : row.state});
    std::cout << table(lines);
    return 0;
  }

 private:
  static int print_json(const std::vector<CalibrationRow>& rows) {
    ordered_json list = ordered_json::array();
    for (const CalibrationRow& row : rows)
      list.push_back({{"id", row.id},
                      {"kind", row.kind},
                      {"serial", row.serial},
                      {"created", row.created},
                      {"expires", row.expires},
                      {"certificate", row.certificate},
                      {"state", row.state},
                      {"reason", row.reason}});
    std::cout << ordered_json{{"calibrations", list}}.dump() << "\n";
    return 0;
  }

  std::string db_;
  bool json_{};
};

class CalibrationShow : public Command {
 public:
  std::string name() const override { return "calibration show"; }
  std::string summary() const override {
    return "Show one calibration: coefficients with their doubt, as found, as left, checks";
  }
  std::string examples() const override {
    return "  joulerig calibration show 3f2a91\n  joulerig calibration show 3f2a91 --json "
           "--covariance";
  }
  void declare(Arguments& arguments) override {
    arguments.calibration_id(id_);
    arguments.database(db_);
    arguments.flag("--json", json_, "Print everything as JSON, points included");
    arguments.flag("--covariance", covariance_, "With --json: the covariance of all coefficients");
  }

  int run() override {
    auto store = open_store(db_);
    if (!store) return report(store.error());
    auto row = (*store)->calibration(id_);
    if (!row) return report(row.error());
    auto calibration = calibration_from(row->text);
    if (!calibration) return report(calibration.error());
    const CalibrationStanding standing{row->state, row->reason};
    std::cout << (json_ ? calibration_json(*calibration, standing, covariance_) + "\n"
                        : calibration_page(*calibration, standing));
    return 0;
  }

 private:
  std::string id_, db_;
  bool json_{}, covariance_{};
};

class CalibrationExport : public Command {
 public:
  std::string name() const override { return "calibration export"; }
  std::string summary() const override {
    return "Write a calibration's record to a file, to be imported elsewhere";
  }
  std::string examples() const override {
    return "  joulerig calibration export 3f2a91 -o ppk2-E1.json";
  }
  void declare(Arguments& arguments) override {
    arguments.calibration_id(id_);
    arguments.output(output_, force_, "File to write (default: standard output)");
    arguments.database(db_);
    arguments.flag("--json", json_, "The record is JSON already; this changes nothing");
  }

  int run() override {
    auto store = open_store(db_);
    if (!store) return report(store.error());
    auto row = (*store)->calibration(id_);
    if (!row) return report(row.error());
    if (output_.empty()) {
      std::cout << row->text;
      return 0;
    }
    if (auto written = write_output(output_, row->text, force_); !written) return report(written.error());
    std::cerr << "Wrote calibration " << short_id(row->id) << " to " << output_ << ".\n";
    return 0;
  }

 private:
  std::string id_, output_, db_;
  bool force_{}, json_{};
};

class CalibrationImport : public Command {
 public:
  std::string name() const override { return "calibration import"; }
  std::string summary() const override {
    return "Take in a calibration record from a file, if not a digit of it was changed";
  }
  std::string examples() const override { return "  joulerig calibration import ppk2-E1.json"; }
  void declare(Arguments& arguments) override {
    arguments.required("FILE", file_, "A record that calibration export wrote");
    arguments.database(db_);
    arguments.flag("--json", json_, "Print JSON");
  }

  int run() override {
    std::ifstream stream(file_);
    if (!stream) return report({Trouble::usage, "Cannot read " + file_ + ": is the path right?"});
    const std::string text(std::istreambuf_iterator<char>(stream), {});
    auto calibration = calibration_from(text);
    if (!calibration)
      return report({calibration.error().trouble, file_ + ": " + calibration.error().message});
    auto store = open_store(db_);
    if (!store) return report(store.error());
    const std::string reason = failed_checks(*calibration);
    if (auto kept = (*store)->add_calibration(row_of(*calibration, passed(*calibration), reason));
        !kept)
      return report(kept.error());
    auto row = (*store)->calibration(calibration->id);
    if (!row) return report(row.error());
    if (json_)
      std::cout
          << ordered_json{{"id", row->id}, {"state", row->state}, {"reason", row->reason}}.dump()
          << "\n";
    else
      std::cout << "Calibration " << short_id(row->id) << " of " << row->kind << " " << row->serial
                << " is " << row->state << ", valid until " << row->expires << ".\n";
    return 0;
  }

 private:
  std::string file_, db_;
  bool json_{};
};

class CalibrationRecall : public Command {
 public:
  std::string name() const override { return "calibration recall"; }
  std::string summary() const override {
    return "A certificate was withdrawn: revoke what rests on it, and list every result that used "
           "it";
  }
  std::string examples() const override {
    return "  joulerig calibration recall --certificate K-2026-0311 --reason \"the laboratory "
           "withdrew it\"";
  }
  void declare(Arguments& arguments) override {
    arguments.required("--certificate", certificate_, "The certificate's number");
    arguments.required("--reason", reason_, "Why, in words; kept in the record");
    arguments.database(db_);
    arguments.flag("--json", json_, "Print JSON");
  }

  int run() override {
    if (reason_.empty())
      return report({Trouble::usage, "--reason must say why the certificate was recalled."});
    auto store = open_store(db_);
    if (!store) return report(store.error());
    auto recall =
        (*store)->recall_certificate(certificate_, reason_, iso_utc(wall_now_ms()).substr(0, 10));
    if (!recall) return report(recall.error());
    json_ ? print_json(*recall) : print_text(*recall);
    return 0;
  }

 private:
  void print_json(const Recall& recall) const {
    ordered_json results = ordered_json::array();
    for (const ResultUse& use : recall.results)
      results.push_back(
          {{"run", use.run}, {"calibration", use.calibration}, {"created_ms", use.created_ms}});
    std::cout << ordered_json{{"certificate", certificate_},
                              {"calibrations", recall.calibrations},
                              {"results", results}}
                     .dump()
              << "\n";
  }

  void print_text(const Recall& recall) const {
    std::cout << "Revoked " << recall.calibrations.size()
              << (recall.calibrations.size() == 1 ? " calibration" : " calibrations")
              << " resting on certificate " << certificate_ << ":";
    for (const std::string& id : recall.calibrations) std::cout << " " << short_id(id);
    std::cout << "\n";
    if (recall.results.empty()) {
      std::cout << "No stored result used one of them.\n";
      return;
    }
    std::vector<std::vector<std::string>> rows{{"suspect run", "measured", "calibration"}};
    for (const ResultUse& use : recall.results)
      rows.push_back({use.run, local_time(use.created_ms), short_id(use.calibration)});
    std::cout << table(rows);
  }

  std::string certificate_, reason_, db_;
  bool json_{};
};

}  // namespace

std::unique_ptr<Command> make_calibration_list() { return std::make_unique<CalibrationList>(); }
std::unique_ptr<Command> make_calibration_show() { return std::make_unique<CalibrationShow>(); }
std::unique_ptr<Command> make_calibration_export() { return std::make_unique<CalibrationExport>(); }
std::unique_ptr<Command> make_calibration_import() { return std::make_unique<CalibrationImport>(); }
std::unique_ptr<Command> make_calibration_recall() { return std::make_unique<CalibrationRecall>(); }

}  // namespace jr::cli
