// SchemaCheck: holds one file against its schema and says what is wrong in the words of its reader.
#pragma once

#include <string>

#include "config/json_node.hpp"
#include "config/problem.hpp"

namespace greyhound::config {

// Adds every problem, and marks as refused what must not be used.
void check_schema(const std::string& file,
                  const JsonNode& schema,
                  JsonNode& document,
                  Problems& problems);

// Follows a "$ref" into "definitions" of `root`; no schema of ours has another kind.
const JsonNode& resolve(const JsonNode& root, const JsonNode* schema);

}  // namespace greyhound::config
