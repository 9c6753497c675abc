#include "smtp_client/reply_reader.hpp"

#include <algorithm>
#include <utility>

namespace greyhound::smtp {
namespace {

constexpr std::size_t code_digits = 3;

bool is_digit(char c) {
  return c >= '0' && c <= '9';
}

// The code at the front of a line; 0: none that SMTP knows.
int leading_code(std::string_view line) {
  if (line.size() < code_digits || line[0] < '2' || line[0] > '5') return 0;
  if (!is_digit(line[1]) || !is_digit(line[2])) return 0;
  return (line[0] - '0') * 100 + (line[1] - '0') * 10 + (line[2] - '0');
}

// Replies end up in logs, on terminals and in notices: none of them may be steered from outside.
std::string without_controls(std::string_view text) {
  std::string clean(text);
  for (char& c : clean) {
    if (c == '\t') c = ' ';
    if (static_cast<unsigned char>(c) < ' ' || c == '\x7f') c = '?';
  }
  return clean;
}

}  // namespace

void ReplyReader::feed(std::string_view bytes) {
  if (!broken_) pending_ += bytes;
}

std::optional<Result<mail::Reply>> ReplyReader::next() {
  while (!broken_) {
    const auto end = pending_.find('\n');
    if (std::min(end, pending_.size()) >= limits_.max_line_bytes) {
      return give_up("a line of more than " + std::to_string(limits_.max_line_bytes) + " bytes");
    }
    if (end == std::string::npos) return std::nullopt;
    const std::string line = pending_.substr(0, end);
    pending_.erase(0, end + 1);
    const auto taken = take_line(line);
    if (!taken) return taken.error();
    if (*taken == Line::last) {
      current_bytes_ = 0;
      return std::exchange(current_, mail::Reply{});
    }
  }
  return *broken_;
}

Result<ReplyReader::Line> ReplyReader::take_line(std::string_view line) {
  current_bytes_ += line.size() + 1;
  if (line.ends_with('\r')) line.remove_suffix(1);
  if (current_bytes_ > limits_.max_bytes) {
    return give_up("more than " + std::to_string(limits_.max_bytes) + " bytes");
  }
  if (current_.lines.size() >= limits_.max_lines) {
    return give_up("more than " + std::to_string(limits_.max_lines) + " lines");
  }
  const int code = leading_code(line);
  if (code == 0) return give_up("a line without a reply code");
  if (current_.code != 0 && current_.code != code) {
    return give_up("lines with the codes " + std::to_string(current_.code) + " and " +
                   std::to_string(code));
  }
  const char after = line.size() > code_digits ? line[code_digits] : ' ';
  if (after != ' ' && after != '-') return give_up("no space or hyphen after the reply code");
  current_.code = code;
  current_.lines.push_back(without_controls(line.substr(std::min(line.size(), code_digits + 1))));
  return after == '-' ? Line::more_follow : Line::last;
}

Error ReplyReader::give_up(std::string what) {
  broken_ = Error{Fault::protocol, std::move(what)};
  pending_.clear();
  pending_.shrink_to_fit();
  return *broken_;
}

}  // namespace greyhound::smtp
