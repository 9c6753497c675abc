// Loader: the folder of JSON files, turned into checked Settings or a list of all problems at once.
// Opens no socket and asks no DNS. A missing file means the shipped defaults.
// Limits: 1 MiB a file, 32 levels, 1000 keys an object, 10000 items an array, 1 KiB a string.
// Errors: all are Problems; a folder that cannot be read is one as well.
#pragma once

#include <filesystem>
#include <optional>
#include <string>

#include "config/json_node.hpp"
#include "config/problem.hpp"
#include "config/reporter.hpp"
#include "config/settings.hpp"

namespace greyhound::config {

struct LoadedSettings {
  Settings settings;  // meaningful only without errors
  Problems problems;
  // greyhound.json and retry.json as read, for the lines of what is found in them later.
  JsonNode greyhound;
  JsonNode retry;
  bool has_errors() const;
};

// With `files` left alone the settings are those of a command that calls the agent: there are no
// logins in them, and nobody looks whether the files are there.
LoadedSettings load(const std::filesystem::path& folder, NamedFiles files = NamedFiles::read);

// What holds where no file says otherwise.
Settings defaults();

// One retry.json by itself, wherever it lies. Its catalogue is the shipped one.
struct LoadedRetry {
  scheduler::RetrySettings settings;  // meaningful only without errors
  Problems problems;
  bool has_errors() const;
};
LoadedRetry load_retry(const std::filesystem::path& file);

// The text of a JSON file beside the configuration; here a missing one is a problem.
std::optional<std::string> read_list(const std::filesystem::path& file, Problems& problems);

}  // namespace greyhound::config
