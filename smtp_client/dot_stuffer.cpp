#include "smtp_client/dot_stuffer.hpp"

namespace greyhound::smtp {

std::string DotStuffer::encode(std::string_view chunk) {
  std::string out;
  out.reserve(chunk.size() + chunk.size() / 64 + 2);
  for (const char c : chunk)
    put(c, out);
  return out;
}

std::string DotStuffer::finish() {
  std::string out;
  if (has_open_cr_ || !is_at_line_start_) end_line(out);
  return out + ".\r\n";
}

void DotStuffer::put(char c, std::string& out) {
  if (c == '\n') return end_line(out);
  if (has_open_cr_) end_line(out);
  if (c == '\r') {
    has_open_cr_ = true;
    return;
  }
  if (is_at_line_start_ && c == '.') out += '.';
  out += c;
  is_at_line_start_ = false;
}

void DotStuffer::end_line(std::string& out) {
  out += "\r\n";
  has_open_cr_ = false;
  is_at_line_start_ = true;
}

}  // namespace greyhound::smtp
