// ReplyReader: turns bytes from a server into replies, however they arrive; no I/O of its own.
// Source: RFC 5321 section 4.2. A line may end in a bare LF; lines of one reply must agree in code.
// Limits: ReplyLimits; the caller empties it by next() before it feeds more, so that what is kept
// never exceeds one line and one read.
// Errors: protocol, after which the bytes that follow mean nothing: every later next() repeats it.
#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "mail/reply.hpp"
#include "runtime/result.hpp"

namespace greyhound::smtp {

struct ReplyLimits {
  std::size_t max_bytes;  // of one reply, with its codes and line ends
  std::size_t max_lines;
  std::size_t max_line_bytes;
};

class ReplyReader {
 public:
  explicit ReplyReader(ReplyLimits limits) : limits_(limits) {}

  void feed(std::string_view bytes);
  bool has_unread() const { return !pending_.empty() || !current_.lines.empty(); }

  // The next whole reply; none: more bytes are needed. Its lines are as sent, but for control
  // characters, which became '?'. No status is cut off: who may be believed is known to the caller.
  std::optional<Result<mail::Reply>> next();

 private:
  enum class Line : std::uint8_t { more_follow, last };

  Result<Line> take_line(std::string_view line);
  Error give_up(std::string what);

  ReplyLimits limits_;
  std::string pending_;
  mail::Reply current_;
  std::size_t current_bytes_ = 0;
  std::optional<Error> broken_;
};

}  // namespace greyhound::smtp
