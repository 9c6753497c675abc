#include "intake/data_reader.hpp"

#include <algorithm>
#include <utility>

namespace greyhound::intake {

std::size_t DataReader::feed(std::string_view bytes) {
  std::size_t used = 0;
  while (used < bytes.size() && state_ != State::end) {
    if (state_ == State::in_line) used += take_run(bytes.substr(used));
    if (used < bytes.size()) take(bytes[used++]);
  }
  return used;
}

// The plain bytes at the front, kept in one piece.
std::size_t DataReader::take_run(std::string_view bytes) {
  std::size_t length = 0;
  unsigned seen = 0;
  for (; length < bytes.size(); ++length) {
    const auto byte = static_cast<unsigned char>(bytes[length]);
    if (byte == '\r' || byte == '\n' || byte == '\0') break;
    seen |= byte;
  }
  if ((seen & 0x80) != 0) has_eight_bit_ = true;
  keep(bytes.substr(0, length));
  return length;
}

void DataReader::take(char c) {
  switch (state_) {
    case State::line_start:
      if (c == '.') {
        state_ = State::dot;
        return;
      }
      break;
    case State::dot:
      if (c == '\r') {
        state_ = State::dot_return;
        return;
      }
      break;  // the dot was transparency's own and is gone
    case State::dot_return:
      if (c == '\n') {
        state_ = State::end;
        return;
      }
      refuse(Flaw::bare_return);
      break;
    case State::after_return:
      if (c == '\n') {
        keep("\r\n");
        state_ = State::line_start;
        return;
      }
      refuse(Flaw::bare_return);
      break;
    case State::in_line:
    case State::end:
      break;
  }
  take_special(c);
}

void DataReader::take_special(char c) {
  state_ = State::in_line;
  if (c == '\r') {
    state_ = State::after_return;
  } else if (c == '\n') {
    refuse(Flaw::bare_line_feed);
  } else if (c == '\0') {
    refuse(Flaw::nul);
  } else {
    take_run(std::string_view(&c, 1));
  }
}

void DataReader::keep(std::string_view bytes) {
  if (flaw_ || bytes.empty()) return;
  if (bytes.size() > max_bytes_ - size_bytes_) {
    refuse(Flaw::too_large);
    return;
  }
  size_bytes_ += bytes.size();
  content_ += bytes;
}

void DataReader::refuse(Flaw flaw) {
  if (flaw_) return;
  flaw_ = flaw;
  content_.clear();
  content_.shrink_to_fit();
}

std::string DataReader::take_chunk() {
  if (content_.size() < chunk_bytes) {
    return is_at_end() ? std::exchange(content_, {}) : std::string{};
  }
  std::string chunk = content_.substr(0, chunk_bytes);
  content_.erase(0, chunk_bytes);
  return chunk;
}

}  // namespace greyhound::intake
