// A strict reader of notices for the tests, written apart from the composer: what it does not
// understand, or what a standard forbids, it lists as a fault instead of guessing.
// Source: RFC 2046 section 5.1, RFC 3464 section 2.1, RFC 5322 section 2.
#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace greyhound::notify::testing {

struct Field {
  std::string name;
  std::string value;               // unfolded
  std::vector<std::string> lines;  // as they stand, the later ones without their first space
};
using Fields = std::vector<Field>;

struct Entity {
  Fields header;
  std::string body;
};

struct Report {
  Entity top;
  std::vector<Entity> parts;
  std::vector<Fields> status_blocks;  // of the second part
  std::vector<std::string> faults;
};

Report parse_report(const std::string& message);

// The value of the field that is there exactly once; "absent" or "repeated" otherwise.
std::string only(const Fields& fields, std::string_view name);
const Field* find(const Fields& fields, std::string_view name);

// Body of a text part, its transfer encoding undone.
std::string decoded(const Entity& part);

}  // namespace greyhound::notify::testing
