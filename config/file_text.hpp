// The text of one JSON file, bounded.
#pragma once

#include <filesystem>
#include <optional>
#include <string>

#include "config/problem.hpp"

namespace greyhound::config {

// None: it is missing, or a problem was added under `name`.
std::optional<std::string> read_text(const std::filesystem::path& path,
                                     const std::string& name,
                                     Problems& problems);

// An error about a file as such.
Problem whole_file(std::string file, std::string what, std::string suggestion);

}  // namespace greyhound::config
