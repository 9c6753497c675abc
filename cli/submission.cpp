#include "cli/submission.hpp"

#include <algorithm>
#include <set>
#include <span>

#include <fmt/format.h>

#include "cli/address_list.hpp"
#include "mail/date.hpp"
#include "mail/envelope.hpp"
#include "mail/utf8.hpp"

namespace greyhound::cli {
namespace {

constexpr std::size_t max_recipients = 10'000;

// A header field as it stands, folded lines and all.
struct Field {
  std::string name;  // lower case
  std::string text;  // with name and line ends
  std::string_view body() const { return std::string_view(text).substr(text.find(':') + 1); }
};

struct ParsedMessage {
  std::vector<Field> fields;
  std::string body;  // from the line after the empty one
};

// Line ends become CR LF. A CR in the middle of a line is no line end to anyone who is sane, and is
// refused by careful servers: it becomes a space. A lone "." ends the input unless `ignores_dots`.
std::string canonical(std::string_view input, bool ignores_dots) {
  std::string out;
  out.reserve(input.size() + input.size() / 32 + 2);
  while (!input.empty()) {
    auto line = input.substr(0, input.find('\n'));
    input.remove_prefix(std::min(input.size(), line.size() + 1));
    if (line.ends_with('\r')) line.remove_suffix(1);
    if (line == "." && !ignores_dots) break;
    const auto start = out.size();
    out += line;
    std::replace(out.begin() + static_cast<std::ptrdiff_t>(start), out.end(), '\r', ' ');
    out += "\r\n";
  }
  return out;
}

std::string_view take_line(std::string_view& text) {
  const auto line = text.substr(0, text.find("\r\n") + 2);
  text.remove_prefix(line.size());
  return line;
}

// Name of the field that a line starts, lower case; empty if it starts none.
std::string field_name(std::string_view line) {
  const auto colon = line.find(':');
  if (colon == std::string_view::npos) return {};
  auto name = line.substr(0, colon);
  while (name.ends_with(' ') || name.ends_with('\t'))
    name.remove_suffix(1);
  const auto is_name = [](char c) { return c > ' ' && c < '\x7f'; };
  if (name.empty() || !std::all_of(name.begin(), name.end(), is_name)) return {};
  return mail::lower_case(name);
}

// The header ends at the empty line, or before the first line that cannot be of a header: programs
// that write no header at all get one.
ParsedMessage parse_message(std::string_view text) {
  ParsedMessage parsed;
  if (text.starts_with("From ") || text.starts_with(">From ")) take_line(text);  // of an mbox
  while (!text.empty()) {
    auto ahead = text;
    const auto line = take_line(ahead);
    if (line == "\r\n") {
      text = ahead;
      break;
    }
    const bool continues = (line[0] == ' ' || line[0] == '\t') && !parsed.fields.empty();
    auto name = continues ? std::string() : field_name(line);
    if (!continues && name.empty()) break;
    if (continues) {
      parsed.fields.back().text += line;
    } else {
      parsed.fields.push_back({.name = std::move(name), .text = std::string(line)});
    }
    text = ahead;
  }
  parsed.body = text;
  return parsed;
}

bool has_field(const ParsedMessage& message, std::string_view name) {
  return std::any_of(message.fields.begin(), message.fields.end(), [name](const Field& field) {
    return field.name == name;
  });
}

Result<mail::Address> complete_address(std::string mailbox, const std::string& domain) {
  if (mailbox.find('@') == std::string::npos) mailbox += "@" + domain;
  if (auto address = mail::Address::parse(mailbox)) return *std::move(address);
  return Error{Fault::protocol, "\"" + mailbox + "\" is not a mail address"};
}

bool is_local(const std::string& mailbox, const Submitter& submitter) {
  if (mailbox.find('@') != std::string::npos) return false;
  return mail::lower_case(mailbox) == "postmaster" ||
         (submitter.is_local_user && submitter.is_local_user(mailbox));
}

Result<mail::Address> recipient_of(std::string mailbox, const Submitter& submitter) {
  if (!is_local(mailbox, submitter)) return complete_address(std::move(mailbox), submitter.domain);
  if (submitter.local_to) return *submitter.local_to;
  return Error{Fault::not_found,
               "mail for \"" + mailbox +
                   "\", a user of this host, has nowhere to go: set local.to in greyhound.json, or "
                   "give an address with its domain"};
}

Result<> add_recipients(std::string_view list,
                        const Submitter& submitter,
                        std::vector<mail::Address>& into) {
  auto mailboxes = mailboxes_in(list);
  if (!mailboxes) return mailboxes.error();
  for (auto& mailbox : *mailboxes) {
    auto address = recipient_of(std::move(mailbox), submitter);
    if (!address) return address.error();
    if (std::find(into.begin(), into.end(), *address) == into.end()) into.push_back(*address);
    if (into.size() > max_recipients) {
      return Error{Fault::protocol, "more than " + std::to_string(max_recipients) + " recipients"};
    }
  }
  return {};
}

bool is_of_a_resending(const Field& field) {
  return field.name.starts_with("resent-");
}

// The fields of the latest resending. Each resending puts its own on top, each of them once; those
// of one stand together (RFC 5322 section 3.6.6). None: the message was never resent.
std::span<const Field> latest_resending(const std::vector<Field>& fields) {
  const auto first = std::find_if(fields.begin(), fields.end(), is_of_a_resending);
  std::set<std::string> seen;
  const auto last = std::find_if(first, fields.end(), [&seen](const Field& field) {
    return !is_of_a_resending(field) || !seen.insert(field.name).second;
  });
  return {first, last};
}

Result<> add_header_recipients(const ParsedMessage& message,
                               const Submitter& submitter,
                               std::vector<mail::Address>& into) {
  const auto resending = latest_resending(message.fields);
  const std::string prefix = resending.empty() ? "" : "resent-";
  for (const auto& field : resending.empty() ? std::span(message.fields) : resending) {
    const bool names_recipients =
        field.name == prefix + "to" || field.name == prefix + "cc" || field.name == prefix + "bcc";
    if (!names_recipients) continue;
    if (auto added = add_recipients(field.body(), submitter, into); !added) return added;
  }
  return {};
}

Result<mail::ReversePath> envelope_sender(const SendmailArguments& arguments,
                                          const Submitter& submitter) {
  auto text = arguments.sender.value_or(submitter.user);
  if (text.starts_with('<') && text.ends_with('>')) text = text.substr(1, text.size() - 2);
  if (text.empty()) return mail::ReversePath{};
  auto address = complete_address(std::move(text), submitter.domain);
  if (!address) return address.error();
  return mail::ReversePath(*std::move(address));
}

// Beyond ASCII a name stands in encoded words (RFC 2047): not every server takes a header in UTF-8.
// Each holds whole characters and at most 75 octets.
std::string encoded_words(std::string_view name) {
  constexpr std::string_view start = "=?utf-8?Q?";
  constexpr std::size_t max_text = 75 - start.size() - 2;
  std::string words;
  std::string word;
  const auto end_word = [&] {
    if (!words.empty()) words += ' ';
    words += std::string(start) + word + "?=";
  };
  while (!name.empty()) {
    const auto character = mail::front_of(name);
    const auto bytes = name.substr(0, character ? character->length : 1);
    std::string piece;
    for (const char c : character ? bytes : "?")
      piece += fmt::format("={:02X}", static_cast<unsigned char>(c));
    const bool is_letter =
        (bytes[0] >= 'a' && bytes[0] <= 'z') || (bytes[0] >= 'A' && bytes[0] <= 'Z');
    if (is_letter) piece = bytes;
    if (word.size() + piece.size() > max_text) {
      end_word();
      word.clear();
    }
    word += piece;
    name.remove_prefix(bytes.size());
  }
  end_word();
  return words;
}

// A display name as it may stand in From: quoted where it is more than words; one line always.
std::string display_name(std::string_view name) {
  if (!mail::is_ascii(name)) return encoded_words(name);
  const auto is_word = [](char c) {
    return c == ' ' || (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
  };
  if (std::all_of(name.begin(), name.end(), is_word)) return std::string(name);
  std::string quoted = "\"";
  for (const char c : name) {
    if (c == '"' || c == '\\') quoted += '\\';
    quoted += static_cast<unsigned char>(c) < ' ' || c == '\x7f' ? ' ' : c;
  }
  return quoted + "\"";
}

std::string missing_fields(const ParsedMessage& message,
                           const SendmailArguments& arguments,
                           const Submission& submission,
                           const Submitter& submitter) {
  std::string out;
  if (!has_field(message, "from")) {
    const auto fallback = submitter.user + "@" + submitter.domain;
    const auto address = submission.sender ? submission.sender->on_the_wire() : fallback;
    out += arguments.full_name.empty()
               ? "From: " + address + "\r\n"
               : "From: " + display_name(arguments.full_name) + " <" + address + ">\r\n";
  }
  if (!has_field(message, "date")) out += "Date: " + mail::date_text(submitter.now) + "\r\n";
  if (!has_field(message, "message-id")) {
    out += "Message-ID: <" + submitter.unique + "@" + submitter.hostname + ">\r\n";
  }
  return out;
}

}  // namespace

Result<Submission> make_submission(const SendmailArguments& arguments,
                                   std::string_view input,
                                   const Submitter& submitter) {
  const auto message = parse_message(canonical(input, arguments.ignores_dots));
  Submission submission;
  auto sender = envelope_sender(arguments, submitter);
  if (!sender) return sender.error();
  submission.sender = *std::move(sender);
  for (const auto& argument : arguments.recipients) {
    const auto added = add_recipients(argument, submitter, submission.recipients);
    if (!added) return added.error();
  }
  if (arguments.reads_header) {
    const auto added = add_header_recipients(message, submitter, submission.recipients);
    if (!added) return added.error();
  }
  if (submission.recipients.empty()) return Error{Fault::protocol, "no recipients"};

  submission.content = missing_fields(message, arguments, submission, submitter);
  for (const auto& field : message.fields) {
    // Blind copies are to stay blind; the last server writes Return-Path.
    const bool is_private = field.name == "bcc" || field.name == "resent-bcc";
    if (!is_private && field.name != "return-path") submission.content += field.text;
  }
  submission.content += "\r\n" + message.body;
  submission.has_eight_bit = std::any_of(submission.content.begin(),
                                         submission.content.end(),
                                         [](char c) { return static_cast<signed char>(c) < 0; });
  return submission;
}

}  // namespace greyhound::cli
