// Whole programs: CPU and memory of joulerig with one PPK2, and of a measurement on the default bench.
#include <fcntl.h>
#include <poll.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <termios.h>
#include <unistd.h>

#include <array>
#include <filesystem>
#include <string>
#include <vector>

#include "tests/benchmarks/stopwatch.hpp"

namespace jr::bench {
namespace {

struct Usage { double wall_s{}, cpu_s{}, resident_MiB{}; int status{-1}; };

pid_t start(const std::vector<std::string>& argv, int out) {
  const pid_t child = fork();
  if (child != 0) return child;
  std::vector<char*> words;
  for (const std::string& word : argv) words.push_back(const_cast<char*>(word.c_str()));
  words.push_back(nullptr);
  const int null = open("/dev/null", O_RDWR);
  dup2(out >= 0 ? out : null, STDOUT_FILENO);
  dup2(null, STDERR_FILENO);
  execv(words[0], words.data());
  _exit(127);
}

Usage run(const std::vector<std::string>& argv) {
  Usage usage;
  usage.wall_s = median_seconds(1, [&] {
    rusage used{};
    const pid_t child = start(argv, -1);
    wait4(child, &usage.status, 0, &used);
    const auto seconds = [](const timeval& t) { return static_cast<double>(t.tv_sec) + 1e-6 * static_cast<double>(t.tv_usec); };
    usage.cpu_s = seconds(used.ru_utime) + seconds(used.ru_stime);
    usage.resident_MiB = static_cast<double>(used.ru_maxrss) / 1024;
  });
  return usage;
}

/// Share of a core that a bare poll-and-read loop needs for the same stream.
double bare_loop_share(const std::string& link, double seconds) {
  const int fd = open(link.c_str(), O_RDWR | O_NOCTTY | O_NONBLOCK);
  if (fd < 0) return 0;
  termios line{};
  tcgetattr(fd, &line);
  cfmakeraw(&line);
  tcsetattr(fd, TCSANOW, &line);
  const unsigned char begin = 0x06, stop = 0x07;
  [[maybe_unused]] auto sent = write(fd, &begin, 1);
  std::array<char, 65536> bytes;
  const double cpu = own_cpu_s();
  const auto from = std::chrono::steady_clock::now();
  while (std::chrono::duration<double>(std::chrono::steady_clock::now() - from).count() < seconds) {
    pollfd waiting{fd, POLLIN, 0};
    poll(&waiting, 1, 100);
    while (read(fd, bytes.data(), bytes.size()) > 0) {}
  }
  const double share = (own_cpu_s() - cpu) / seconds;
  sent = write(fd, &stop, 1);
  close(fd);
  return share;
}

}  // namespace

void program_figures(const std::string& bin) {
  const std::filesystem::path folder = std::filesystem::temp_directory_path() / ("joulerig-bench-" + std::to_string(getpid()));
  std::filesystem::create_directories(folder);
  const std::string link = folder / "ppk2", db = folder / "bench.db";
  int ready[2];
  if (pipe(ready) != 0) return;
  const pid_t sim = start({bin + "/joulerig-sim", "monitor", "ppk2", "--link", link, "--current", "5mA"}, ready[1]);
  std::array<char, 256> text;
  [[maybe_unused]] const auto got = read(ready[0], text.data(), text.size());

  constexpr double kSeconds = 10;
  const double bare = bare_loop_share(link, kSeconds);
  const auto recorded = [&](const char* how_long) {
    return run({bin + "/joulerig", "record", "--monitor", "ppk2@" + link, "--volts", "3.3", "--for", how_long, "--db", db});
  };
  const Usage record = recorded("10s"), longer = recorded("30s");
  kill(sim, SIGTERM);
  waitpid(sim, nullptr, 0);
  row("joulerig, one PPK2 in 10 ms pieces, to the disk", 100 * record.cpu_s / record.wall_s, "% core", "(aim: below 3.5)");
  row("  the same beyond a bare poll+read loop", 100 * (record.cpu_s / record.wall_s - bare), "% core", "(bare loop measured in the same run)");
  row("  of that the stream, without starting and closing a run",
      100 * ((longer.cpu_s - record.cpu_s) / (longer.wall_s - record.wall_s) - bare), "% core", "(30 s less 10 s; floor 0.5, aim 0.2)");
  row("  its memory", record.resident_MiB, "MiB", "(aim: below 100)");

  const Usage measure = run({bin + "/joulerig", "measure", "--db", db});
  row("joulerig measure on the default bench, wall", measure.wall_s, "s", measure.status == 0 ? "(aim: below 60)" : "FAILED");
  row("  its largest process", measure.resident_MiB, "MiB", "(aim: below 100)");
  std::filesystem::remove_all(folder);
}

}  // namespace jr::bench
