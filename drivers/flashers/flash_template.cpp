// Reads and fills templates; the only file of the flashers that sees toml++.
// Never lets an unknown key or a missing value pass.
#include "drivers/flashers/flash_template.hpp"

#include <toml++/toml.h>

#include <algorithm>
#include <functional>

#include "rig/core/nearest.hpp"

namespace jr {
namespace {

namespace fs = std::filesystem;

const std::vector<std::string> kKeys{"tool",    "package", "install",     "tried", "images",  "limit_s",
                                     "version", "program", "verified_by", "noise", "failures"};
const std::string kNoPackage = "site-installed";
const std::vector<std::string> kValues{"port", "image", "baud", "part", "serial", "programmer"};
const std::vector<std::string> kImages{"ihex", "elf", "uf2", "bin"};
const std::vector<std::string> kTried{"virtual bench", "no"};

// Thrown inside this file only; becomes an Error at its border.
struct BadTemplate {
  std::string message;
};

std::string did_you_mean(const std::string& word, const std::vector<std::string>& known) {
  if (const auto close = nearest(word, known)) return "; did you mean '" + *close + "'?";
  std::string all;
  for (const std::string& one : known) all += (all.empty() ? "" : ", ") + one;
  return "; known are: " + all;
}

class Reader {
 public:
  explicit Reader(fs::path file) : file_(std::move(file)) {}

  FlashTemplate read() {
    const toml::table root = toml::parse_file(file_.string());
    only_known(root, kKeys);
    FlashTemplate flash;
    flash.tool = text(root, "tool");
    flash.package = text(root, "package");
    if (root.contains("install")) flash.install = text(root, "install");
    if ((flash.package == kNoPackage) == flash.install.empty())
      complain(need(root, "package"), "a tool has either a Debian package or, with package = \"" + kNoPackage + "\", a line 'install'");
    flash.tried = one_of(root, "tried", kTried);
    flash.images = words(need(root, "images"));
    for (const std::string& image : flash.images) known(need(root, "images"), image, kImages);
    flash.limit_s = number(root, "limit_s");
    const toml::table& version = table(need(root, "version"));
    only_known(version, {"argv", "match"});
    flash.version_argv = words(need(version, "argv"));
    flash.version_match = pattern(version, "match");
    flash.program = groups(need(root, "program"));
    flash.verified_by = text(root, "verified_by");
    if (flash.verified_by != "exit code" && flash.verified_by != "nothing")
      flash.verified_match = pattern(root, "verified_by");
    if (root.contains("noise")) flash.noise = pattern(root, "noise");
    if (const toml::node* const failures = root.get("failures"))
      flash.failures = failures_in(*failures);
    if (flash.tool != file_.stem())
      complain(need(root, "tool"), "'tool' must be the file's own name");
    return flash;
  }

 private:
  [[noreturn]] void complain(const toml::node& where, const std::string& what) const {
    throw BadTemplate{file_.string() + ", line " + std::to_string(where.source().begin.line) +
                      ": " + what};
  }

  void known(const toml::node& where, const std::string& word,
             const std::vector<std::string>& all) const {
    if (std::find(all.begin(), all.end(), word) == all.end())
      complain(where, "unknown word '" + word + "'" + did_you_mean(word, all));
  }

  void only_known(const toml::table& table, const std::vector<std::string>& keys) const {
    for (const auto& [key, node] : table) {
      const std::string word(key.str());
      if (std::find(keys.begin(), keys.end(), word) != keys.end()) continue;
      throw BadTemplate{file_.string() + ", line " + std::to_string(key.source().begin.line) +
                        ": unknown key '" + word + "'" + did_you_mean(word, keys)};
    }
  }

  const toml::node& need(const toml::table& table, std::string_view key) const {
    const toml::node* const node = table.get(key);
    if (node == nullptr) complain(table, "the key '" + std::string(key) + "' is missing");
    return *node;
  }

  std::string string_in(const toml::node& node) const {
    const auto* const value = node.as_string();
    if (value == nullptr || value->get().empty()) complain(node, "a text in quotation marks is expected here");
    return value->get();
  }

  std::string text(const toml::table& from, std::string_view key) const {
    return string_in(need(from, key));
  }

  std::string one_of(const toml::table& from, std::string_view key,
                     const std::vector<std::string>& all) const {
    const std::string word = text(from, key);
    known(need(from, key), word, all);
    return word;
  }

  double number(const toml::table& from, std::string_view key) const {
    const toml::node& node = need(from, key);
    const auto value = node.value<double>();
    if (!value || !(*value > 0 && *value <= 3600))
      complain(node, "seconds between 0 and 3600 are expected here");
    return *value;
  }

  const toml::table& table(const toml::node& node) const {
    const toml::table* const found = node.as_table();
    if (found == nullptr) complain(node, "a table { key = value, … } is expected here");
    return *found;
  }

