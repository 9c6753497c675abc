#include "cli/hidden_line.hpp"

#include <array>
#include <csignal>
#include <iostream>

#include <termios.h>
#include <unistd.h>

namespace greyhound::cli {
namespace {

// Ctrl-C would end the process and leave the terminal without echo: here it only ends the read.
class Interruptible {
 public:
  Interruptible() {
    struct sigaction action{};
    action.sa_handler = [](int) {};  // without SA_RESTART: read() gives up
    ::sigaction(SIGINT, &action, &before_);
  }
  Interruptible(const Interruptible&) = delete;
  Interruptible& operator=(const Interruptible&) = delete;
  ~Interruptible() { ::sigaction(SIGINT, &before_, nullptr); }

 private:
  struct sigaction before_{};
};

class NoEcho {
 public:
  NoEcho() : is_changed_(::tcgetattr(STDIN_FILENO, &before_) == 0) {
    auto silent = before_;
    silent.c_lflag &= ~static_cast<tcflag_t>(ECHO);
    silent.c_lflag |= ECHONL;
    if (is_changed_) ::tcsetattr(STDIN_FILENO, TCSAFLUSH, &silent);
  }
  NoEcho(const NoEcho&) = delete;
  NoEcho& operator=(const NoEcho&) = delete;
  ~NoEcho() {
    if (is_changed_) ::tcsetattr(STDIN_FILENO, TCSAFLUSH, &before_);
  }

 private:
  termios before_{};
  bool is_changed_;
};

}  // namespace

bool asks_a_person(const Console& console) {
  return &console.in == &std::cin && ::isatty(STDIN_FILENO) == 1;
}

// A terminal hands out whole lines. Not by the stream: it would read on after Ctrl-C.
std::optional<std::string> read_hidden_line(std::string_view prompt, Console& console) {
  const Interruptible interruptible;
  const NoEcho no_echo;
  console.err << prompt << std::flush;
  std::string line;
  std::array<char, 512> block{};
  while (!line.ends_with('\n')) {
    const auto count = ::read(STDIN_FILENO, block.data(), block.size());
    if (count <= 0) return std::nullopt;
    line.append(block.data(), static_cast<std::size_t>(count));
  }
  line.pop_back();
  return line;
}

}  // namespace greyhound::cli
