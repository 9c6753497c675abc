// Loader: the folder of JSON files, turned into checked Settings or a list of all problems at once.
// Opens no socket and asks no DNS. A missing file means the shipped defaults.
#pragma once

#include <cstdint>
#include <filesystem>
#include <string>
#include <vector>

#include "config/settings.hpp"

namespace greyhound::config {

struct Problem {
  enum class Severity : std::uint8_t {
    error,    // nothing runs with this
    warning,  // runs, but mail will suffer; config check exits 1
    note,     // accepted, but without effect in this version
  };
  Severity severity;
  std::string file;        // "retry.json"
  unsigned line;           // from 1; 0: the file as a whole
  std::string pointer;     // JSON pointer, "/rules/0/retry/1"
  std::string what;        // what is wrong
  std::string suggestion;  // what would be right; may be empty

  std::string to_string() const;  // "retry.json:7: error: /rules/0/retry/1: …; write …"
};

struct LoadedSettings {
  Settings settings;  // meaningful only without errors
  std::vector<Problem> problems;
  bool has_errors() const;
};

LoadedSettings load(const std::filesystem::path& folder);

}  // namespace greyhound::config
