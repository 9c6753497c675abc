#include "notify/returned_original.hpp"

#include "mail/utf8.hpp"

namespace greyhound::notify {
namespace {

constexpr std::size_t max_head_octets = std::size_t{64} * 1024;

// RFC 2045 section 2.8: what a part labelled 7bit or 8bit may not have in it.
bool may_be_a_part(std::string_view message) {
  for (std::size_t i = 0; i < message.size(); ++i) {
    const char c = message[i];
    const bool is_after_cr = i > 0 && message[i - 1] == '\r';
    const bool is_before_lf = i + 1 < message.size() && message[i + 1] == '\n';
    if (c == '\0' || (c == '\n' && !is_after_cr) || (c == '\r' && !is_before_lf)) return false;
  }
  return !has_long_line(message);
}

// The next line without its ending, be it CR LF, CR or LF.
std::string_view take_line(std::string_view& text) {
  const auto end = text.find_first_of("\r\n");
  const auto line = text.substr(0, end);
  text.remove_prefix(line.size());
  text.remove_prefix(text.starts_with("\r\n") ? 2 : text.empty() ? 0 : 1);
  return line;
}

std::string without_controls(std::string_view line) {
  std::string out(line);
  for (char& c : out) {
    const auto byte = static_cast<unsigned char>(c);
    if ((byte < ' ' && c != '\t') || byte == 0x7f) c = '?';
  }
  return out;
}

struct CleanHead {
  std::string text;
  bool is_cut = false;
};

// The lines up to the first empty one, as CR LF lines without control characters. A stray line end
// becomes a real one: a reader of the returned header sees no more structure than we do.
CleanHead clean_head(std::string_view head) {
  CleanHead clean;
  while (!head.empty()) {
    const auto line = take_line(head);
    if (line.empty()) break;
    if (clean.text.size() + line.size() > max_head_octets) return {std::move(clean.text), true};
    clean.text += without_controls(line);
    clean.text += "\r\n";
  }
  return clean;
}

}  // namespace

ReturnedOriginal returned_original(const NoticeFacts& facts) {
  const auto& whole = facts.original_whole;
  const auto head = clean_head(facts.original_head);
  const bool is_global =
      facts.is_global() && !mail::is_ascii(head.text) && mail::is_utf8(head.text);
  if (facts.kind == NoticeKind::failure && whole && may_be_a_part(*whole)) {
    return {Returned::whole,
            MimePart{is_global ? "message/global" : "message/rfc822",
                     mail::is_ascii(*whole) ? "7bit" : "8bit",
                     *whole}};
  }
  if (head.text.empty()) return {};
  const bool has_charset = !mail::is_ascii(head.text) && mail::is_utf8(head.text);
  const std::string type = is_global     ? "message/global-headers"
                           : has_charset ? "text/rfc822-headers; charset=utf-8"
                                         : "text/rfc822-headers";
  return {head.is_cut ? Returned::cut_header : Returned::header, text_part(type, head.text)};
}

}  // namespace greyhound::notify
