#include "peers/dot_reader.hpp"

namespace greyhound::peers {

std::size_t DotReader::feed(std::string_view input) {
  std::size_t used = 0;
  while (used < input.size() && !is_complete())
    step(input[used++]);
  return used;
}

void DotReader::step(char c) {
  const auto after_text = c == '\r' ? State::text_cr : State::text;
  switch (state_) {
    case State::line_start:
      if (c == '.') {
        state_ = State::dot;
        return;
      }
      break;
    case State::dot:
      if (c == '\r') {
        state_ = State::dot_cr;
        return;
      }
      break;
    case State::dot_cr:
      if (c == '\n') {
        state_ = State::complete;
        return;
      }
      keep('\r');
      break;
    case State::text_cr:
      if (c == '\n') {
        keep(c);
        state_ = State::line_start;
        return;
      }
      break;
    case State::text:
    case State::complete:
      break;
  }
  if (c == '\n') ++bare_line_feeds_;
  keep(c);
  state_ = after_text;
}

void DotReader::keep(char c) {
  if (++size_ <= limit_) bytes_ += c;
}

}  // namespace greyhound::peers
