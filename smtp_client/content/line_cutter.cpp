#include "smtp_client/content/line_cutter.hpp"

#include <utility>

namespace greyhound::smtp {

void LineCutter::feed(std::string_view bytes) {
  rest_.erase(0, at_);
  at_ = 0;
  rest_ += bytes;
}

std::optional<Line> LineCutter::next() {
  const auto ahead = std::string_view(rest_).substr(at_);
  const auto feed_at = ahead.substr(0, max_piece + 2).find('\n');
  const bool is_whole = feed_at != std::string_view::npos;
  const bool is_last = is_finished_ && ahead.size() <= max_piece && !ahead.empty();
  const bool may_wait = is_finished_ ? ahead.empty() : ahead.size() < max_piece + 2;
  if (!is_whole && !is_last && may_wait) return std::nullopt;

  auto text = ahead.substr(0, is_whole ? feed_at : is_last ? ahead.size() : max_piece);
  // A CR at the end of a piece may belong to an LF behind it.
  const bool is_piece = !is_whole && !is_last;
  if (is_piece && text.back() == '\r') text.remove_suffix(1);
  at_ += text.size() + (is_whole ? 1 : 0);
  if (is_whole) {
    if (text.ends_with('\r')) {
      text.remove_suffix(1);
    } else {
      has_lone_line_end_ = true;
    }
  }
  if (text.find('\r') != std::string_view::npos) has_lone_line_end_ = true;
  const bool is_start = std::exchange(is_at_start_, !is_piece);
  return Line{.text = text, .is_start = is_start, .is_end = !is_piece};
}

}  // namespace greyhound::smtp
