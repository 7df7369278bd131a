// A bundle that was cut, changed or made up is refused by the name of what is wrong, and nothing of it stays.
#include <doctest/doctest.h>

#include <algorithm>

#include "rig/exchange/bundle.hpp"
#include "rig/exchange/bundle_documents.hpp"
#include "tests/chain_run.hpp"
#include "tests/unit/bundle_example.hpp"

using namespace jr;
using namespace jr::test;

namespace {

std::string refusal(Store& store, const std::string& file) {
  const auto taken = read_bundle(store, file);
  REQUIRE_FALSE(taken);
  const std::string message = taken.error().message;
  CHECK(message.find('\n') == std::string::npos);
  CHECK((message.ends_with('.') || message.ends_with('?')));
  return message;
}

}  // namespace

TEST_CASE("a changed byte in any entry is found, the entry named, and nothing of the bundle stays") {
  Journey j;
  REQUIRE(write_bundle(*j.here, keep_chain(*j.here), j.file, "v"));
  const ZipEntries whole = unzipped(j.file);
  for (std::size_t e = 0; e < whole.size(); ++e) {
    if (whole[e].second.empty()) continue;
    CAPTURE(whole[e].first);
    ZipEntries entries = whole;
    std::string& text = entries[e].second;
    text[text.size() / 2] = static_cast<char>(text[text.size() / 2] ^ 1);
    zipped(j.file, entries);
    CHECK(says(refusal(*j.there, j.file), "'" + whole[e].first + "'"));
  }
  check_empty(j.to);
}

TEST_CASE("a changed byte anywhere in the file is refused, or changes nothing of the run") {
  Journey j;
  const std::string run = keep_chain(*j.here);
  REQUIRE(write_bundle(*j.here, run, j.file, "v"));
  const std::string whole = contents_of(j.file), report = report_of(*j.here, run);
  int refused = 0, harmless = 0;
  for (std::size_t k = 0; k < 150; ++k) {
    const std::size_t at = k < 50 ? whole.size() - 1 - k * 37 % 4000 : k * 2654435761u % whole.size();
    CAPTURE(at);
    std::string bytes = whole;
    bytes[at] = static_cast<char>(bytes[at] ^ (1 << k % 8));
    put_bytes(j.file, bytes);
    auto taken = read_bundle(*j.there, j.file, {.again = true});
    if (!taken) {
      ++refused;
      continue;
    }
    ++harmless;  // a time or a flag of the zip that says nothing about the contents
    CHECK(report_of(*j.there, taken->run) == report);
  }
  CHECK(refused > 75);
  CHECK(j.there->runs()->size() == static_cast<std::size_t>(harmless));
}

TEST_CASE("a bundle cut at any length is refused in one sentence") {
  Journey j;
  REQUIRE(write_bundle(*j.here, keep_chain(*j.here), j.file, "v"));
  const std::string whole = contents_of(j.file);
  for (std::size_t k = 0; k < 60; ++k) {
    put_bytes(j.file, whole.substr(0, k < 30 ? whole.size() - 1 - k : k * whole.size() / 60));
    CHECK(says(refusal(*j.there, j.file), "run.jrz"));
  }
  check_empty(j.to);
}

TEST_CASE("an entry too few, too many, twice, or with a name that leads elsewhere is refused by its name") {
  Journey j;
  REQUIRE(write_bundle(*j.here, keep_chain(*j.here), j.file, "v"));
  const ZipEntries whole = unzipped(j.file);
  for (const char* lacking : {"manifest.json", "run.json", "streams/0/codes.u16", "windows.jsonl", "results/1.json"}) {
    CAPTURE(lacking);
    ZipEntries entries = whole;
    std::erase_if(entries, [&](const auto& entry) { return entry.first == lacking; });
    zipped(j.file, entries);
    CHECK(says(refusal(*j.there, j.file), std::string("lacks its entry '") + lacking));
    if (std::string(lacking) == "manifest.json") continue;
    sign(entries);  // the manifest does not miss it either
    zipped(j.file, entries);
    CHECK(says(refusal(*j.there, j.file), lacking));
  }
  for (const char* odd : {"../escape", "/etc/passwd", "a/../../b", "streams\\0", "run.json:stream", "a//b"}) {
    ZipEntries entries = whole;
    entries.emplace_back(odd, "x");
    zipped(j.file, entries);
    CHECK(says(refusal(*j.there, j.file), "which no bundle has"));
  }
  ZipEntries more = whole;
  more.emplace_back("streams/0/extra.bin", "x");
  zipped(j.file, more);
  CHECK(says(refusal(*j.there, j.file), "does not list"));
  sign(more);
  zipped(j.file, more);
  CHECK(says(refusal(*j.there, j.file), "does not know"));
  ZipEntries twice = whole;
  twice.emplace_back("run.jsoX", "{}");
  zipped(j.file, twice);
  std::string bytes = contents_of(j.file);
  for (std::size_t at; (at = bytes.find("run.jsoX")) != std::string::npos;) bytes[at + 7] = 'n';
  put_bytes(j.file, bytes);
  CHECK(says(refusal(*j.there, j.file), "'run.json' twice"));
  check_empty(j.to);
}

