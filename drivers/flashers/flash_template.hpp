// A flash tool as a TOML file says it: how it is called, what proves success, what its failures
// mean. Never runs anything.
//
// tool         name of the program, as in the file's own name
// package      Debian 12 package that has it; "site-installed": there is none
// install      without a package: the command that installs it, or where its makers have it
// tried        "virtual bench" or "no": what our tests have really run it against
// images       formats it takes: "ihex", "elf", "uf2", "bin"
// limit_s      how long programming may take
// version      { argv = […], match = regex with one group } (all regexes: POSIX extended)
// program      argv; {port} {image} {baud} {part} {serial} {programmer} are filled in. An inner
// list is
//              left out as a whole when a value in it is empty
// verified_by  regex of the line that proves the read-back, "exit code", or "nothing"
// noise        optional regex: lines that are never quoted as the tool's last words
// failures     [{ match = regex, says = sentence }, …], the first that matches a line of the output
#pragma once

#include <filesystem>
#include <map>
#include <string>
#include <vector>

#include "drivers/flashers/flash_pattern.hpp"
#include "rig/core/result.hpp"

namespace jr {

/// One part of a command line: its words stay or go together.
struct ArgumentGroup {
  std::vector<std::string> words;
  bool optional{};
};

struct KnownFailure {
  FlashPattern match;
  std::string says;
};

struct FlashTemplate {
  std::string tool, package, install, tried;
  std::vector<std::string> images;
  double limit_s{60};
  std::vector<std::string> version_argv;
  FlashPattern version_match;
  std::vector<ArgumentGroup> program;
  std::string verified_by;
  FlashPattern verified_match;  ///< meaningful unless verified_by is "exit code" or "nothing"
  FlashPattern noise;
  std::vector<KnownFailure> failures;
};

/// Trouble::usage for a file that is no TOML, an unknown or missing key, an unknown {value} or a
/// bad regular expression: the message has file and line, and the nearest known word.
Result<FlashTemplate> read_flash_template(const std::filesystem::path& file);

/// The command line with `values` filled in. Trouble::usage names the value that is missing.
Result<std::vector<std::string>> command_line(const FlashTemplate& flash,
                                              const std::map<std::string, std::string>& values);

/// What a person types, or does, to have the tool.
std::string how_to_install(const FlashTemplate& flash);

/// True when the program's command line has a place for `value`.
bool uses(const FlashTemplate& flash, const std::string& value);

/// The group (0: the match) of the first line of `output` that matches; empty when none does.
/// Lines end at '\n' or, in progress bars, at '\r'.
std::string first_match(const std::string& output, const FlashPattern& match,
                        std::size_t group = 0);

/// The last line of `output` that says something, noise left out; empty when there is none.
std::string last_line_of(const std::string& output, const FlashPattern& noise);

}  // namespace jr
