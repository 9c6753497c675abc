// JsonNode: a parsed JSON value that remembers the line it stood in, for messages.
// Owner: a value; a tree owns its children.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace greyhound::config {

struct JsonNode {
  enum class Kind : std::uint8_t { null, boolean, integer, number, string, array, object };
  struct Key {
    std::string name;
    unsigned line;
  };

  Kind kind = Kind::null;
  unsigned line = 0;         // from 1; 0: not from a file
  bool is_given = true;      // false: filled in from the defaults
  bool is_refused = false;   // a problem was reported; not to be used
  bool truth = false;        // boolean
  std::int64_t integer = 0;  // integer
  std::string text;          // string; number: as written
  std::vector<Key> keys;     // object: keys[i] belongs to items[i]
  std::vector<JsonNode> items;

  bool is(Kind wanted) const { return kind == wanted; }
  const JsonNode* find(std::string_view key) const;  // nullptr: no object or no such key
  JsonNode* find(std::string_view key);
  bool has_refused() const;  // this or anything below it
};

bool is_same_value(const JsonNode& a, const JsonNode& b);  // lines and marks aside
std::string_view to_string(JsonNode::Kind kind);           // "a string", "an object"

// `given` with what it leaves out, or what was refused in it, taken from `defaults`; arrays are
// taken as a whole. What is filled in gets the line of the object that lacks it.
JsonNode overlay(const JsonNode& defaults, const JsonNode& given);

// The value as JSON for a message: on one line, cut when long, control characters shown as '?'.
std::string shown(const JsonNode& node);
std::string shown(std::string_view text);   // a JSON string
std::string written(const JsonNode& node);  // lists and objects in full

// Where the value at a JSON pointer stands; of one that is missing: what should hold it.
unsigned line_at(const JsonNode& root, std::string_view pointer);

std::string child_pointer(std::string_view pointer, std::string_view key);  // RFC 6901 section 3
std::string child_pointer(std::string_view pointer, std::size_t index);

}  // namespace greyhound::config
