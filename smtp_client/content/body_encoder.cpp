#include "smtp_client/content/body_encoder.hpp"

namespace greyhound::smtp {

std::string BodyEncoder::encode(std::string_view chunk) {
  std::string out;
  out.reserve(chunk.size() + chunk.size() / 64 + 2);
  while (!chunk.empty()) {
    if (const auto whole = whole_line(chunk); !whole.empty()) {
      put_line(whole, out);
      chunk.remove_prefix(whole.size());
    } else {
      put(chunk.front(), out);
      chunk.remove_prefix(1);
    }
  }
  return out;
}

// The first line of `chunk` with its CR LF, where it begins as one, is whole and holds no other CR;
// else nothing. What is stored is made of such lines.
std::string_view BodyEncoder::whole_line(std::string_view chunk) const {
  if (!is_at_line_start_ || has_open_cr_) return {};
  const auto line = chunk.substr(0, chunk.find('\n') + 1);  // empty: there is no LF
  const bool is_whole = line.size() >= 2 && line.find('\r') == line.size() - 2;
  return is_whole ? line : std::string_view();
}

void BodyEncoder::put_line(std::string_view line, std::string& out) const {
  if (transfer_ == BodyTransfer::data && line.front() == '.') out += '.';
  out += line;
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
