// A database that is only read: nothing appears, nothing changes, and what an older program left can be read.
#include <doctest/doctest.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <filesystem>
#include <fstream>
#include <iterator>

#include "rig/store/store.hpp"
#include "tests/older_schema.hpp"
#include "tests/scratch_folder.hpp"

using namespace jr;
namespace fs = std::filesystem;
using jr::test::bring_back_to;
using jr::test::open_in;
using jr::test::ScratchFolder;

namespace {

std::string bytes_of(const fs::path& file) {
  std::ifstream in(file, std::ios::binary);
  return {std::istreambuf_iterator<char>(in), {}};
}

/// One closed run with samples, a window and a result.
std::string write_one_run(const ScratchFolder& folder) {
  const auto store = open_in(folder);
  const std::string run = *store->begin_run({"unit", "measure", true, 1000, "plan", "bench", "{}", "{}"});
  REQUIRE(store->add_stream(run, {"ppk2", "S", "", "", "", 1e-5, 50, "[]"}));
  REQUIRE(store->append(run, 0, {0, {1, 2, 3}, {0, 0, 0}, {1, 1, 1}}, {}));
  WindowRow window;
  window.window.end = 3, window.moments.ranges[0] = {3, 6, 14}, window.valid = true;
  REQUIRE(store->add_window(run, 0, window));
  REQUIRE(store->add_result(run, "", "{\"energy\":1}"));
  REQUIRE(store->close_run(run, "pass", "", false, 5));
  return run;
}

}  // namespace

TEST_CASE("a database that is not there is not made, nor its folder, by one who reads") {
  ScratchFolder folder;
  const fs::path file = folder.path / "deeper" / "mistyped.db";
  const auto refused = Store::open_read_only(file);
  REQUIRE_FALSE(refused);
  CHECK(refused.error().trouble == Trouble::not_found);
  CHECK(refused.error().message.find(file.string()) != std::string::npos);
  CHECK(fs::is_empty(folder.path));
}

TEST_CASE("what is opened to read takes no write and keeps every byte") {
  ScratchFolder folder;
  const std::string run = write_one_run(folder);
  const std::string before = bytes_of(folder.database());
  {
    const auto store = Store::open_read_only(folder.database()).value();
    CHECK(store->runs()->size() == 1);
    CHECK(store->result(run)->value() == "{\"energy\":1}");
    CHECK(store->samples_between(run, 0, 0, 3)->codes == std::vector<std::uint16_t>{1, 2, 3});
    CHECK(store->begin_run({"unit", "measure", true, 1000, "", "", "{}", "{}"}).error().trouble == Trouble::storage);
    CHECK(store->tag(run, {"x"}, {}).error().trouble == Trouble::storage);
  }
  CHECK(bytes_of(folder.database()) == before);
}

TEST_CASE("one who reads sees what a writer beside it has committed, and does not wait for what it has not") {
  ScratchFolder folder;
  const std::string run = write_one_run(folder);
  const auto writer = open_in(folder);
  const auto reader = Store::open_read_only(folder.database()).value();
  REQUIRE(writer->tag(run, {"later"}, {}));
  CHECK(reader->run(run)->tags == std::vector<std::string>{"later"});
}

TEST_CASE("a database of every older schema is read without being brought up to date") {
  for (std::size_t version = 1; version < kSchemaVersion; ++version) {
    CAPTURE(version);
    ScratchFolder folder;
    const std::string run = write_one_run(folder);
    bring_back_to(folder.database(), version);
    const std::string before = bytes_of(folder.database());
    {
      const auto store = Store::open_read_only(folder.database());
      REQUIRE_MESSAGE(store, (store ? "" : store.error().message));
      const auto runs = (*store)->runs();
      REQUIRE_MESSAGE(runs, (runs ? "" : runs.error().message));
      CHECK(runs->size() == 1);
      CHECK((*store)->run(run)->facts.plan == "plan");
      CHECK((*store)->result(run)->value() == "{\"energy\":1}");
      CHECK((*store)->stream(run, 0)->serial == "S");
      CHECK((*store)->windows(run, 0)->size() == 1);
      CHECK((*store)->attempts(run)->empty());
      CHECK((*store)->notes(run)->empty());
      CHECK((*store)->health("")->empty());
      CHECK((*store)->quarantines("", "", true)->empty());
      CHECK((*store)->calibrations()->empty());
      CHECK((*store)->dropped(run)->empty());
      CHECK((*store)->results(run)->size() == 1);
    }
    CHECK(bytes_of(folder.database()) == before);
  }
}

TEST_CASE("a database in a folder that takes no files is read by one who may not write there") {
  ScratchFolder folder;
  write_one_run(folder);
  ::chmod(folder.path.c_str(), 0555);
  ::chmod(folder.database().c_str(), 0444);
  const pid_t child = fork();
  if (child == 0) {
    if (::geteuid() == 0 && ::seteuid(65534)) _exit(3);
    const auto store = Store::open_read_only(folder.database());
    _exit(!store ? 1 : (*store)->runs()->size() == 1 ? 0 : 2);
  }
  int status = 0;
  waitpid(child, &status, 0);
  CHECK(WEXITSTATUS(status) == 0);
  ::chmod(folder.path.c_str(), 0755);
  CHECK(std::distance(fs::directory_iterator(folder.path), {}) == 1);
}

TEST_CASE("an empty file and a file that is no database are refused to one who reads") {
  ScratchFolder folder;
  for (const std::string& text : {std::string(), std::string(5000, 'x')}) {
    const auto refused = Store::open_read_only(folder.file("no.db", text));
    REQUIRE_FALSE(refused);
    CHECK(refused.error().trouble == Trouble::storage);
    CHECK(refused.error().message.find("JouleRig database") != std::string::npos);
  }
}
