// SchemaVerdict: where a document breaks its JSON Schema, as the schema library says.
// Source: JSON Schema draft-07. The library's words are for programmers; schema_check.hpp has
//         better.
#pragma once

#include <map>
#include <string>

#include "config/json_node.hpp"

namespace greyhound::config {

// JSON pointer -> what the library says first. Ancestors of a broken place are listed as well.
std::map<std::string, std::string> schema_verdict(const JsonNode& schema, const JsonNode& document);

}  // namespace greyhound::config
