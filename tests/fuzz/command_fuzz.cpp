// What a client says: parse_command over one line of an SMTP session.
#include <algorithm>
#include <cstdint>
#include <string>
#include <string_view>

#include "intake/command_parser.hpp"
#include "runtime/must.hpp"

namespace greyhound::intake {
namespace {

// What goes on to other servers in a command line must not be able to end it.
bool is_one_word(std::string_view text) {
  return std::all_of(text.begin(), text.end(), [](char c) { return c > ' ' && c <= '~'; });
}

std::string notify_words(const mail::Notify& wish) {
  std::string words;
  const auto add = [&words](bool is_wanted, std::string_view word) {
    if (is_wanted) words.append(words.empty() ? "" : ",").append(word);
  };
  add(wish.on_success, "SUCCESS");
  add(wish.on_failure, "FAILURE");
  add(wish.on_delay, "DELAY");
  return words.empty() ? "NEVER" : words;
}

void check_mail(const MailFrom& command) {
  MUST(command.envelope_id.size() <= 100 && is_one_word(command.envelope_id));
  MUST(!command.reverse_path || command.is_smtp_utf8 || command.reverse_path->is_ascii());
  const auto path = command.reverse_path ? command.reverse_path->text() : "";
  auto line = "MAIL FROM:<" + path + ">";
  if (command.is_smtp_utf8) line += " SMTPUTF8";
  if (!command.envelope_id.empty()) line += " ENVID=" + command.envelope_id;
  const auto again = parse_command(line, "host.example");
  const auto* const same = std::get_if<MailFrom>(&again);
  MUST(same != nullptr && same->envelope_id == command.envelope_id);
  MUST(same->reverse_path == command.reverse_path);
}

void check_rcpt(const RcptTo& command) {
  const auto& [address, notify, original] = command.recipient;
  MUST(original.size() <= 500 && is_one_word(original));
  auto line = "RCPT TO:<" + address.text() + ">";
  if (notify.is_given) line += " NOTIFY=" + notify_words(notify);
  if (!original.empty()) line += " ORCPT=" + original;
  const auto again = parse_command(line, "host.example");
  const auto* const same = std::get_if<RcptTo>(&again);
  MUST(same != nullptr && same->recipient == command.recipient);
}

void check_line(std::string_view line) {
  const auto command = parse_command(line, "host.example");
  if (const auto* mail = std::get_if<MailFrom>(&command)) check_mail(*mail);
  if (const auto* rcpt = std::get_if<RcptTo>(&command)) check_rcpt(*rcpt);
}

}  // namespace
}  // namespace greyhound::intake

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  greyhound::intake::check_line({reinterpret_cast<const char*>(data), size});
  return 0;
}
