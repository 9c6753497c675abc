// JsonDocument: the text of one file as a tree with line numbers, or the reason why it is not JSON.
// Source: RFC 8259; `//` and `/* */` comments are taken, a key twice in one object is not.
// Limits: max_* below, so that neither memory nor time nor the stack depend on the file.
#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>

#include "config/json_node.hpp"
#include "config/problem.hpp"

namespace greyhound::config {

inline constexpr std::size_t max_file_bytes = 1 << 20;
inline constexpr std::size_t max_depth = 32;
inline constexpr std::size_t max_keys = 1000;    // of one object
inline constexpr std::size_t max_items = 10000;  // of one array
inline constexpr std::size_t max_string_bytes = 1024;

// Adds what is wrong to `problems` under the name `file`. No tree: the text cannot be read on.
// Doubled keys and unfit strings are problems, but leave a tree.
std::optional<JsonNode> parse_document(const std::string& file,
                                       std::string_view text,
                                       Problems& problems);

// Of a file that is part of the program: it MUST be good.
JsonNode parse_shipped(const std::string& file, std::string_view text);

}  // namespace greyhound::config
