// Which fields the classes of olca-schema version 2 have, as a table: what the checker holds against a package.
// Knows nothing of the writer, and the writer nothing of it.
#pragma once

#include <span>
#include <string>

namespace jr::lca::olca {

/// What a field holds. `of` names the class of a reference or an object, or the enumeration.
enum class Kind { text, number, whole, flag, date, moment, version, name, enumeration, reference, object, references, objects, texts, anything };

struct Field {
  const char* name;
  Kind kind;
  const char* of;   ///< nullptr where nothing is to be named
  bool needed;      ///< importers take silence for false, 0 or nothing: here it is an error
};

struct Class {
  const char* name;
  const char* folder;  ///< of a package; nullptr: only inside others
  std::span<const Field> fields;
};

/// The class, or nullptr for one that this table does not have.
const Class* class_named(const std::string& name);
/// The class of a package's folder; nullptr as above.
const Class* class_in(const std::string& folder);
/// True for folders that the format knows, whether or not this table has their class.
bool is_folder(const std::string& folder);
/// The words of an enumeration; empty for an unknown one.
std::span<const char* const> words_of(const std::string& enumeration);

/// Data sets of openLCA's own reference data, for packages that leave them out.
struct KnownUnit { const char *unit, *group, *property; };
std::span<const KnownUnit> reference_units();

}  // namespace jr::lca::olca
