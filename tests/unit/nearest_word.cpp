// The nearest known word: slips of the finger are found, wild guesses are not made.
// Never tests more than the distance and its limit.
#include <doctest/doctest.h>

#include <array>
#include <string>
#include <vector>

#include "rig/core/nearest.hpp"

TEST_CASE("inserting, deleting, replacing and swapping a letter each cost one") {
  CHECK(jr::edit_distance("supply", "supply") == 0);
  CHECK(jr::edit_distance("supply", "suply") == 1);
  CHECK(jr::edit_distance("supply", "supplyy") == 1);
  CHECK(jr::edit_distance("supply", "supplu") == 1);
  CHECK(jr::edit_distance("supply", "suplpy") == 1);
  CHECK(jr::edit_distance("", "abc") == 3);
  CHECK(jr::edit_distance("abc", "") == 3);
  CHECK(jr::edit_distance("kitten", "sitting") == 3);
}

TEST_CASE("the distance is symmetric and zero only between equals") {
  const std::array<std::string, 6> words{"port", "prot", "baud", "", "supply_V", "suply_V"};
  for (const auto& a : words)
    for (const auto& b : words) {
      CHECK(jr::edit_distance(a, b) == jr::edit_distance(b, a));
      CHECK((jr::edit_distance(a, b) == 0) == (a == b));
    }
}

TEST_CASE("a mistyped key finds its word and a strange one finds none") {
  const std::vector<std::string> keys{"port", "kind", "mode", "supply_V", "temperature_C"};
  CHECK(jr::nearest("prot", keys) == "port");
  CHECK(jr::nearest("suply_v", keys) == "supply_V");
  CHECK(jr::nearest("temprature_c", keys) == "temperature_C");
  CHECK_FALSE(jr::nearest("banana", keys).has_value());
  CHECK_FALSE(jr::nearest("xy", keys).has_value());
  CHECK_FALSE(jr::nearest("", keys).has_value());
  CHECK_FALSE(jr::nearest("port", {}).has_value());
}

TEST_CASE("of two equally near words the first one wins") {
  const std::vector<std::string> keys{"mark", "park"};
  CHECK(jr::nearest("dark", keys) == "mark");
}
