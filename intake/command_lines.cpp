#include "intake/command_lines.hpp"

#include <utility>

namespace greyhound::intake {

void CommandLines::feed(std::string_view bytes) {
  unread_.erase(0, start_);
  start_ = 0;
  unread_ += bytes;
  if (unread_.size() > max_bytes_ + 1 && !has_line()) {  // + 1: a CR that may belong to its end
    is_overlong_ = true;
    unread_.clear();
  }
}

std::optional<CommandLine> CommandLines::next() {
  const auto end = unread_.find('\n', start_);
  if (end == std::string::npos) return std::nullopt;
  std::string text = unread_.substr(start_, end - start_);
  start_ = end + 1;
  const bool was_cut = std::exchange(is_overlong_, false);
  const bool has_return = !text.empty() && text.back() == '\r';
  if (has_return) text.pop_back();
  if (was_cut || text.size() > max_bytes_) return CommandLine{CommandLine::Flaw::too_long};
  if (!has_return) return CommandLine{CommandLine::Flaw::bare_line_feed};
  return CommandLine{CommandLine::Flaw::none, std::move(text)};
}

std::string CommandLines::take_octets(std::uint64_t most) {
  auto octets = unread_.substr(start_, most);
  start_ += octets.size();
  return octets;
}

}  // namespace greyhound::intake
