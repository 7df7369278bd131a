// joulerig-coverage: how often stated intervals hold the truth on simulated benches. Exit code 1
// when a demand was not kept, 64 when it was called wrongly. Never needs a device, a file or a
// network.
#include <cstdio>
#include <cstdlib>
#include <string>

#include "tests/coverage/scenarios.hpp"

namespace {

constexpr const char* kUsage =
    "usage: joulerig-coverage [--benches N] [--seed N] [--only TEXT] [--markdown | --json]\n"
    "Simulates benches with hidden errors, states their energies and counts how often the truth is "
    "inside.\n";

struct Options {
  jr::coverage::Study study;
  std::string only;
  bool markdown{}, json{}, help{}, wrong{};
};

Options parsed(int argc, char** argv) {
  Options options;
  for (int i = 1; i < argc; ++i) {
    const std::string word = argv[i];
    const bool more = i + 1 < argc;
    if (word == "--benches" && more)
      options.study.benches = std::strtoull(argv[++i], nullptr, 10);
    else if (word == "--seed" && more)
      options.study.seed = std::strtoull(argv[++i], nullptr, 10);
    else if (word == "--only" && more)
      options.only = argv[++i];
    else if (word == "--markdown")
      options.markdown = true;
    else if (word == "--json")
      options.json = true;
    else if (word == "--help")
      options.help = true;
    else
      options.wrong = true;
  }
  options.wrong = options.wrong || options.study.benches < 10;
  return options;
}

}  // namespace

int main(int argc, char** argv) {
  using namespace jr::coverage;
  const Options options = parsed(argc, argv);
  if (options.help || options.wrong) {
    std::fputs(kUsage, options.wrong ? stderr : stdout);
    return options.wrong ? 64 : 0;
  }
  std::vector<Scenario> all = scenarios();
  std::erase_if(all,
                [&](const Scenario& s) { return s.name.find(options.only) == std::string::npos; });
  if (all.empty()) {
    std::fprintf(stderr, "No bench's name contains '%s'; leave out --only to see all of them.\n",
                 options.only.c_str());
    return 64;
  }
  const auto tallies = run_study(
      options.study, all, [](double share) { std::fprintf(stderr, "\r%3.0f %%", 100 * share); });
  std::fputs("\r     \r", stderr);
  std::fputs(
      (options.json ? json(options.study, all, tallies) : markdown(options.study, all, tallies))
          .c_str(),
      stdout);
  int code = 0;
  for (std::size_t s = 0; s < all.size(); ++s)
    for (const std::string& sentence : missed(all[s], tallies[s])) {
      std::fprintf(stderr, "missed: %s\n", sentence.c_str());
      code = 1;
    }
  return code;
}
