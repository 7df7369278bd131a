// Files that a person asked for: whole or not at all, and never in the place of another unasked.
#include <doctest/doctest.h>
#include <sys/stat.h>

#include <fstream>
#include <iterator>

#include "rig/exchange/output_file.hpp"
#include "tests/scratch_folder.hpp"

using namespace jr;
using jr::test::ScratchFolder;
namespace fs = std::filesystem;

namespace {

std::string text_in(const fs::path& file) {
  std::ifstream stream(file);
  return {std::istreambuf_iterator<char>(stream), {}};
}

std::size_t files_in(const fs::path& folder) {
  return static_cast<std::size_t>(std::distance(fs::directory_iterator(folder), fs::directory_iterator()));
}

}  // namespace

TEST_CASE("a file that is there is replaced only with force, and nothing else is left in its folder") {
  const ScratchFolder folder;
  const fs::path file = folder.path / "a.txt";
  REQUIRE(write_output(file, "first", false));
  const auto again = write_output(file, "second", false);
  REQUIRE_FALSE(again);
  CHECK(again.error().trouble == Trouble::usage);
  CHECK(again.error().message.find("--force") != std::string::npos);
  CHECK(text_in(file) == "first");
  REQUIRE(write_output(file, "second", true));
  CHECK(text_in(file) == "second");
  CHECK(files_in(folder.path) == 1);
}

TEST_CASE("a name that is a folder, or lies in none, is refused before anything is written") {
  const ScratchFolder folder;
  CHECK(check_output(folder.path, true).error().trouble == Trouble::usage);
  const auto missing = write_output(folder.path / "no" / "a.txt", "text", false);
  REQUIRE_FALSE(missing);
  CHECK(missing.error().trouble == Trouble::storage);
  CHECK(missing.error().message.find("folder does not exist") != std::string::npos);
  CHECK(files_in(folder.path) == 0);
}

TEST_CASE("a device takes the bytes as it is, and what it cannot take is one sentence") {
  CHECK(write_output("/dev/null", "text", false));
  const auto full = write_output("/dev/full", "text", false);
  REQUIRE_FALSE(full);
  CHECK(full.error().message.find("make room") != std::string::npos);
}

TEST_CASE("a link stays a link, and what it points to is replaced") {
  const ScratchFolder folder;
  const fs::path file = folder.path / "a.txt", link = folder.path / "link.txt";
  REQUIRE(write_output(file, "first", false));
  fs::create_symlink(file, link);
  CHECK_FALSE(write_output(link, "second", false));
  REQUIRE(write_output(link, "second", true));
  CHECK(fs::is_symlink(link));
  CHECK(text_in(file) == "second");
}

TEST_CASE("a new file has the rights that the user's mask leaves") {
  const ScratchFolder folder;
  const mode_t before = ::umask(0027);
  const auto written = write_output(folder.path / "a.txt", "text", false);
  ::umask(before);
  REQUIRE(written);
  CHECK((fs::status(folder.path / "a.txt").permissions() & fs::perms::mask) == fs::perms(0640));
}
