// ./dev bench: each figure with what it is measured against. --large adds views of 10^9 samples, --only decode|codec|lca|store|programs.
#include <cstdio>
#include <filesystem>
#include <string>

namespace jr::bench {
void decode_figures();
void codec_figures();
void store_figures(bool is_large);
void lca_figures();
void program_figures(const std::string& bin);
}  // namespace jr::bench

int main(int argc, char** argv) {
  const std::string bin = std::filesystem::read_symlink("/proc/self/exe").parent_path();
  bool is_large = false;
  std::string only;
  for (int i = 1; i < argc; ++i) {
    if (const std::string word = argv[i]; word == "--large") {
      is_large = true;
    } else if (word == "--only" && i + 1 < argc) {
      only = argv[++i];
    } else {
      std::fprintf(stderr, "joulerig-bench does not know '%s': it takes --large and --only decode|codec|lca|store|programs.\n", argv[i]);
      return 64;
    }
  }
  const auto is_asked = [&](const char* name) { return only.empty() || only == name; };
  if (is_asked("programs")) {  // first: a child's peak memory begins with that of who started it
    std::puts("Whole programs:");
    jr::bench::program_figures(bin);
  }
  std::puts("In memory:");
  if (is_asked("decode")) jr::bench::decode_figures();
  if (is_asked("codec")) jr::bench::codec_figures();
  if (is_asked("lca")) jr::bench::lca_figures();
  if (!is_asked("store")) return 0;
  std::puts("To the disk:");
  jr::bench::store_figures(is_large);
}
