// Opening a foreign file, with the hash by which anyone can tell whether theirs is the same; and its lines, bounded.
// Never reads a whole file into memory.
#pragma once

#include <filesystem>
#include <fstream>
#include <string>
#include <vector>

#include "rig/exchange/trace.hpp"

namespace jr {

/// Opens `path` and adds it to `sources`. An empty path opens nothing. Errors: not_found, permission, storage.
Result<void> open_source(const std::filesystem::path& path, std::ifstream& file, std::vector<SourceFile>& sources);

/// The next line without its end, cut to `longest` bytes; false at the end of the text.
bool next_line(std::istream& text, std::string& line, std::size_t longest = 4096);

}  // namespace jr
