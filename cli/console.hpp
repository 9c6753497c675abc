// Console: where a command reads and writes, and the one way to print text that came from outside.
// Owner: command_line, for the length of one command; tests have one over strings.
#pragma once

#include <cstdint>
#include <iosfwd>
#include <optional>
#include <string>
#include <string_view>

namespace greyhound::cli {

struct Console {
  std::istream& in;
  std::ostream& out;
  std::ostream& err;
  std::optional<std::size_t> width =
      {};  // columns of the terminal that `out` is; none: no terminal
};

// The process's own streams.
Console process_console();

// Text of others made safe for a terminal: control characters (C0, DEL, C1), bytes that are no
// UTF-8 and marks that reverse the reading direction come out as \xNN, one per byte.
std::string printable(std::string_view text);

// "1 site", "2 sites"; `several` where an s is not enough.
std::string counted(std::uint64_t count, std::string_view one, std::string_view several = {});

}  // namespace greyhound::cli
