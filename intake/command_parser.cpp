#include "intake/command_parser.hpp"

#include <algorithm>
#include <array>
#include <charconv>
#include <limits>
#include <vector>

#include "intake/dsn_parameters.hpp"
#include "mail/utf8.hpp"
#include "runtime/tls/tls_digest.hpp"

namespace greyhound::intake {
namespace {

constexpr std::size_t max_hello_name = 255;

constexpr std::array<std::string_view, 9> unsupported_verbs{
    "expn", "help", "send", "soml", "saml", "turn", "etrn", "burl", "xclient"};
constexpr std::array<std::string_view, 9> foreign_verbs{
    "get", "post", "put", "head", "options", "delete", "patch", "connect", "pri"};

template <class List>
bool holds(const List& list, std::string_view word) {
  return std::find(list.begin(), list.end(), word) != list.end();
}

std::string_view trimmed(std::string_view text) {
  while (text.starts_with(' '))
    text.remove_prefix(1);
  while (text.ends_with(' '))
    text.remove_suffix(1);
  return text;
}

bool is_printable(std::string_view text) {
  return std::all_of(text.begin(), text.end(), [](char c) { return c >= ' ' && c <= '~'; });
}

bool has_control(std::string_view text) {
  return std::any_of(text.begin(), text.end(), [](char c) {
    return static_cast<unsigned char>(c) < ' ' || c == '\x7f';
  });
}

// What no address is made of, in the words that fit the client's bytes.
Answer bad_address(std::string_view path, const std::string& status, const std::string& whose) {
  const bool is_ascii = mail::is_ascii(path);
  return {is_ascii ? 501 : 553, status, "bad syntax of the " + whose + " address"};
}

// What stands between the angle brackets at the front, and what follows them.
struct Path {
  std::string_view inner;
  std::string_view parameters;
};

// A quoted local part may hold '>' and '@'.
std::optional<Path> take_path(std::string_view text) {
  text = trimmed(text);
  if (!text.starts_with('<')) return std::nullopt;
  bool is_quoted = false;
  for (std::size_t i = 1; i < text.size(); ++i) {
    const char c = text[i];
    if (c == '\\' && is_quoted) {
      ++i;
    } else if (c == '"') {
      is_quoted = !is_quoted;
    } else if (c == '>' && !is_quoted) {
      const auto rest = text.substr(i + 1);
      if (!rest.empty() && !rest.starts_with(' ')) return std::nullopt;
      return Path{text.substr(1, i - 1), trimmed(rest)};
    }
  }
  return std::nullopt;
}

// One hop of a source route: a domain or an address literal.
bool is_hop(std::string_view hop) {
  if (!hop.starts_with('@')) return false;
  const std::string mailbox = "x" + std::string(hop);
  return mail::Address::parse(mailbox).has_value();
}

// "@a,@b:user@c" to "user@c"; nullopt if the route is malformed.
std::optional<std::string_view> without_source_route(std::string_view path) {
  if (!path.starts_with('@')) return path;
  std::size_t start = 0;
  bool is_literal = false;
  for (std::size_t i = 0; i < path.size(); ++i) {
    const char c = path[i];
    if (c == '[') is_literal = true;
    if (c == ']') is_literal = false;
    if (is_literal || (c != ',' && c != ':')) continue;
    if (!is_hop(path.substr(start, i - start))) return std::nullopt;
    start = i + 1;
    if (c == ':') return path.substr(start);
  }
  return std::nullopt;
}

// A bare local part gets the domain. What holds an '@' of its own cannot become valid by that: no
// domain holds one.
struct ReadAddress {
  mail::Address address;
  bool is_bare = false;
};
std::optional<ReadAddress> to_address(std::string_view path, std::string_view domain) {
  const auto mailbox = without_source_route(path);
  if (!mailbox || mailbox->empty()) return std::nullopt;
  if (auto address = mail::Address::parse(*mailbox)) return ReadAddress{*std::move(address)};
  auto completed = mail::Address::parse(std::string(*mailbox) + "@" + std::string(domain));
  if (!completed) return std::nullopt;
  return ReadAddress{*std::move(completed), true};
}

Answer bad_parameter(std::string text) {
  return {501, "5.5.4", std::move(text)};
}

// One "KEY=value", or a key alone.
struct Parameter {
  std::string key;  // in lower case
  std::string_view value;
  bool has_value = false;
};

Parameter to_parameter(std::string_view text) {
  const auto equals = text.find('=');
  if (equals == std::string_view::npos) return {.key = mail::lower_case(text), .value = ""};
  return {.key = mail::lower_case(text.substr(0, equals)),
          .value = text.substr(equals + 1),
          .has_value = true};
}

std::optional<Answer> take_size(std::string_view value, MailFrom& into) {
  const bool is_number = !value.empty() && value.size() <= 20 &&
                         value.find_first_not_of("0123456789") == std::string_view::npos;
  if (!is_number) return bad_parameter("SIZE needs a number of octets");
  std::uint64_t size = 0;
  const auto [end, error] = std::from_chars(value.data(), value.data() + value.size(), size);
  into.declared_size_bytes =
      error == std::errc{} ? size : std::numeric_limits<std::uint64_t>::max();
  return std::nullopt;
}

std::optional<Answer> take_body(std::string_view value, MailFrom& into) {
  const auto kind = mail::lower_case(value);
  if (kind != "7bit" && kind != "8bitmime") return bad_parameter("BODY is 7BIT or 8BITMIME");
  into.is_eight_bit = kind == "8bitmime";
  return std::nullopt;
}

std::optional<Answer> take_return(std::string_view value, MailFrom& into) {
  const auto wish = parse_return(value);
  if (!wish) return bad_parameter("RET is FULL or HDRS");
  into.return_content = *wish;
  return std::nullopt;
}

std::optional<Answer> take_envelope_id(std::string_view value, MailFrom& into) {
  auto id = parse_envelope_id(value);
  if (!id) return bad_parameter("ENVID is xtext of at most 100 characters");
  into.envelope_id = std::move(*id);
  return std::nullopt;
}

// Who first handed it in is nothing that we pass on; clients say so because AUTH is offered.
std::optional<Answer> take_submitter(std::string_view value) {
  if (value.empty()) return bad_parameter("AUTH needs an address or <>");
  return std::nullopt;
}

// A key that stands without a value.
std::optional<Answer> take_flag(const Parameter& parameter, std::string_view name, bool& flag) {
  if (parameter.has_value) return bad_parameter(std::string(name) + " takes no value");
  flag = true;
  return std::nullopt;
}

// An answer says what is wrong with it.
std::optional<Answer> take_mail_parameter(const Parameter& parameter, MailFrom& into) {
  const auto& [key, value, has_value] = parameter;
  if (key == "size") return take_size(value, into);
  if (key == "body") return take_body(value, into);
  if (key == "ret") return take_return(value, into);
  if (key == "envid") return take_envelope_id(value, into);
  if (key == "auth") return take_submitter(value);
  if (key == "smtputf8") return take_flag(parameter, "SMTPUTF8", into.is_smtp_utf8);
  if (key == "requiretls") return take_flag(parameter, "REQUIRETLS", into.requires_tls);
  return unknown_mail_parameter();
}

std::optional<Answer> take_rcpt_parameter(const Parameter& parameter, mail::Recipient& into) {
  if (parameter.key == "notify") {
    const auto wish = parse_notify(parameter.value);
    if (!wish) return bad_parameter("NOTIFY is NEVER, or some of SUCCESS,FAILURE,DELAY");
    into.notify = *wish;
    return std::nullopt;
  }
  if (parameter.key == "orcpt") {
    auto original = parse_original_recipient(parameter.value);
    if (!original) return bad_parameter("ORCPT is a type, ';' and xtext, at most 500 characters");
    into.original = std::move(*original);
    return std::nullopt;
  }
  return Answer(555, "5.5.4", "unknown parameter of RCPT");
}

// Each of them once.
template <class Take>
std::optional<Answer> take_parameters(std::string_view parameters, const Take& take) {
  if (!is_printable(parameters)) return bad_parameter("parameters are printable ASCII");
  std::vector<std::string> seen;
  while (!parameters.empty()) {
    const auto text = parameters.substr(0, parameters.find(' '));
    parameters = trimmed(parameters.substr(text.size()));
    const auto parameter = to_parameter(text);
    if (holds(seen, parameter.key)) return bad_parameter("a parameter is given twice");
    seen.push_back(parameter.key);
    if (auto refusal = take(parameter)) return refusal;
  }
  return std::nullopt;
}

// The argument behind "FROM:" or "TO:"; nullopt if that word is missing.
std::optional<std::string_view> behind_keyword(std::string_view argument,
                                               std::string_view keyword) {
  if (mail::lower_case(argument.substr(0, keyword.size())) != keyword) return std::nullopt;
  return argument.substr(keyword.size());
}

Command parse_mail(std::string_view argument, std::string_view domain) {
  const auto rest = behind_keyword(argument, "from:");
  const auto path = rest ? take_path(*rest) : std::nullopt;
  if (!path) return Answer(501, "5.5.4", "syntax: MAIL FROM:<address>");
  MailFrom command;
  if (!path->inner.empty()) {
    auto sender = to_address(path->inner, domain);
    if (!sender) return bad_address(path->inner, "5.1.7", "sender's");
    command.reverse_path = std::move(sender->address);
  }
  const auto take = [&command](const Parameter& one) { return take_mail_parameter(one, command); };
  if (auto refusal = take_parameters(path->parameters, take)) return *refusal;
  const bool is_ascii = !command.reverse_path || command.reverse_path->is_ascii();
  if (!is_ascii && !command.is_smtp_utf8) return address_needs_smtp_utf8();
  return command;
}

Command parse_rcpt(std::string_view argument, std::string_view domain) {
  const auto rest = behind_keyword(argument, "to:");
  const auto path = rest ? take_path(*rest) : std::nullopt;
  if (!path) return Answer(501, "5.5.4", "syntax: RCPT TO:<address>");
  auto read = to_address(path->inner, domain);
  if (!read) return bad_address(path->inner, "5.1.3", "recipient's");
  RcptTo command{.recipient = {.address = std::move(read->address)}, .is_bare = read->is_bare};
  const auto take = [&command](const Parameter& one) {
    return take_rcpt_parameter(one, command.recipient);
  };
  if (auto refusal = take_parameters(path->parameters, take)) return *refusal;
  const auto& address = command.recipient.address;
  const bool is_qualified = address.is_literal() || address.domain() == "localhost" ||
                            address.domain() == mail::lower_case(domain) ||
                            address.domain().find('.') != std::string::npos;
  if (!is_qualified) return Answer(550, "5.1.2", "the recipient's domain is not complete");
  return command;
}

Command parse_hello(std::string_view argument, bool is_extended) {
  if (argument.empty() || argument.size() > max_hello_name ||
      argument.find(' ') != std::string_view::npos) {
    return Answer(501, "5.5.4", "give the name of your host");
  }
  return Hello{is_extended, std::string(argument)};
}

// "<octets> [LAST]"
Command parse_bdat(std::string_view argument) {
  const auto number = argument.substr(0, argument.find(' '));
  const auto rest = mail::lower_case(trimmed(argument.substr(number.size())));
  Bdat command{.is_last = rest == "last"};
  const auto [end, error] =
      std::from_chars(number.data(), number.data() + number.size(), command.octets);
  const bool is_number = !number.empty() && number.front() != '-' && error == std::errc{} &&
                         end == number.data() + number.size();
  if (!is_number || (!rest.empty() && !command.is_last)) return UnreadableBdat{};
  return command;
}

Command parse_auth(std::string_view argument) {
  const auto word = argument.substr(0, argument.find(' '));
  const auto response = trimmed(argument.substr(word.size()));
  if (word.empty()) return Answer(501, "5.5.4", "syntax: AUTH mechanism [initial response]");
  Auth command;
  for (const char c : word)
    command.mechanism += static_cast<char>(c >= 'a' && c <= 'z' ? c - 'a' + 'A' : c);
  if (response.empty()) return command;
  command.initial_response = response == "=" ? std::string() : decode_base64(response);
  if (!command.initial_response) return Answer(501, "5.5.2", "the response is no Base64");
  return command;
}

template <class Plain>
Command without_argument(std::string_view argument) {
  if (!argument.empty()) return Answer(501, "5.5.4", "this command takes no argument");
  return Plain{};
}

}  // namespace

Answer address_needs_smtp_utf8() {
  return {553, "5.6.7", "an address beyond ASCII needs MAIL with SMTPUTF8"};
}

Answer unknown_mail_parameter() {
  return {555, "5.5.4", "unknown parameter of MAIL"};
}

Command parse_command(std::string_view line, std::string_view domain) {
  const auto verb = mail::lower_case(line.substr(0, line.find(' ')));
  const auto argument = trimmed(line.substr(verb.size()));
  const bool may_hold_utf8 = verb == "mail" || verb == "rcpt";
  if (may_hold_utf8 ? has_control(line) : !is_printable(line)) {
    return Answer(500, "5.5.2", "only printable characters may stand in a command");
  }
  if (verb == "mail") return parse_mail(argument, domain);
  if (verb == "rcpt") return parse_rcpt(argument, domain);
  if (verb == "data") return without_argument<Data>(argument);
  if (verb == "bdat") return parse_bdat(argument);
  if (verb == "starttls") return without_argument<StartTls>(argument);
  if (verb == "auth") return parse_auth(argument);
  if (verb == "ehlo") return parse_hello(argument, true);
  if (verb == "helo") return parse_hello(argument, false);
  if (verb == "rset") return without_argument<Reset>(argument);
  if (verb == "quit") return without_argument<Quit>(argument);
  if (verb == "noop") return Noop{};
  if (verb == "vrfy") {
    if (argument.empty()) return Answer(501, "5.5.4", "VRFY needs an address");
    return Verify{};
  }
  if (holds(foreign_verbs, verb)) return ForeignProtocol{};
  if (holds(unsupported_verbs, verb)) return Answer(502, "5.5.1", "command not implemented");
  return Answer(500, "5.5.1", "command not recognised");
}

}  // namespace greyhound::intake
