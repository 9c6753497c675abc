// A line that whoever stands by must not read: from a terminal without echo.
// Runs on: the command's thread. Errors: none; nullopt if the input ended or Ctrl-C was pressed.
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "cli/console.hpp"

namespace greyhound::cli {

bool asks_a_person(const Console& console);  // its input is the process's own, and a terminal

// Of a terminal's input, which asks_a_person() has to have found; `prompt` goes to console.err. The
// terminal echoes again afterwards, also if Ctrl-C was pressed.
std::optional<std::string> read_hidden_line(std::string_view prompt, Console& console);

}  // namespace greyhound::cli
