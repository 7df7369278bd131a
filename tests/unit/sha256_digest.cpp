// SHA-256 against the published examples of FIPS 180-4. Never tests libcrypto itself further.
#include <doctest/doctest.h>
#include <unistd.h>

#include <filesystem>
#include <fstream>
#include <string>

#include "rig/core/sha256.hpp"

TEST_CASE("the digests of the standard's examples come out") {
  CHECK(jr::sha256_of({}) == "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855");
  const std::string abc = "abc";
  CHECK(jr::sha256_of(std::as_bytes(std::span(abc))) ==
        "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
}

TEST_CASE(
    "a file larger than one piece has the digest of its bytes, and an absent one is said to be") {
  char name[] = "/tmp/jr-sha256-XXXXXX";
  const int fd = ::mkstemp(name);
  REQUIRE(fd >= 0);
  ::close(fd);
  const std::string million(1'000'000, 'a');
  std::ofstream(name) << million;
  CHECK(jr::sha256_of_file(name) ==
        "cdc76e5c9914fb9281a1c7e284d73e67f1809a48a497200e046d39ccc7112cd0");
  std::filesystem::remove(name);
  CHECK(jr::sha256_of_file(name).error().trouble == jr::Trouble::not_found);
  CHECK(jr::sha256_of_file("/").error().trouble == jr::Trouble::storage);
}
