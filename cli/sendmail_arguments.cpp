#include "cli/sendmail_arguments.hpp"

#include <string_view>

#include "mail/address.hpp"

namespace greyhound::cli {
namespace {

constexpr std::string_view with_value = "ABCDFLMNOPRVXbefhopr";
constexpr std::string_view with_attached_value = "dq";  // the value is never the next word
constexpr std::string_view without_value = "GIUcimnstvx";

bool has(std::string_view letters, char letter) {
  return letters.find(letter) != std::string_view::npos;
}

Error wrong(const std::string& what) {
  return {Fault::config, what};
}

Result<> set_mode(SendmailArguments& into, const std::string& value) {
  if (value == "m") {
    into.mode = SendmailArguments::Mode::submit;
  } else if (value == "p") {
    into.mode = SendmailArguments::Mode::list_queue;
  } else if (value == "s") {
    into.mode = SendmailArguments::Mode::speak_smtp;
  } else {
    return wrong("-b" + value + " is not supported: the agent is started with \"greyhound run\"");
  }
  return {};
}

// "never", or any of "success,failure,delay".
Result<> set_notify(SendmailArguments& into, const std::string& value) {
  const auto lower = mail::lower_case(value);
  const auto list = lower + ",";
  for (std::string_view rest = list; !rest.empty();) {
    const auto word = rest.substr(0, rest.find(','));
    rest.remove_prefix(word.size() + 1);
    const bool is_known = word == "success" || word == "failure" || word == "delay";
    if (!is_known && lower != "never") {
      return wrong("-N takes never, or any of success,failure,delay; not " + value);
    }
  }
  for (const char c : lower)
    into.notify += c >= 'a' && c <= 'z' ? static_cast<char>(c - 32) : c;
  return {};
}

Result<> set_return(SendmailArguments& into, const std::string& value) {
  const auto lower = mail::lower_case(value);
  if (lower != "full" && lower != "hdrs") return wrong("-R takes full or hdrs; not " + value);
  into.return_content = lower == "full" ? "FULL" : "HDRS";
  return {};
}

Result<> set_body(SendmailArguments& into, const std::string& value) {
  const auto lower = mail::lower_case(value);
  if (lower != "8bitmime" && lower != "7bit") return wrong("-B takes 7BIT or 8BITMIME");
  into.is_eight_bit = lower == "8bitmime";
  return {};
}

// Of the long options of other sendmails only what a message must not be sent without.
Result<> set_long_option(SendmailArguments& into, const std::string& value) {
  const auto lower = mail::lower_case(value);
  if (!lower.starts_with("requiretls=")) return {};
  const bool is_wanted = lower == "requiretls=yes";
  if (!is_wanted && lower != "requiretls=no") return wrong("-O requiretls takes yes or no");
  into.requires_tls = is_wanted;
  return {};
}

Result<> set_value(SendmailArguments& into, char option, const std::string& value) {
  switch (option) {
    case 'b':
      return set_mode(into, value);
    case 'N':
      return set_notify(into, value);
    case 'R':
      return set_return(into, value);
    case 'B':
      return set_body(into, value);
    case 'O':
      return set_long_option(into, value);
    case 'f':
    case 'r':
      into.sender = value;
      break;
    case 'F':
      into.full_name = value;
      break;
    case 'V':
      into.envelope_id = value;
      break;
    case 'o':
      if (value == "i") into.ignores_dots = true;
      break;
    default:
      break;  // for other sendmails
  }
  return {};
}

void set_flag(SendmailArguments& into, char option) {
  if (option == 't') into.reads_header = true;
  if (option == 'i') into.ignores_dots = true;
  if (option == 'v') into.is_verbose = true;
}

}  // namespace

Result<SendmailArguments> parse_sendmail_arguments(const std::vector<std::string>& arguments) {
  SendmailArguments parsed;
  std::size_t next = 0;
  while (next < arguments.size()) {
    const std::string& word = arguments[next++];
    if (word == "--") break;
    if (word.size() < 2 || word[0] != '-') {
      parsed.recipients.push_back(word);
      continue;
    }
    for (std::size_t i = 1; i < word.size(); ++i) {
      const char option = word[i];
      if (has(without_value, option)) {
        set_flag(parsed, option);
      } else if (has(with_attached_value, option)) {
        if (option == 'q') parsed.mode = SendmailArguments::Mode::run_queue;
        break;
      } else if (has(with_value, option)) {
        auto value = word.substr(i + 1);
        if (value.empty() && next == arguments.size()) {
          return wrong(std::string("-") + option + " needs a value");
        }
        if (value.empty()) value = arguments[next++];
        if (auto set = set_value(parsed, option, value); !set) return set.error();
        break;
      } else {
        return wrong(std::string("unknown option -") + option);
      }
    }
  }
  for (; next < arguments.size(); ++next)
    parsed.recipients.push_back(arguments[next]);
  return parsed;
}

}  // namespace greyhound::cli
