// Globs as the JSON files use them: '*' stands for any run of characters, '?' for one; ASCII
// letters
// match in either case. "*.x" does not match "x".
#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace greyhound::mail {

bool matches_glob(std::string_view glob, std::string_view text);

// A list as in "match": { "domain": [ … ] }; the empty list matches everything.
bool matches_any(const std::vector<std::string>& globs, std::string_view text);

}  // namespace greyhound::mail
