// Problem: one thing that is wrong in the JSON files: where, what, and what would be right.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

namespace greyhound::config {

struct Problem {
  enum class Severity : std::uint8_t {
    error,    // nothing runs with this
    warning,  // runs, but mail will suffer; config check exits 1
    note,     // without effect in this version, or good to know; mail does not suffer
  };
  Severity severity;
  std::string file;        // "retry.json"
  unsigned line;           // from 1; 0: the file as a whole
  std::string pointer;     // JSON pointer, "/rules/0/retry/1"
  std::string what;        // what is wrong
  std::string suggestion;  // what would be right; may be empty

  std::string to_string() const;  // "retry.json:7: error: /rules/0/retry/1: …; write …"
  friend bool operator==(const Problem&, const Problem&) = default;
};

using Problems = std::vector<Problem>;

std::string_view to_string(Problem::Severity severity);

}  // namespace greyhound::config
