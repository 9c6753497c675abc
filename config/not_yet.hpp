// NotYet: keys that are promised but that this version does not act on. Set to something else than
// the default they are noted; a key that could not be ignored without harm does not belong here.
#pragma once

#include <span>
#include <string>
#include <string_view>

#include "config/json_node.hpp"
#include "config/problem.hpp"

namespace greyhound::config {

struct NotYet {
  std::string_view file;
  std::string_view pointer;
};

std::span<const NotYet> not_yet();

// `document`: what the file says; `defaults`: the shipped file.
void check_not_yet(const std::string& file,
                   const JsonNode& document,
                   const JsonNode& defaults,
                   Problems& problems);

}  // namespace greyhound::config
