// LineCutter: a message that comes in chunks, cut anywhere, as lines. A line too long to be kept
// comes in pieces.
// Limits: keeps one chunk and at most max_piece bytes more.
#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>

namespace greyhound::smtp {

struct Line {
  std::string_view text;  // without its CR LF; good until the cutter is used again
  bool is_start = true;   // it begins a line
  bool is_end = true;     // it ends one
};

class LineCutter {
 public:
  static constexpr std::size_t max_piece = 4096;

  void feed(std::string_view bytes);
  void finish() { is_finished_ = true; }  // no more will come: the rest is the last line

  std::optional<Line> next();

  // A CR or an LF stood alone; a line end was made of the LF.
  bool has_lone_line_end() const { return has_lone_line_end_; }

 private:
  std::string rest_;
  std::size_t at_ = 0;  // all before it was handed out
  bool is_at_start_ = true;
  bool is_finished_ = false;
  bool has_lone_line_end_ = false;
};

}  // namespace greyhound::smtp
