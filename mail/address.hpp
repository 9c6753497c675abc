// Address: a mailbox as the envelope carries it, and the domain part that decides the route.
// Source:  RFC 5321 section 4.1.2 (Mailbox), 4.5.3.1 (64 octets local part, 255 domain, 256 path);
//          RFC 6531 section 3.3 (the same with UTF-8; the limits stay in octets).
// Errors:  parse() gives nullopt; an object is always well formed: no CR, LF, NUL, no bare space;
//          well-formed UTF-8 without characters that act on a display. It is not normalised: whose
//          mailbox it is only its own server knows.
#pragma once

#include <compare>
#include <optional>
#include <string>
#include <string_view>

namespace greyhound::mail {

class Address {
 public:
  // "local@domain" without angle brackets; dot-string or quoted local part; the domain is a host
  // name (underscore tolerated), one of U-labels, or an address literal in brackets.
  static std::optional<Address> parse(std::string_view mailbox);

  // One that parse() has taken before; `domain` is what domain() was then. The tables of Unicode
  // change, so they are not asked again.
  static std::optional<Address> restore(std::string_view mailbox, std::string_view domain);

  const std::string& text() const { return text_; }  // as received
  std::string_view local_part() const { return std::string_view(text_).substr(0, at_); }
  // Lower case, in A-labels: the key of all that is known by domain.
  const std::string& domain() const { return domain_; }
  bool is_literal() const { return domain_.starts_with('['); }
  bool is_ascii() const;          // as received
  bool has_ascii_domain() const;  // as received
  // Its local part is beyond ASCII; the domain has A-labels to fall back on.
  bool needs_smtp_utf8() const;
  // The form that asks least of a server and means the same mailbox: with A-labels, unless its
  // local part needs SMTPUTF8 in any case. The same at each attempt: a greylister compares it.
  std::string on_the_wire() const;

  friend bool operator==(const Address& a, const Address& b) { return a.text_ == b.text_; }

 private:
  Address(std::string text, std::size_t at, std::string domain)
      : text_(std::move(text)), at_(at), domain_(std::move(domain)) {}
  std::string text_;
  std::size_t at_;
  std::string domain_;
};

// Empty: the null reverse path <>, to which no notice is ever sent (RFC 5321 section 4.5.5).
using ReversePath = std::optional<Address>;

std::string to_string(const ReversePath& path);  // "<>" or "<a@b>"
std::string lower_case(std::string_view text);   // ASCII only
bool is_host_name(std::string_view text);  // letters, digits, hyphen, underscore; 1 to 255 octets

}  // namespace greyhound::mail
