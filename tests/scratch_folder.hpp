// A folder of its own for one test, gone with everything in it when the test is over.
// Never shared between cases.
#pragma once

#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <memory>
#include <stdexcept>
#include <string>

#include "rig/store/store.hpp"

namespace jr::test {

struct ScratchFolder {
  std::filesystem::path path;

  ScratchFolder() {
    std::string name = (std::filesystem::temp_directory_path() / "joulerig-test-XXXXXX").string();
    if (!mkdtemp(name.data())) throw std::runtime_error("no folder for a test below " + name);
    path = name;
  }
  ~ScratchFolder() { std::filesystem::remove_all(path); }
  ScratchFolder(const ScratchFolder&) = delete;
  ScratchFolder& operator=(const ScratchFolder&) = delete;

  std::filesystem::path database() const { return path / "test.db"; }
  std::filesystem::path file(const std::string& name, const std::string& text) const {
    std::ofstream(path / name) << text;
    return path / name;
  }
};

/// The folder's database; throws the store's sentence when it cannot be opened.
inline std::unique_ptr<Store> open_in(const ScratchFolder& folder) {
  auto store = Store::open(folder.database());
  if (!store) throw std::runtime_error(store.error().message);
  return std::move(*store);
}

}  // namespace jr::test
