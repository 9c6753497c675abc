#include "mail/address.hpp"

#include <algorithm>

#include "mail/idn.hpp"
#include "mail/utf8.hpp"
#include "runtime/ip.hpp"

namespace greyhound::mail {
namespace {

constexpr std::size_t max_local_part = 64;
constexpr std::size_t max_domain = 255;
constexpr std::size_t max_label = 63;
constexpr std::size_t max_mailbox = 254;  // a path is at most 256 with its brackets

bool is_alphanumeric(char c) {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9');
}

bool is_eight_bit(char c) {
  return (static_cast<unsigned char>(c) & 0x80U) != 0;
}

// RFC 5322 atext, or part of a character beyond ASCII.
bool is_atext(char c) {
  return is_alphanumeric(c) || is_eight_bit(c) ||
         std::string_view("!#$%&'*+-/=?^_`{|}~").find(c) != std::string_view::npos;
}

bool is_dot_string(std::string_view text) {
  if (text.empty() || text.front() == '.' || text.back() == '.') return false;
  if (text.find("..") != std::string_view::npos) return false;
  return std::all_of(text.begin(), text.end(), [](char c) { return c == '.' || is_atext(c); });
}

// End of the quoted string at the front (one past its closing quote), or 0.
std::size_t quoted_string_end(std::string_view text) {
  for (std::size_t i = 1; i < text.size(); ++i) {
    const char c = text[i];
    if (c == '"') return i + 1;
    if (is_eight_bit(c)) continue;
    if (c == '\\') ++i;
    if (i >= text.size() || text[i] < ' ' || text[i] > '~') return 0;
  }
  return 0;
}

bool is_address_literal(std::string_view text) {
  if (text.size() < 3 || text.front() != '[' || text.back() != ']') return false;
  auto inner = text.substr(1, text.size() - 2);
  const bool is_v6 = lower_case(inner.substr(0, 5)) == "ipv6:";
  if (is_v6) inner.remove_prefix(5);
  return IpAddress::parse(inner).has_value() && is_v6 == (inner.find(':') != inner.npos);
}

bool is_shown_as_it_is(std::string_view text) {
  while (!text.empty()) {
    const auto character = front_of(text);
    if (!character || acts_on_display(character->value)) return false;
    text.remove_prefix(character->length);
  }
  return true;
}

// Where the '@' behind a good local part stands; the domain is not looked at.
std::optional<std::size_t> split(std::string_view mailbox) {
  if (mailbox.size() > max_mailbox || !is_shown_as_it_is(mailbox)) return std::nullopt;
  const bool is_quoted = mailbox.starts_with('"');
  const auto at = is_quoted ? quoted_string_end(mailbox) : mailbox.find('@');
  if (at == 0 || at == std::string_view::npos || at >= mailbox.size() || mailbox[at] != '@') {
    return std::nullopt;
  }
  const auto local_part = mailbox.substr(0, at);
  if (local_part.size() > max_local_part) return std::nullopt;
  if (!is_quoted && !is_dot_string(local_part)) return std::nullopt;
  return at;
}

}  // namespace

std::string lower_case(std::string_view text) {
  std::string out(text);
  for (char& c : out) {
    if (c >= 'A' && c <= 'Z') c = static_cast<char>(c - 'A' + 'a');
  }
  return out;
}

bool is_host_name(std::string_view text) {
  if (text.empty() || text.size() > max_domain) return false;
  while (!text.empty()) {
    const auto label = text.substr(0, text.find('.'));
    const bool is_last = label.size() == text.size();
    if (label.empty() || label.size() > max_label) return false;
    if (label.front() == '-' || label.back() == '-') return false;
    const auto fits = [](char c) { return is_alphanumeric(c) || c == '-' || c == '_'; };
    if (!std::all_of(label.begin(), label.end(), fits)) return false;
    if (is_last) return true;
    text.remove_prefix(label.size() + 1);
  }
  return false;  // a trailing dot
}

std::optional<Address> Address::parse(std::string_view mailbox) {
  const auto at = split(mailbox);
  if (!at) return std::nullopt;
  const auto domain = mailbox.substr(*at + 1);
  if (mail::is_ascii(domain)) return restore(mailbox, {});
  auto a_labels = to_a_labels(domain);
  if (!a_labels) return std::nullopt;
  return Address(std::string(mailbox), *at, std::move(*a_labels));
}

std::optional<Address> Address::restore(std::string_view mailbox, std::string_view domain) {
  const auto at = split(mailbox);
  if (!at) return std::nullopt;
  const auto received = mailbox.substr(*at + 1);
  const auto key = lower_case(mail::is_ascii(received) ? received : domain);
  const bool is_domain =
      is_host_name(key) || (key.starts_with('[') && is_address_literal(received));
  if (!is_domain) return std::nullopt;
  return Address(std::string(mailbox), *at, key);
}

bool Address::is_ascii() const {
  return mail::is_ascii(text_);
}

bool Address::has_ascii_domain() const {
  return mail::is_ascii(std::string_view(text_).substr(at_));
}

bool Address::needs_smtp_utf8() const {
  return !mail::is_ascii(local_part());
}

std::string Address::on_the_wire() const {
  if (needs_smtp_utf8() || has_ascii_domain()) return text_;
  return std::string(local_part()) + "@" + domain_;
}

std::string to_string(const ReversePath& path) {
  return path ? "<" + path->text() + ">" : "<>";
}

}  // namespace greyhound::mail
