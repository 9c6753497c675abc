#include "intake/content_reader.hpp"

#include <cstring>
#include <utility>

#include "runtime/must.hpp"

namespace greyhound::intake {
namespace {

bool is_special(unsigned char byte) {
  return byte == '\r' || byte == '\n' || byte == '\0';
}

// The length of the line at the front, CR LF included, if it is whole and no other CR or LF and no
// NUL is in it; else 0.
std::size_t plain_line(std::string_view bytes) {
  const auto text = bytes.substr(0, bytes.find('\r'));
  const bool is_ended = bytes.size() - text.size() >= 2 && bytes[text.size() + 1] == '\n';
  const auto has = [&text](char c) { return text.find(c) != std::string_view::npos; };
  return is_ended && !has('\n') && !has('\0') ? text.size() + 2 : 0;
}

// Word by word: whole messages go through here.
bool has_high(std::string_view bytes) {
  constexpr std::uint64_t high_bits = 0x8080808080808080;
  std::uint64_t seen = 0;
  for (; bytes.size() >= sizeof seen; bytes.remove_prefix(sizeof seen)) {
    std::uint64_t word = 0;
    std::memcpy(&word, bytes.data(), sizeof word);
    seen |= word;
  }
  for (const char c : bytes)
    seen |= static_cast<unsigned char>(c);
  return (seen & high_bits) != 0;
}

}  // namespace

ContentReader::ContentReader(Framing framing, const IntakeSettings& settings)
    : framing_(framing), settings_(settings) {}

std::size_t ContentReader::feed(std::string_view bytes) {
  std::size_t used = 0;
  while (used < bytes.size() && state_ != State::end) {
    if (state_ == State::line_start) used += take_plain_lines(bytes.substr(used));
    if (state_ == State::in_line) used += take_run(bytes.substr(used));
    if (used < bytes.size()) take(bytes[used++]);
  }
  return used;
}

void ContentReader::finish() {
  MUST(framing_ == Framing::counted);
  if (state_ == State::after_return) take_bare_return();
  if (state_ == State::in_line) end_line();
  state_ = State::end;
}

// The lines at the front that are kept as they came, in one piece: nearly all of nearly every
// message.
std::size_t ContentReader::take_plain_lines(std::string_view bytes) {
  std::size_t length = 0;
  while (const auto line = plain_line(bytes.substr(length))) {
    if (framing_ == Framing::dot && bytes[length] == '.') break;
    if (line - 2 > settings_.max_line_bytes) break;
    length += line;
  }
  const auto lines = bytes.substr(0, length);
  if (!has_eight_bit_) has_eight_bit_ = has_high(lines);
  keep(lines);
  return length;
}

// The plain bytes at the front, kept in one piece.
std::size_t ContentReader::take_run(std::string_view bytes) {
  std::size_t length = 0;
  while (length < bytes.size() && !is_special(static_cast<unsigned char>(bytes[length])))
    ++length;
  const auto run = bytes.substr(0, length);
  if (!has_eight_bit_) has_eight_bit_ = has_high(run);
  line_bytes_ += length;
  if (line_bytes_ > settings_.max_line_bytes) refuse(Flaw::long_line);
  keep(run);
  return length;
}

void ContentReader::take(char c) {
  switch (state_) {
    case State::line_start:
      if (c == '.' && framing_ == Framing::dot) {
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
      take_bare_return();
      break;
    case State::after_return:
      if (c == '\n') {
        end_line();
        return;
      }
      take_bare_return();
      break;
    case State::in_line:
    case State::end:
      break;
  }
  take_special(c);
}

void ContentReader::take_special(char c) {
  state_ = State::in_line;
  if (c == '\r') {
    state_ = State::after_return;
  } else if (c == '\n') {
    if (settings_.bare_line_ends == BareLineEnds::refuse) return refuse(Flaw::bare_line_feed);
    end_line();
    state_ = State::in_line;  // a dot that follows is no transparency's: its line began for us only
  } else if (c == '\0') {
    refuse(Flaw::nul);
  } else {
    take_run(std::string_view(&c, 1));
  }
}

void ContentReader::end_line() {
  keep("\r\n");
  line_bytes_ = 0;
  state_ = State::line_start;
}

// It ends no line to anyone who reads on, and must not end one to anyone who reads on from us.
void ContentReader::take_bare_return() {
  state_ = State::in_line;
  if (settings_.bare_line_ends == BareLineEnds::refuse) return refuse(Flaw::bare_return);
  keep(" ");
}

void ContentReader::keep(std::string_view bytes) {
  if (flaw_ || bytes.empty()) return;
  if (bytes.size() > settings_.max_message_bytes - size_bytes_) {
    refuse(Flaw::too_large);
    return;
  }
  size_bytes_ += bytes.size();
  content_ += bytes;
}

void ContentReader::refuse(Flaw flaw) {
  if (flaw_) return;
  flaw_ = flaw;
  content_.clear();
  content_.shrink_to_fit();
}

std::string ContentReader::take_chunk() {
  if (content_.size() <= chunk_bytes) {
    const bool is_whole = is_at_end() || content_.size() == chunk_bytes;
    return is_whole ? std::exchange(content_, {}) : std::string{};
  }
  std::string chunk = content_.substr(0, chunk_bytes);
  content_.erase(0, chunk_bytes);
  return chunk;
}

}  // namespace greyhound::intake