TEST_CASE("a bundle of a version to come is refused with both versions, and a changed manifest by its own hash") {
  Journey j;
  REQUIRE(write_bundle(*j.here, keep_chain(*j.here), j.file, "v"));
  ZipEntries entries = unzipped(j.file);
  std::string& manifest = entry_of(entries, "manifest.json");
  const std::string whole = manifest;
  manifest.replace(manifest.find("\"version\": 1"), 12, "\"version\": 2");
  zipped(j.file, entries);
  const auto refused = read_bundle(*j.there, j.file);
  CHECK(refused.error().trouble == Trouble::unsupported);
  CHECK(says(refused.error().message, "version 2"));
  CHECK(says(refused.error().message, "version 1"));
  manifest = whole;
  manifest.replace(manifest.find("\"tool_version\": \"v\""), 19, "\"tool_version\": \"w\"");
  zipped(j.file, entries);
  CHECK(says(refusal(*j.there, j.file), "changed after it was written"));
}

TEST_CASE("entries that are signed anew but make no sense are refused with their place, and leave nothing") {
  Journey j;
  REQUIRE(write_bundle(*j.here, keep_chain(*j.here), j.file, "v"));
  const ZipEntries whole = unzipped(j.file);
  const auto forged = [&](const char* name, auto change) {
    CAPTURE(name);
    ZipEntries entries = whole;
    change(entry_of(entries, name));
    sign(entries);
    zipped(j.file, entries);
    const std::string message = refusal(*j.there, j.file);
    CHECK_MESSAGE(says(message, name), message);
  };
  const auto with = [](const char* from, const char* to) {
    return [=](std::string& text) {
      REQUIRE(text.find(from) != std::string::npos);
      text.replace(text.find(from), std::string(from).size(), to);
    };
  };
  forged("streams/0/codes.u16", [](std::string& text) { text.resize(text.size() - 2); });
  forged("streams/0/codes.u16", [](std::string& text) { text += "xx"; });
  forged("streams/0/ranges.csv", [](std::string& text) { text.resize(text.rfind('\n', text.size() - 2) + 1); });
  forged("streams/0/ranges.csv", [](std::string& text) { text += "99999999,1,0\n"; });
  forged("streams/0/ranges.csv", with("first_sample", "first"));
  forged("streams/0/lines.csv", [](std::string& text) { text.resize(text.size() - 1); });
  forged("streams/0/gaps.csv", with("\n", "\n1,2,3\n"));
  forged("streams/0/gaps.csv", with("\n", "\n1,2,3,4,greed\n"));
  forged("streams/0/anchors.csv", with("\n", "\n-1,5\n"));
  forged("streams/0/stream.json", with("\"period_s\": ", "\"period_s\": -"));
  forged("run.json", with("\"sequence\": 1", "\"sequence\": 7"));
  forged("run.json", with("\"state\": \"closed\"", "\"state\": \"open\""));
  forged("run.json", with("\"simulated\": true", "\"simulated\": 1"));
  forged("windows.jsonl", with("\"stream\":0", "\"stream\":5"));
  forged("windows.jsonl", with("\"label\":\"infer\"", "\"label\":\"party\""));
  forged("windows.jsonl", with("{", "["));
  forged("attempts.jsonl", with("\"valid\":true", "\"valid\":null"));
  forged("conversation.jsonl", with("\"hex\":\"ff", "\"hex\":\"fg"));
  forged("results.json", with("\"created_ms\": ", "\"created_ms\": \""));
  check_empty(j.to);
}

TEST_CASE("documents of any bytes are read or refused, and never more than that") {
  using namespace jr::bundle;
  const std::string texts[] = {to_text(Manifest{"v", "a-1", "t", {{"x", 1, std::string(64, 'a')}}}),
                               run_text({}), stream_text({}), labels_text({}), calibration_text({}), results_text({{"c", 1, ""}}),
                               window_line({}), attempt_line({}), conversation_line({1, 2, true, "\xFF"}), "1,2,3", "0,1,2,3,counter"};
  for (const std::string& whole : texts)
    for (std::size_t cut = 0; cut <= whole.size(); ++cut)
      for (const char swap : {'\0', '{', '9', '"'}) {
        std::string text = whole.substr(0, cut);
        if (!text.empty()) text[text.size() / 2] = swap;
        (void)manifest_from(text), (void)run_from(text), (void)stream_from(text), (void)labels_from(text);
        (void)calibration_row_from(text), (void)results_from(text), (void)window_from(text), (void)attempt_from(text);
        (void)conversation_from(text), (void)value_run_from(text), (void)anchor_from(text), (void)gap_from(text);
      }
  CHECK(manifest_from(texts[0]));
  CHECK(conversation_from(texts[8])->text == "\xFF");
  CHECK_FALSE(value_run_from("1,2,256"));
  CHECK_FALSE(value_run_from("1,2,-3"));
  CHECK_FALSE(anchor_from("18446744073709551615,1"));
  CHECK_FALSE(anchor_from(" 1,1"));
  CHECK(gap_from("0,1,2,3,counter")->length == 1);
}
