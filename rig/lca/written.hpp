// A TOML file as it was written: sections that are asked key by key, and complain of what nobody asked for.
// Never forgets a line number, never takes a figure without its unit and its source.
#pragma once

#include <cstdint>
#include <filesystem>
#include <map>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <utility>
#include <variant>
#include <vector>

#include "rig/core/result.hpp"
#include "rig/lca/input.hpp"

namespace jr::lca {

/// One value with the line it stands on.
struct Written {
  using Table = std::map<std::string, Written>;
  using List = std::vector<Written>;
  std::variant<bool, std::int64_t, double, std::string, List, Table> value{false};
  std::size_t line{};

  std::optional<double> number() const;  ///< whole or not
};

/// What is wrong with a file: one sentence with file and line. Thrown inside a reader, caught by `reading`.
struct FileError { std::string message; };

/// Runs `body`; a FileError inside becomes Trouble::usage.
template <class Body>
auto reading(Body&& body) -> decltype(body()) {
  try {
    return body();
  } catch (const FileError& error) {
    return fail(Trouble::usage, error.message);
  }
}

/// The file and the sources that its figures name.
struct Document {
  std::string file;
  Written root;
  std::map<std::string, Citation> citations;
};

/// Parses TOML. Throws FileError with file and line.
Document read_document(const std::filesystem::path& file);

/// A table of a document. Every key that is asked for is known; `finish` refuses the others.
class Section {
 public:
  Section(const Document& document, std::string name, const Written& table);

  bool has(const std::string& key) const;
  std::optional<std::string> text(const std::string& key);
  std::string needed_text(const std::string& key);
  std::optional<double> number(const std::string& key);
  std::optional<std::int64_t> whole(const std::string& key);
  std::optional<bool> flag(const std::string& key);
  std::vector<double> numbers(const std::string& key);
  std::vector<std::string> texts(const std::string& key);
  std::optional<Section> section(const std::string& key);
  std::vector<Section> sections(const std::string& key);  ///< [[name.key]]

  /// `key = { value, unit, source, ... }` or `key_UNIT = number` with the section's `source`; in the canonical unit.
  /// A number of unit "1" needs no unit. `name` is what people read.
  std::optional<Input> quantity(const std::string& key, const std::string& unit, const std::string& name = {});
  Input needed_quantity(const std::string& key, const std::string& unit, const std::string& name = {});
  /// `key = { values = [24 numbers], unit, source }`.
  std::optional<std::pair<std::vector<double>, Citation>> hours(const std::string& key, const std::string& unit);
  /// The citation of `source` in this section.
  Citation citation(const std::string& key = "source");

  /// Throws for the first key that nobody asked for, with the nearest one that somebody did.
  void finish() const;
  [[noreturn]] void refuse(const std::string& key, const std::string& what) const;
  const std::string& name() const { return name_; }
  std::size_t line() const { return line_; }

 private:
  const Written* find(const std::string& key);
  Input quantity_of_table(const std::string& key, const Written& value, const std::string& unit, const std::string& name);
  Input with_spread(Section& table, Input input, const std::string& from, const std::string& unit) const;

  const Document* document_;
  std::string name_;
  std::size_t line_{};
  const Written::Table* table_;
  std::set<std::string> asked_, taken_;
};

}  // namespace jr::lca
