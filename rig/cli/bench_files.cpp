// joulerig discover, bench init, bench check: from what is plugged in to a bench that is fit to measure.
#include <algorithm>
#include <filesystem>
#include <iostream>
#include <nlohmann/json.hpp>

#include "drivers/monitors/monitor.hpp"
#include "drivers/transport/serial.hpp"
#include "rig/cli/command.hpp"
#include "rig/cli/printing.hpp"
#include "rig/core/verdict.hpp"
#include "rig/exchange/output_file.hpp"
#include "rig/run/bench_check.hpp"
#include "rig/run/config.hpp"

namespace jr::cli {
namespace {

using nlohmann::ordered_json;

std::vector<FoundDevice> found_monitors() {
  std::vector<FoundDevice> found;
  for (const MonitorDriver* driver : monitor_drivers())
    for (FoundDevice& device : driver->discover()) found.push_back(std::move(device));
  return found;
}

bool is_a_monitor(const std::vector<FoundDevice>& monitors, const SerialPortFound& port) {
  return std::any_of(monitors.begin(), monitors.end(), [&](const FoundDevice& device) {
    return device.port == port.path || (!device.serial.empty() && device.serial == port.serial);
  });
}

class Discover : public Command {
 public:
  std::string name() const override { return "discover"; }
  std::string summary() const override { return "List the power analyzers and serial ports of this computer"; }
  std::string examples() const override { return "  joulerig discover\n  joulerig discover --json"; }
  void declare(Arguments& arguments) override { arguments.flag("--json", json_, "Print JSON"); }

  int run() override {
    const auto monitors = found_monitors();
    const auto ports = list_serial_ports();
    json_ ? print_json(monitors, ports) : print_text(monitors, ports);
    return 0;
  }

 private:
  static void print_json(const std::vector<FoundDevice>& monitors, const std::vector<SerialPortFound>& ports) {
    ordered_json document{{"monitors", ordered_json::array()}, {"ports", ordered_json::array()}};
    for (const FoundDevice& d : monitors)
      document["monitors"].push_back({{"kind", d.kind}, {"port", d.port}, {"serial", d.serial},
                                      {"description", d.description}, {"trouble", d.trouble}});
    for (const SerialPortFound& p : ports)
      document["ports"].push_back({{"port", p.path}, {"description", p.description}, {"serial", p.serial},
                                   {"vendor_id", p.vendor_id}, {"product_id", p.product_id}});
    std::cout << document.dump() << "\n";
  }

  static void print_text(const std::vector<FoundDevice>& monitors, const std::vector<SerialPortFound>& ports) {
    if (monitors.empty())
      std::cout << "No power analyzer is attached that JouleRig knows. Without hardware: joulerig measure (virtual bench).\n";
    else {
      std::vector<std::vector<std::string>> rows{{"analyzer", "port", "serial", ""}};
      for (const FoundDevice& d : monitors) rows.push_back({d.kind, d.port, d.serial, d.trouble});
      std::cout << table(rows);
    }
    std::vector<std::vector<std::string>> rows{{"serial port", "serial", "description"}};
    for (const SerialPortFound& p : ports)
      if (!is_a_monitor(monitors, p)) rows.push_back({p.path, p.serial, p.description});
    if (rows.size() > 1) std::cout << "\n" << table(rows);
  }

  bool json_{};
};

class BenchInit : public Command {
 public:
  std::string name() const override { return "bench init"; }
  std::string summary() const override { return "Write a bench file from what is attached"; }
  std::string examples() const override {
    return "  joulerig bench init my-bench --board nucleo-l4r5zi\n  joulerig bench check my-bench";
  }
  void declare(Arguments& arguments) override {
    arguments.required("NAME", name_, "Name of the new bench");
    arguments.option("--board", board_, "Board on it, one of fixtures/boards (default: nucleo-l4r5zi)");
    arguments.output(output_, force_, "File to write (default: your configuration folder, benches/NAME.toml)");
  }

