// The command line: which command, with what options. Called by another name than greyhound the
// program is sendmail or mailq.
#pragma once

#include <string>
#include <vector>

#include "cli/console.hpp"

namespace greyhound::cli {

// The exit code of the process.
int main(int argc, char** argv);

// `words`: the arguments without the program's name. `default_config`: where --config is not given.
struct Invocation {
  std::string program;
  std::vector<std::string> words;
  std::string default_config = "/etc/greyhound";
};
int dispatch(const Invocation& invocation, Console& console);

}  // namespace greyhound::cli
