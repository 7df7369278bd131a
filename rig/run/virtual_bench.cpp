// One JSON line from the child says where its ports are; one line a question after that.
#include "rig/run/virtual_bench.hpp"

#include <cstdlib>
#include <nlohmann/json.hpp>

#include "rig/run/config.hpp"

namespace jr {
namespace {

using nlohmann::json;
using std::chrono::seconds;

Failure broken(const std::string& what) {
  return fail(Trouble::malformed, "The virtual bench (joulerig-sim) " + what +
                                      "; run it by hand to see why: build/bin/joulerig-sim BENCH.toml.");
}

std::string log_file() {
  const char* file = std::getenv("JOULERIG_SIM_LOG");
  return file && *file ? file : "/dev/null";
}

}  // namespace

Result<VirtualBench> VirtualBench::start(const std::filesystem::path& bench_file,
                                         const WorldOptions& options) {
  std::vector<std::string> argv{(program_folder() / "joulerig-sim").string(), bench_file.string()};
  argv.insert(argv.end(), options.begin(), options.end());
  auto child = TalkingChild::start(argv, log_file());
  if (!child) return Failure(child.error());
  VirtualBench bench(std::move(*child));
  auto line = bench.child_.read_line(seconds(20));
  if (!line) return broken("did not start: " + line.error().message);
  const json ready = json::parse(*line, nullptr, false);
  if (ready.is_discarded() || !ready.value("ready", false)) return broken("said '" + *line + "'");
  bench.monitor_port_ = ready.at("monitor").value("port", "");
  bench.link_port_ = ready.at("link").value("port", "");
  return bench;
}

Result<std::string> VirtualBench::ask(const std::string& command) {
  if (auto sent = child_.write_line(command); !sent) return Failure(sent.error());
  return child_.read_line(seconds(10));
}

Result<std::string> VirtualBench::ledger() { return ask("ledger"); }

Result<bool> VirtualBench::overrun() {
  auto line = ask("status");
  if (!line) return Failure(line.error());
  const json status = json::parse(*line, nullptr, false);
  if (status.is_discarded()) return broken("said '" + *line + "'");
  return status.value("overrun", false);
}

}  // namespace jr
