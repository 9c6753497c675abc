// ConfigFolder: a folder of JSON files of its own for one test, removed with it.
#pragma once

#include <filesystem>
#include <fstream>
#include <string>
#include <string_view>

#include <gtest/gtest.h>
#include <stdlib.h>

#include "config/loader.hpp"

namespace greyhound::config {

class ConfigFolder {
 public:
  ConfigFolder() {
    auto name = (std::filesystem::temp_directory_path() / "greyhound-config-XXXXXX").string();
    EXPECT_NE(mkdtemp(name.data()), nullptr);
    path_ = name;
  }
  ConfigFolder(const ConfigFolder&) = delete;
  ConfigFolder& operator=(const ConfigFolder&) = delete;
  ~ConfigFolder() { std::filesystem::remove_all(path_); }

  const std::filesystem::path& path() const { return path_; }

  ConfigFolder& with(const std::string& file, std::string_view text) {
    std::ofstream(path_ / file, std::ios::binary) << text;
    return *this;
  }

 private:
  std::filesystem::path path_;
};

inline LoadedSettings load_text(const std::string& file, std::string_view text) {
  ConfigFolder folder;
  return load(folder.with(file, text).path());
}

inline std::string all_of(const Problems& problems) {
  std::string text;
  for (const auto& problem : problems)
    text += problem.to_string() + "\n";
  return text;
}

}  // namespace greyhound::config
