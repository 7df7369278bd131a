// ./dev bench: each figure with what it is measured against.
#include <cstdio>
#include <filesystem>
#include <string>

namespace jr::bench {
void decode_figures();
void codec_figures();
void program_figures(const std::string& bin);
}  // namespace jr::bench

int main() {
  const std::string bin = std::filesystem::read_symlink("/proc/self/exe").parent_path();
  std::puts("Whole programs:");  // first: a child's peak memory begins with that of who started it
  jr::bench::program_figures(bin);
  std::puts("In memory:");
  jr::bench::decode_figures();
  jr::bench::codec_figures();
}
