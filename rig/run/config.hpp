// A TOML file read strictly: a key nobody knows is an error that names it, its line and the nearest known one.
// Never fills in a value that the file leaves out; callers give their defaults openly.
#pragma once

#include <filesystem>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "rig/core/result.hpp"

namespace jr {

/// Which sections and keys a file may have. A section named with "*" may hold any keys.
using ConfigGrammar = std::map<std::string, std::vector<std::string>>;

class Config {
 public:
  /// Reads and checks `file`. Errors: not_found, malformed (file, line, what, nearest known key).
  static Result<Config> load(const std::filesystem::path& file, const ConfigGrammar& grammar);

  bool has(const std::string& section) const;
  /// A wrong type, or a missing key without a default, throws ConfigError (caught by `checked`).
  std::string text(const std::string& section, const std::string& key,
                   std::optional<std::string> otherwise = {}) const;
  double number(const std::string& section, const std::string& key,
                std::optional<double> otherwise = {}) const;
  std::int64_t integer(const std::string& section, const std::string& key,
                       std::optional<std::int64_t> otherwise = {}) const;
  bool flag(const std::string& section, const std::string& key, std::optional<bool> otherwise = {}) const;
  bool has(const std::string& section, const std::string& key) const;
  /// A list of numbers, or of texts; a missing key is an empty list.
  std::vector<double> numbers(const std::string& section, const std::string& key) const;
  std::vector<std::string> texts(const std::string& section, const std::string& key) const;

  const std::filesystem::path& file() const { return file_; }
  const std::string& verbatim() const { return verbatim_; }

 private:
  struct Tree;
  std::shared_ptr<const Tree> tree_;
  std::filesystem::path file_;
  std::string verbatim_;
};

/// What is wrong with a value; the message already names file, line and key.
struct ConfigError { std::string message; };

/// Throws a ConfigError that names the file and says `sentence`, unless `holds`.
void require(bool holds, const Config& file, const std::string& sentence);

/// Runs `body`; a ConfigError inside becomes Trouble::usage.
template <class Body>
auto checked(Body&& body) -> decltype(body()) {
  try {
    return body();
  } catch (const ConfigError& error) {
    return fail(Trouble::usage, error.message);
  }
}

/// The folders where `kind` ("benches", "boards", "plans", "cards") is looked for, first hit wins:
/// $JOULERIG_FIXTURES, $XDG_CONFIG_HOME/joulerig, /etc/joulerig, beside the program, its source tree.
std::vector<std::filesystem::path> folders_of(const std::string& kind);

/// A name ("sim") or a path ("./my.toml") to a file; Trouble::usage lists what there is.
Result<std::filesystem::path> find_config(const std::string& kind, const std::string& name);

/// The folder of spec cards and of flash tool templates.
std::filesystem::path cards_folder();
std::filesystem::path flash_templates_folder();
std::filesystem::path program_folder();  ///< where this executable lies

}  // namespace jr
