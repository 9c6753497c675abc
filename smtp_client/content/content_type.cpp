#include "smtp_client/content/content_type.hpp"

#include <algorithm>

#include "mail/address.hpp"

namespace greyhound::smtp {
namespace {

constexpr std::size_t max_boundary = 70;  // RFC 2046 section 5.1.1

bool is_blank(char c) {
  return c == ' ' || c == '\t' || c == '\r' || c == '\n';
}

bool is_token_char(char c) {
  return c > ' ' && c <= '~' &&
         std::string_view("()<>@,;:\\\"/[]?=").find(c) == std::string_view::npos;
}

// Reads a value from its front; every failure is final.
class ValueReader {
 public:
  explicit ValueReader(std::string_view value) : rest_(value) { skip_blanks(); }

  bool is_at_end() const { return rest_.empty(); }
  bool has_failed() const { return has_failed_; }

  bool take(char c) {
    if (has_failed_ || !rest_.starts_with(c)) return false;
    rest_.remove_prefix(1);
    skip_blanks();
    return true;
  }

  // Empty: failed.
  std::string token() {
    auto taken = word();
    skip_blanks();
    return taken;
  }

  // "type/subtype" in one piece: of blanks or comments beside the slash readers think differently.
  std::string type() {
    auto taken = word();
    if (!rest_.starts_with('/')) {
      has_failed_ = true;
      return {};
    }
    rest_.remove_prefix(1);
    return taken + "/" + token();
  }

  std::string token_or_quoted() { return rest_.starts_with('"') ? quoted() : token(); }

 private:
  std::string word() {
    const auto end = std::find_if_not(rest_.begin(), rest_.end(), is_token_char);
    std::string taken(rest_.begin(), end);
    rest_.remove_prefix(taken.size());
    if (taken.empty()) has_failed_ = true;
    return taken;
  }

  std::string quoted() {
    std::string taken;
    for (std::size_t i = 1; i < rest_.size(); ++i) {
      if (rest_[i] == '"') {
        rest_.remove_prefix(i + 1);
        skip_blanks();
        return taken;
      }
      if (rest_[i] == '\\') ++i;
      if (i < rest_.size()) taken += rest_[i];
    }
    has_failed_ = true;
    return {};
  }

  void skip_blanks() {
    while (!rest_.empty() && (is_blank(rest_.front()) || rest_.front() == '(')) {
      if (rest_.front() == '(' && !skip_comment()) return;
      if (!rest_.empty() && is_blank(rest_.front())) rest_.remove_prefix(1);
    }
  }

  bool skip_comment() {
    std::size_t depth = 0;
    for (std::size_t i = 0; i < rest_.size(); ++i) {
      if (rest_[i] == '\\') {
        ++i;
      } else if (rest_[i] == '(') {
        ++depth;
      } else if (rest_[i] == ')' && --depth == 0) {
        rest_.remove_prefix(i + 1);
        return true;
      }
    }
    has_failed_ = true;
    return false;
  }

  std::string_view rest_;
  bool has_failed_ = false;
};

bool is_boundary(std::string_view text) {
  return !text.empty() && text.size() <= max_boundary && text.back() != ' ' &&
         std::all_of(text.begin(), text.end(), [](char c) { return c >= ' ' && c <= '~'; });
}

}  // namespace

std::optional<ContentType> parse_content_type(std::string_view value) {
  ValueReader reader(value);
  ContentType content;
  content.type = mail::lower_case(reader.type());
  if (reader.has_failed()) return std::nullopt;
  // Parameters are often written badly; of other types none is asked for.
  if (!content.type.starts_with("multipart/")) return content;
  while (reader.take(';')) {
    if (reader.is_at_end()) break;  // a ';' too many, as some write it
    const auto name = mail::lower_case(reader.token());
    if (!reader.take('=')) return std::nullopt;
    auto given = reader.token_or_quoted();
    // Continued or encoded (RFC 2231), where a boundary never is.
    if (name.starts_with("boundary*")) return std::nullopt;
    if (name != "boundary") continue;
    if (!content.boundary.empty() || !is_boundary(given)) return std::nullopt;
    content.boundary = std::move(given);
  }
  if (reader.has_failed() || !reader.is_at_end()) return std::nullopt;
  return content;
}

std::optional<std::string> parse_token(std::string_view value) {
  ValueReader reader(value);
  auto token = mail::lower_case(reader.token());
  if (reader.has_failed() || !reader.is_at_end()) return std::nullopt;
  return token;
}

}  // namespace greyhound::smtp
