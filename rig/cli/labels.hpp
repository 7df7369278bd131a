// Tags and notes of a run: what people said about it afterwards, beside what it measured.
// Never part of a stored report.
#pragma once

#include <nlohmann/json_fwd.hpp>
#include <string>

#include "rig/core/result.hpp"
#include "rig/store/store.hpp"

namespace jr::cli {

/// A tag is one word of 1 to 64 bytes that begins with no '-': no spaces, commas or control characters.
bool is_tag(const std::string& text);

/// {"tags": [...], "user_notes": [{"created_ms", "text"}]}. Errors: storage.
Result<nlohmann::ordered_json> labels_json(const Store& store, const RunRow& run);

/// `report` as it is when the run has neither; else with both keys of labels_json() at its end.
Result<std::string> with_labels(const Store& store, const RunRow& run, const std::string& report);

/// Lines for a page: "  tags        good, release"; empty when there are none.
std::string label_lines(const Store& store, const RunRow& run);

}  // namespace jr::cli
