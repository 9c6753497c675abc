// DotReader: takes message bytes as they come after 354, undoes dot stuffing and finds the end.
// Source: RFC 5321 section 4.5.2; only CR LF ends a line, so a lone LF or CR is message content.
// Limits: keeps at most `limit` bytes; what comes beyond is counted and dropped.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

namespace greyhound::peers {

class DotReader {
 public:
  explicit DotReader(std::size_t limit) : limit_(limit) {}

  // Bytes used up; fewer than given once the final dot has come.
  std::size_t feed(std::string_view input);

  bool is_complete() const { return state_ == State::complete; }
  bool is_over_limit() const { return size_ > limit_; }
  std::size_t bare_line_feeds() const { return bare_line_feeds_; }
  std::string take() { return std::move(bytes_); }

 private:
  enum class State : std::uint8_t { line_start, dot, dot_cr, text, text_cr, complete };

  void step(char c);
  void keep(char c);

  std::size_t limit_;
  std::size_t size_ = 0;
  std::size_t bare_line_feeds_ = 0;
  State state_ = State::line_start;
  std::string bytes_;
};

}  // namespace greyhound::peers
