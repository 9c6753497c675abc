// CommandLines: cuts what a client sends into command lines, in bounded memory.
// Source: RFC 5321 sections 2.3.8 (lines end in CR LF, never in LF alone) and 4.5.3.1.4.
// Limits: a line beyond max_bytes is dropped as it comes; only that it was there is kept.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace greyhound::intake {

struct CommandLine {
  enum class Flaw : std::uint8_t { none, too_long, bare_line_feed };
  Flaw flaw = Flaw::none;
  std::string text = {};  // without its end; empty if flawed
};

class CommandLines {
 public:
  explicit CommandLines(std::size_t max_bytes) : max_bytes_(max_bytes) {}

  void feed(std::string_view bytes);
  bool has_line() const { return unread_.find('\n', start_) != std::string::npos; }
  std::optional<CommandLine> next();

  // At most `most` of the bytes behind the last line returned, which belong to no command: BDAT
  // counts them.
  std::string take_octets(std::uint64_t most);

  // Nothing has come after the last line returned.
  bool is_empty() const { return start_ == unread_.size() && !is_overlong_; }

 private:
  std::size_t max_bytes_;
  std::string unread_;
  std::size_t start_ = 0;     // of what next() has not returned yet
  bool is_overlong_ = false;  // the front of the current line has been dropped
};

}  // namespace greyhound::intake
