// Strict TOML and the search path of benches, boards and plans. The only file here that sees toml++.
#include "rig/run/config.hpp"

#include <algorithm>
#include <cstdlib>
#include <fstream>
#include <iterator>
#include <toml++/toml.h>

#include "rig/core/nearest.hpp"

namespace jr {
namespace {

namespace fs = std::filesystem;

std::string place(const fs::path& file, const toml::node& node) {
  return file.string() + ", line " + std::to_string(node.source().begin.line);
}

std::string did_you_mean(const std::string& word, const std::vector<std::string>& known) {
  const auto close = nearest(word, known);
  return close ? "; did you mean '" + *close + "'?" : ".";
}

std::vector<std::string> names_in(const ConfigGrammar& grammar) {
  std::vector<std::string> names;
  for (const auto& [name, keys] : grammar) names.push_back(name);
  return names;
}

void check_section(const fs::path& file, const std::string& section, const toml::table& table,
                   const std::vector<std::string>& known) {
  if (known.size() == 1 && known[0] == "*") return;
  for (const auto& [key, node] : table) {
    const std::string word(key.str());
    if (std::find(known.begin(), known.end(), word) == known.end())
      throw ConfigError{place(file, node) + ": unknown key '" + word + "' in [" + section + "]" +
                        did_you_mean(word, known)};
  }
}

void check_grammar(const fs::path& file, const toml::table& root, const ConfigGrammar& grammar) {
  for (const auto& [key, node] : root) {
    const std::string section(key.str());
    const auto known = grammar.find(section);
    if (known == grammar.end())
      throw ConfigError{place(file, node) + ": unknown section [" + section + "]" +
                        did_you_mean(section, names_in(grammar))};
    const toml::table* table = node.as_table();
    if (!table)
      throw ConfigError{place(file, node) + ": '" + section + "' must be a section, [" + section + "]."};
    check_section(file, section, *table, known->second);
  }
}

fs::path source_folder(const std::string& kind) {
  const fs::path root = JOULERIG_SOURCE_DIR;
  if (kind == "cards") return root / "calibration" / "cards";
  if (kind == "flashers") return root / "drivers" / "flashers";
  return root / "fixtures" / kind;
}

fs::path first_existing(const std::string& kind) {
  for (const fs::path& folder : folders_of(kind)) {
    std::error_code ignored;
    if (fs::is_directory(folder, ignored)) return folder;
  }
  return source_folder(kind);
}

}  // namespace

struct Config::Tree { toml::table root; };

Result<Config> Config::load(const fs::path& file, const ConfigGrammar& grammar) {
  std::ifstream stream(file);
  if (!stream) return fail(Trouble::not_found, "Cannot read " + file.string() + ": is the path right?");
  Config config;
  config.file_ = file;
  config.verbatim_.assign(std::istreambuf_iterator<char>(stream), {});
  try {
    auto tree = std::make_shared<Tree>(Tree{toml::parse(config.verbatim_, file.string())});
    check_grammar(file, tree->root, grammar);
    config.tree_ = std::move(tree);
  } catch (const toml::parse_error& error) {
    return fail(Trouble::usage, file.string() + ", line " +
                                    std::to_string(error.source().begin.line) + ": " +
                                    std::string(error.description()) + ".");
  } catch (const ConfigError& error) {
    return fail(Trouble::usage, error.message);
  }
  return config;
}

bool Config::has(const std::string& section) const { return tree_->root.contains(section); }

bool Config::has(const std::string& section, const std::string& key) const {
  return static_cast<bool>(tree_->root[section][key]);
}

namespace {

template <class T, class Tree>
T value_at(const Tree& root, const fs::path& file, const std::string& section,
           const std::string& key, const std::optional<T>& otherwise, const char* kind) {
  const auto node = root[section][key];
  if (!node) {
    if (otherwise) return *otherwise;
    throw ConfigError{file.string() + ": [" + section + "] needs '" + key + "'."};
  }
  const auto value = node.template value<T>();
  if (!value)
    throw ConfigError{place(file, *node.node()) + ": '" + key + "' in [" + section + "] must be " + kind + "."};
  return *value;
}

template <class T, class Tree>
std::vector<T> list_at(const Tree& root, const fs::path& file, const std::string& section, const std::string& key,
                       const char* kind) {
  std::vector<T> list;
  const auto node = root[section][key];
  if (!node) return list;
  const toml::array* array = node.as_array();
  if (!array) throw ConfigError{place(file, *node.node()) + ": '" + key + "' in [" + section + "] must be a list of " + kind + "."};
  for (const toml::node& entry : *array) {
    const auto value = entry.value<T>();
    if (!value) throw ConfigError{place(file, entry) + ": '" + key + "' in [" + section + "] must hold " + kind + "."};
    list.push_back(*value);
  }
  return list;
}

}  // namespace

std::vector<double> Config::numbers(const std::string& section, const std::string& key) const {
  return list_at<double>(tree_->root, file_, section, key, "numbers");
}

std::vector<std::string> Config::texts(const std::string& section, const std::string& key) const {
  return list_at<std::string>(tree_->root, file_, section, key, "texts in quotes");
}

std::string Config::text(const std::string& section, const std::string& key,
                         std::optional<std::string> otherwise) const {
  return value_at<std::string>(tree_->root, file_, section, key, otherwise, "a text in quotes");
}

double Config::number(const std::string& section, const std::string& key,
                      std::optional<double> otherwise) const {
  return value_at<double>(tree_->root, file_, section, key, otherwise, "a number");
}

std::int64_t Config::integer(const std::string& section, const std::string& key,
                             std::optional<std::int64_t> otherwise) const {
  return value_at<std::int64_t>(tree_->root, file_, section, key, otherwise, "a whole number");
}

bool Config::flag(const std::string& section, const std::string& key, std::optional<bool> otherwise) const {
  return value_at<bool>(tree_->root, file_, section, key, otherwise, "true or false");
}

fs::path program_folder() {
  std::error_code ignored;
  return fs::read_symlink("/proc/self/exe", ignored).parent_path();
}

std::vector<fs::path> folders_of(const std::string& kind) {
  std::vector<fs::path> folders;
  if (const char* root = std::getenv("JOULERIG_FIXTURES"); root && *root)
    folders.push_back(fs::path(root) / kind);
  if (const char* home = std::getenv("XDG_CONFIG_HOME"); home && *home)
    folders.push_back(fs::path(home) / "joulerig" / kind);
  else if (const char* user = std::getenv("HOME"); user && *user)
    folders.push_back(fs::path(user) / ".config/joulerig" / kind);
  folders.push_back(fs::path("/etc/joulerig") / kind);
  folders.push_back(program_folder() / "../share/joulerig" / kind);
  folders.push_back(source_folder(kind));
  return folders;
}

Result<fs::path> find_config(const std::string& kind, const std::string& name) {
  std::error_code ignored;
  if (name.find('/') != std::string::npos || name.ends_with(".toml")) {
    if (fs::is_regular_file(name, ignored)) return fs::path(name);
    return fail(Trouble::usage, "There is no file " + name + ".");
  }
  std::vector<std::string> known;
  for (const fs::path& folder : folders_of(kind)) {
    if (fs::is_regular_file(folder / (name + ".toml"), ignored)) return folder / (name + ".toml");
    for (const auto& entry : fs::directory_iterator(folder, ignored))
      if (entry.path().extension() == ".toml") known.push_back(entry.path().stem());
  }
  // Last, so that a file that lies in the working folder by chance takes no shipped name.
  if (!name.empty() && fs::is_regular_file(name + ".toml", ignored)) return fs::path(name + ".toml");
  std::sort(known.begin(), known.end());
  known.erase(std::unique(known.begin(), known.end()), known.end());
  std::string list;
  for (const std::string& word : known) list += (list.empty() ? "" : ", ") + word;
  return fail(Trouble::usage,
              "There is no '" + name + "' among the " + kind + " (" + list + ")" +
                  did_you_mean(name, known));
}

void require(bool holds, const Config& file, const std::string& sentence) {
  if (!holds) throw ConfigError{file.file().string() + ": " + sentence};
}

fs::path cards_folder() { return first_existing("cards"); }
fs::path flash_templates_folder() { return first_existing("flashers"); }

}  // namespace jr
