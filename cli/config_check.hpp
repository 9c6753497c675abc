// greyhound config check: every problem of the JSON files at once, for people or as JSON lines.
#pragma once

#include <filesystem>
#include <iosfwd>

namespace greyhound::cli {

// Problems go to `out`, with a summary behind them; with JSON lines the summary goes to `err`.
// The exit code: 0 none but notes, 1 errors or warnings.
int config_check(const std::filesystem::path& folder,
                 bool as_json,
                 std::ostream& out,
                 std::ostream& err);

}  // namespace greyhound::cli