  const toml::array& list(const toml::node& node) const {
    const toml::array* const found = node.as_array();
    if (found == nullptr || found->empty())
      complain(node, "a list that is not empty is expected here");
    return *found;
  }

  std::vector<std::string> words(const toml::node& node) const {
    std::vector<std::string> all;
    for (const toml::node& word : list(node)) all.push_back(string_in(word));
    return all;
  }

  FlashPattern pattern(const toml::table& from, std::string_view key) const {
    auto compiled = FlashPattern::compiled(text(from, key));
    if (!compiled) complain(need(from, key), compiled.error().message);
    return *std::move(compiled);
  }

  std::vector<ArgumentGroup> groups(const toml::node& node) const {
    std::vector<ArgumentGroup> all;
    for (const toml::node& part : list(node)) {
      ArgumentGroup group;
      group.optional = part.is_array();
      group.words = group.optional ? words(part) : std::vector<std::string>{string_in(part)};
      for (const std::string& word : group.words) check_places(part, word);
      all.push_back(std::move(group));
    }
    return all;
  }

  void check_places(const toml::node& node, const std::string& word) const {
    for (std::size_t at = 0; (at = word.find('{', at)) != std::string::npos; ++at) {
      const std::size_t end = word.find('}', at);
      if (end == std::string::npos) complain(node, "'" + word + "' has a '{' without a '}'");
      known(node, word.substr(at + 1, end - at - 1), kValues);
    }
  }

  std::vector<KnownFailure> failures_in(const toml::node& node) const {
    std::vector<KnownFailure> all;
    for (const toml::node& entry : list(node)) {
      only_known(table(entry), {"match", "says"});
      all.push_back({pattern(table(entry), "match"), text(table(entry), "says")});
    }
    return all;
  }

  fs::path file_;
};

// Calls `place(name)` for each {name} and copies the rest.
std::string filled(const std::string& word,
                   const std::function<std::string(const std::string&)>& place) {
  std::string text;
  for (std::size_t at = 0; at < word.size();) {
    const std::size_t open = std::min(word.find('{', at), word.size());
    text += word.substr(at, open - at);
    if (open == word.size()) break;
    const std::size_t close = word.find('}', open);
    text += place(word.substr(open + 1, close - open - 1));
    at = close + 1;
  }
  return text;
}

std::vector<std::string> lines_of(const std::string& output) {
  std::vector<std::string> lines;
  for (std::size_t at = 0; at < output.size();) {
    const std::size_t end = std::min(output.find_first_of("\r\n", at), output.size());
    lines.push_back(output.substr(at, end - at));
    at = end + 1;
  }
  return lines;
}

}  // namespace

Result<FlashTemplate> read_flash_template(const fs::path& file) {
  try {
    return Reader(file).read();
  } catch (const BadTemplate& bad) {
    return fail(Trouble::usage, bad.message);
  } catch (const toml::parse_error& error) {
    return fail(Trouble::usage, file.string() + ", line " +
                                    std::to_string(error.source().begin.line) + ": " +
                                    std::string(error.description()));
  }
}

Result<std::vector<std::string>> command_line(const FlashTemplate& flash,
                                              const std::map<std::string, std::string>& values) {
  std::vector<std::string> argv;
  for (const ArgumentGroup& group : flash.program) {
    std::string missing;
    std::vector<std::string> words;
    for (const std::string& word : group.words)
      words.push_back(filled(word, [&](const std::string& name) {
        const auto value = values.find(name);
        if (value != values.end() && !value->second.empty()) return value->second;
        missing = name;
        return std::string();
      }));
    if (missing.empty()) {
      argv.insert(argv.end(), words.begin(), words.end());
    } else if (!group.optional) {
      return fail(Trouble::usage,
                  "to flash with " + flash.tool + " the value '" + missing +
                      "' is needed; set it in the board's or the bench's [flash] section");
    }
  }
  return argv;
}

std::string how_to_install(const FlashTemplate& flash) {
  return flash.install.empty() ? "sudo apt install " + flash.package : flash.install;
}

bool uses(const FlashTemplate& flash, const std::string& value) {
  const std::string place = "{" + value + "}";
  for (const ArgumentGroup& group : flash.program)
    for (const std::string& word : group.words)
      if (word.find(place) != std::string::npos) return true;
  return false;
}

std::string first_match(const std::string& output, const FlashPattern& match, std::size_t group) {
  for (const std::string& line : lines_of(output))
    if (const auto found = match.found_in(line, group)) return *found;
  return {};
}

std::string last_line_of(const std::string& output, const FlashPattern& noise) {
  std::string last;
  for (const std::string& line : lines_of(output)) {
    const auto begin = line.find_first_not_of(" \t");
    if (begin == std::string::npos || noise.found_in(line)) continue;
    last = line.substr(begin, line.find_last_not_of(" \t") - begin + 1);
  }
  return last.substr(0, 200);
}

}  // namespace jr
