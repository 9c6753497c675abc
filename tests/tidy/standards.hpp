// Holds docs/standards.md and the tests against each other: a line that the page calls kept is
// proved by a test in each of the files that it names, and no test proves a line it does not know.
#pragma once

#include <string>

#include "tidy/rules.hpp"

namespace greyhound::tidy {

// `page`: the text of docs/standards.md. `files`: the tree, tests among it.
Offenders breaks_in_standards(const std::string& page, const Files& files);

}  // namespace greyhound::tidy
