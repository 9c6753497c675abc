#include "cli/command_line.hpp"

int main(int argc, char** argv) {
  return greyhound::cli::main(argc, argv);
}
