// Suggestions: what somebody probably meant who wrote something else.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "config/json_node.hpp"

namespace greyhound::config {

// The candidate that a slip of the finger or two away, if one is clearly nearest.
std::optional<std::string> nearest(std::string_view word,
                                   const std::vector<std::string>& candidates);

// "5 min", "300", 300 -> "5m". A bare number counts seconds.
std::optional<std::string> duration_meant(const JsonNode& node);

// "50MB", "50 mib", 52428800 -> "50MiB". A bare number counts bytes.
std::optional<std::string> size_meant(const JsonNode& node);

// 5, "5", 0.05 -> "5%". A fraction below 1 is one of the whole.
std::optional<std::string> percent_meant(const JsonNode& node);

}  // namespace greyhound::config
