// One JSON line from the child says where its ports are; one line a question after that.
#include "rig/run/virtual_bench.hpp"

#include <sys/mman.h>
#include <unistd.h>

#include <array>
#include <cstdlib>
#include <nlohmann/json.hpp>

#include "rig/run/config.hpp"

namespace jr {
namespace {

using nlohmann::json;
using std::chrono::seconds;

constexpr int kSimUsage = 64;  // joulerig-sim's exit code for words and files that it was given wrong

Failure broken(const std::string& what) {
  return fail(Trouble::malformed, "The virtual bench (joulerig-sim) " + what +
                                      "; run it by hand to see why: build/bin/joulerig-sim BENCH.toml.");
}

/// What joulerig-sim says on its standard error: into $JOULERIG_SIM_LOG, or into memory.
class SimLog {
 public:
  SimLog() : chosen_(std::getenv("JOULERIG_SIM_LOG")) {
    if (!chosen_ || !*chosen_) memory_ = ::memfd_create("joulerig-sim", MFD_CLOEXEC);
  }
  SimLog(const SimLog&) = delete;
  SimLog& operator=(const SimLog&) = delete;
  ~SimLog() { if (memory_ >= 0) ::close(memory_); }

  std::string path() const {
    if (chosen_ && *chosen_) return chosen_;
    return memory_ < 0 ? "/dev/null" : "/proc/self/fd/" + std::to_string(memory_);
  }
  /// Its last complaint without the program's name; empty when there is none.
  std::string complaint() const {
    constexpr std::string_view kName = "joulerig-sim: ";
    std::array<char, 4096> text{};
    const auto n = memory_ < 0 ? 0 : ::pread(memory_, text.data(), text.size(), 0);
    const std::string_view all(text.data(), n > 0 ? static_cast<std::size_t>(n) : 0);
    const auto begin = all.rfind(kName);
    if (begin == std::string_view::npos) return "";
    const auto line = all.substr(begin + kName.size());
    return std::string(line.substr(0, line.find('\n')));
  }

 private:
  const char* chosen_;
  int memory_{-1};
};

Failure not_started(const TalkingChild& sim, const SimLog& log, const std::filesystem::path& bench_file,
                    const Error& why) {
  const auto code = sim.exit_code(seconds(1));
  const std::string said = log.complaint();
  if (said.empty()) return broken("did not start: " + why.message);
  // It names the place in the bench file only when the file is at fault.
  if (said.starts_with(bench_file.string() + ":")) return fail(Trouble::usage, said);
  return fail(code == kSimUsage ? Trouble::usage : Trouble::malformed,
              "The virtual bench (joulerig-sim) did not start: " + said);
}

}  // namespace

Result<VirtualBench> VirtualBench::start(const std::filesystem::path& bench_file,
                                         const WorldOptions& options) {
  std::vector<std::string> argv{(program_folder() / "joulerig-sim").string(), bench_file.string()};
  argv.insert(argv.end(), options.begin(), options.end());
  const SimLog log;
  auto child = TalkingChild::start(argv, log.path());
  if (!child) return Failure(child.error());
  VirtualBench bench(std::move(*child));
  auto line = bench.child_.read_line(seconds(20));
  if (!line) return not_started(bench.child_, log, bench_file, line.error());
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

Result<std::string> VirtualBench::reference(const std::string& what) {
  auto line = ask("reference " + what);
  if (!line) return line;
  const json said = json::parse(*line, nullptr, false);
  if (said.is_discarded() || !said.is_object()) return broken("said '" + *line + "'");
  if (said.value("ok", false)) return line;
  return fail(Trouble::refused, "The virtual bench: " + said.value("error", *line));
}

Result<std::string> VirtualBench::overrun_after(int before) {
  auto line = ask("status");
  if (!line) return Failure(line.error());
  const json status = json::parse(*line, nullptr, false);
  if (status.is_discarded()) return broken("said '" + *line + "'");
  for (const json& overrun : status.value("overruns", json::array()))
    if (overrun.value("stream", 0) > before) return overrun.value("why", "it did not say why");
  return std::string();
}

}  // namespace jr
