// LedgerReader: what `greyhound ledger --json` wrote, read back line by line.
// Limits: a line of `max_line_bytes`; the record's own. Errors: the first line that cannot be used,
// by its number; nothing is left out in silence.
#pragma once

#include <cstddef>
#include <iosfwd>
#include <optional>
#include <string>
#include <string_view>

#include "config/problem.hpp"
#include "queue/ledger.hpp"
#include "scheduler/rehearsal/history.hpp"

namespace greyhound::cli {

inline constexpr std::size_t max_line_bytes = 1 << 16;

// One line; nothing, and why in `why`.
std::optional<queue::LedgerLine> parse_ledger_line(std::string_view text, std::string& why);

// All of `in` into `history`; `file` names it in problems.
config::Problems read_ledger(std::istream& in,
                             const std::string& file,
                             scheduler::History& history);

}  // namespace greyhound::cli
