// Hash first, then open: what is read is what was hashed, unless someone is writing it.
#include "rig/exchange/source_file.hpp"

#include "rig/core/sha256.hpp"

namespace jr {

Result<void> open_source(const std::filesystem::path& path, std::ifstream& file, std::vector<SourceFile>& sources) {
  if (path.empty()) return {};
  auto hash = sha256_of_file(path);
  if (!hash) return Failure(hash.error());
  std::error_code error;
  const auto bytes = std::filesystem::file_size(path, error);
  file.open(path, std::ios::binary);
  if (!file || error) return fail(Trouble::permission, "Cannot read " + path.string() + ": is it yours, and a file?");
  sources.push_back({path.filename().string(), std::move(*hash), static_cast<std::uint64_t>(bytes)});
  return {};
}

bool next_line(std::istream& text, std::string& line, std::size_t longest) {
  constexpr int kEnd = std::char_traits<char>::eof();
  line.clear();
  std::streambuf* bytes = text.rdbuf();
  int byte = bytes->sbumpc();
  if (byte == kEnd) return false;
  for (; byte != kEnd && byte != '\n'; byte = bytes->sbumpc())
    if (line.size() < longest && byte != '\r') line += static_cast<char>(byte);
  return true;
}

}  // namespace jr
