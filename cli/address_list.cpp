#include "cli/address_list.hpp"

#include <optional>

namespace greyhound::cli {
namespace {

constexpr std::size_t max_comment_depth = 32;

bool is_space(char c) {
  return c == ' ' || c == '\t' || c == '\r' || c == '\n';
}

Error unreadable(std::string_view why, std::string_view text) {
  constexpr std::size_t shown = 60;
  return {Fault::protocol,
          std::string(why) + " in the address list \"" + std::string(text.substr(0, shown)) + "\""};
}

// One past the closing quote or parenthesis of what starts at `at`; nullopt: it never closes.
std::optional<std::size_t> end_of_quoted(std::string_view text, std::size_t at) {
  for (std::size_t i = at + 1; i < text.size(); ++i) {
    if (text[i] == '\\') {
      ++i;
    } else if (text[i] == '"') {
      return i + 1;
    }
  }
  return std::nullopt;
}

std::optional<std::size_t> end_of_comment(std::string_view text, std::size_t at) {
  std::size_t depth = 0;
  for (std::size_t i = at; i < text.size() && depth <= max_comment_depth; ++i) {
    if (text[i] == '\\') {
      ++i;
    } else if (text[i] == '(') {
      ++depth;
    } else if (text[i] == ')' && --depth == 0) {
      return i + 1;
    }
  }
  return std::nullopt;
}

// "@a,@b:user@c" is user@c by way of a and b, which nobody has to follow any more.
std::string without_route(const std::string& path) {
  if (!path.starts_with('@')) return path;
  const auto colon = path.find(':');
  return colon == std::string::npos ? path : path.substr(colon + 1);
}

// Collects one mailbox while the list is walked.
class MailboxReader {
 public:
  explicit MailboxReader(std::string_view text) : text_(text) {}

  Result<std::vector<std::string>> read() {
    while (at_ < text_.size()) {
      if (const char* const problem = step()) return unreadable(problem, text_);
    }
    if (is_in_angle_) return unreadable("a missing '>'", text_);
    if (const char* const problem = end_mailbox()) return unreadable(problem, text_);
    return std::move(mailboxes_);
  }

 private:
  // Takes one token; what is wrong with it, or null.
  const char* step() {
    const char c = text_[at_];
    if (c == '"' || c == '(') return take_enclosed(c);
    if (c == '[' && !is_in_angle_) return take_literal();
    ++at_;
    if (is_in_angle_) return take_in_angle(c);
    if (c == '<') {
      if (has_path_) return "two addresses without a comma";
      is_in_angle_ = true;
      has_path_ = true;
    } else if (c == ',') {
      return end_mailbox();
    } else if (c == ';') {
      if (!is_in_group_) return "a stray ';'";
      is_in_group_ = false;
      return end_mailbox();
    } else if (c == ':') {
      if (is_in_group_ || has_path_) return "a stray ':'";
      is_in_group_ = true;
      forget();
    } else if (c == '>') {
      return "a stray '>'";
    } else if (is_space(c)) {
      has_gap_ = !bare_.empty();
    } else {
      return add_bare(text_.substr(at_ - 1, 1));
    }
    return nullptr;
  }

  const char* take_enclosed(char opening) {
    const auto end = opening == '"' ? end_of_quoted(text_, at_) : end_of_comment(text_, at_);
    if (!end) return opening == '"' ? "an open quote" : "an open comment";
    const auto token = text_.substr(at_, *end - at_);
    at_ = *end;
    if (opening == '(') return nullptr;
    if (!is_in_angle_) return add_bare(token);
    path_ += token;
    return nullptr;
  }

  // "[IPv6:2001:db8::1]": its colons start no group.
  const char* take_literal() {
    const auto end = text_.find(']', at_);
    if (end == std::string_view::npos) return "a missing ']'";
    const auto literal = text_.substr(at_, end + 1 - at_);
    at_ = end + 1;
    return add_bare(literal);
  }

  const char* take_in_angle(char c) {
    if (c == '<') return "a stray '<'";
    if (c == '>') {
      is_in_angle_ = false;
    } else if (!is_space(c)) {
      path_ += c;
    }
    return nullptr;
  }

  // Space around '@' and '.' is allowed in old mail; between words it makes a name of them.
  const char* add_bare(std::string_view token) {
    if (has_path_) return "words behind an address";
    const bool joins = token == "@" || token == "." || bare_.ends_with('@') || bare_.ends_with('.');
    if (has_gap_ && !joins) is_phrase_ = true;
    has_gap_ = false;
    bare_ += token;
    return nullptr;
  }

  const char* end_mailbox() {
    std::string mailbox;
    if (has_path_) {
      mailbox = without_route(path_);
      if (mailbox.empty()) return "an empty address";
    } else if (is_phrase_) {
      return "a name without an address";
    } else {
      mailbox = bare_;
    }
    if (!mailbox.empty()) mailboxes_.push_back(std::move(mailbox));
    forget();
    return nullptr;
  }

  void forget() {
    bare_.clear();
    path_.clear();
    has_path_ = false;
    is_phrase_ = false;
    has_gap_ = false;
  }

  std::string_view text_;
  std::size_t at_ = 0;
  std::vector<std::string> mailboxes_;
  std::string bare_;  // outside of angle brackets: an address, or a display name
  std::string path_;  // between angle brackets
  bool has_path_ = false;
  bool is_in_angle_ = false;
  bool is_in_group_ = false;
  bool is_phrase_ = false;
  bool has_gap_ = false;
};

}  // namespace

Result<std::vector<std::string>> mailboxes_in(std::string_view field_body) {
  return MailboxReader(field_body).read();
}

}  // namespace greyhound::cli
