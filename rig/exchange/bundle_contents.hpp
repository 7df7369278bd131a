// What an open bundle holds: its small documents parsed, its large entries ready to be streamed.
// Never touches a database.
#pragma once

#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "rig/exchange/bundle_archive.hpp"
#include "rig/exchange/bundle_documents.hpp"

namespace jr::bundle {

class Contents {
 public:
  /// Parses manifest, run, streams, results, calibrations and labels, each verified by its hash. The archive outlives
  /// it. Errors: malformed (an entry too few, too many, changed or senseless: named), unsupported (another version).
  static Result<Contents> read(const Archive& archive);

  /// Reads every entry through and compares its hash. Errors: malformed (names the entry).
  Result<void> verify() const;
  /// Every line and sample by its parser. Errors: malformed (names the entry and the line).
  Result<void> fits() const;

  Manifest manifest;
  RunRow row;  ///< with plan, bench file, environment and firmware; source as it was where it was measured
  std::vector<StreamDocument> streams;
  std::vector<ResultRow> results;
  std::vector<CalibrationRow> calibrations;
  std::optional<std::string> truth;
  Labels labels;

  static std::string folder(int stream) { return "streams/" + std::to_string(stream) + "/"; }
  Result<EntryReader> open(const std::string& name) const;
  /// Hands on every line of an entry; what `take` fails with gets the entry's name and the line's number.
  Result<void> each_line(const std::string& name, const std::function<Result<void>(const std::string&)>& take) const;
  /// The same behind a first line that must be `heading`.
  Result<void> each_csv_line(const std::string& name, const std::string& heading,
                             const std::function<Result<void>(const std::string&)>& take) const;
  /// Of a line of windows.jsonl. Errors: malformed, also when it is of a stream that the bundle does not hold.
  Result<WindowRow> window(const std::string& line) const;
  /// A sentence about an entry.
  Failure senseless(const std::string& name, const std::string& why, std::uint64_t line = 0) const;
  Failure senseless(const std::string& name, const Error& why, std::uint64_t line = 0) const;

 private:
  explicit Contents(const Archive& archive) : archive_(&archive) {}
  const Entry* entry(const std::string& name) const;
  Result<std::string> text(const std::string& name) const;
  template <class Parse> auto document(const std::string& name, Parse parse) const -> decltype(parse(std::string()));
  Result<void> read_manifest();
  Result<void> read_run();
  Result<void> read_streams();
  Result<void> read_results();
  Result<void> read_calibrations();
  Result<void> nothing_unknown() const;
  const Archive* archive_;
};

}  // namespace jr::bundle