  int run() override {
    if (name_.empty() || name_.find_first_not_of("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-_") != std::string::npos)
      return report({Trouble::usage, "A bench's name is made of letters, digits, - and _; '" + name_ + "' is not."});
    if (auto board = find_config("boards", board_); !board) return report(board.error());
    const auto monitors = found_monitors();
    if (monitors.empty())
      return report({Trouble::not_found, "No power analyzer is attached: plug one in (joulerig discover lists them), "
                                         "or copy fixtures/benches/nucleo-ppk2.toml and edit it."});
    const std::filesystem::path file = output_.empty() ? default_file() : std::filesystem::path(output_);
    std::error_code ignored;
    if (output_.empty()) std::filesystem::create_directories(file.parent_path(), ignored);  // a folder that was typed must be there
    if (auto written = write_output(file, text_for(monitors.front()), force_); !written) return report(written.error());
    std::cout << "Wrote " << file.string() << ". Check wiring and voltage in it, then: joulerig bench check " << name_ << "\n";
    if (monitors.size() > 1)
      std::cerr << monitors.size() << " analyzers are attached; the file names " << monitors.front().serial << ".\n";
    return 0;
  }

 private:
  std::filesystem::path default_file() const { return folders_of("benches").front() / (name_ + ".toml"); }

  std::string text_for(const FoundDevice& monitor) const {
    std::string link;
    for (const SerialPortFound& port : list_serial_ports())
      if (!is_a_monitor({monitor}, port) && link.empty()) link = port.path;
    return "# Written by joulerig bench init; see fixtures/benches/nucleo-ppk2.toml for what each line means.\n\n"
           "[bench]\nname = \"" + name_ + "\"\n\n[board]\nname = \"" + board_ + "\"\n\n"
           "[monitor]\nkind = \"" + monitor.kind + "\"\nserial = \"" + monitor.serial + "\"\n"
           "mode = \"source\"            # it feeds the board; \"ampere\": it stands in series\nsupply_V = 3.3\n\n"
           "[link]\n" + (link.empty() ? "port = \"/dev/ttyACM0\"       # no other serial port was attached: edit this\n"
                                       : "port = \"" + link + "\"\n") +
           "baud = 115200\n\n[wiring]\nmark = \"D0\"                # the board's MARK pin -> this line of the monitor\n"
           "lead_ohm = 0.15\nu_lead_ohm = 0.05\n";
  }

  std::string name_, board_{"nucleo-l4r5zi"}, output_;
  bool force_{};
};

class BenchCheck : public Command {
 public:
  std::string name() const override { return "bench check"; }
  std::string summary() const override { return "Is a bench fit to measure, and if not, what to do"; }
  std::string examples() const override { return "  joulerig bench check sim\n  joulerig bench check my-bench --json"; }
  void declare(Arguments& arguments) override {
    arguments.required("BENCH", bench_, "Bench file, by name or path");
    arguments.flag("--json", json_, "Print JSON");
  }

  int run() override {
    clean_up_after_the_dead();
    const auto lines = check_bench(bench_, [this](const CheckLine& line) {
      if (!json_)
        std::cout << (line.ok ? "  ok  " : "  NO  ") << line.question << (line.answer.empty() ? "" : ": " + line.answer)
                  << std::endl;
    });
    const bool fit = std::all_of(lines.begin(), lines.end(), [](const CheckLine& line) { return line.ok; });
    if (json_) {
      ordered_json list = ordered_json::array();
      for (const CheckLine& line : lines)
        list.push_back({{"question", line.question}, {"ok", line.ok}, {"answer", line.answer}});
      std::cout << ordered_json{{"bench", bench_}, {"fit", fit}, {"checks", list}}.dump() << "\n";
    } else {
      std::cout << (fit ? "This bench is fit to measure.\n" : "This bench is not fit to measure yet.\n");
    }
    return fit ? 0 : exit_code(Verdict::rig_error);
  }

 private:
  std::string bench_;
  bool json_{};
};

}  // namespace

std::unique_ptr<Command> make_discover() { return std::make_unique<Discover>(); }
std::unique_ptr<Command> make_bench_init() { return std::make_unique<BenchInit>(); }
std::unique_ptr<Command> make_bench_check() { return std::make_unique<BenchCheck>(); }

}  // namespace jr::cli
