#include "smtp_client/body_encoder.hpp"

namespace greyhound::smtp {

std::string BodyEncoder::encode(std::string_view chunk) {
  std::string out;
  out.reserve(chunk.size() + chunk.size() / 64 + 2);
  for (const char c : chunk)
    put(c, out);
  return out;
}

std::string BodyEncoder::finish() {
  std::string out;
  if (has_open_cr_ || !is_at_line_start_) end_line(out);
  if (transfer_ == BodyTransfer::data) out += ".\r\n";
  return out;
}

void BodyEncoder::put(char c, std::string& out) {
  if (c == '\n') return end_line(out);
  if (has_open_cr_) end_line(out);
  if (c == '\r') {
    has_open_cr_ = true;
    return;
  }
  const bool is_doubled = transfer_ == BodyTransfer::data && is_at_line_start_ && c == '.';
  if (is_doubled) out += '.';
  out += c;
  is_at_line_start_ = false;
}

void BodyEncoder::end_line(std::string& out) {
  out += "\r\n";
  has_open_cr_ = false;
  is_at_line_start_ = true;
}

}  // namespace greyhound::smtp
