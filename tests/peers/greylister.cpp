#include "peers/greylister.hpp"

#include <algorithm>
#include <charconv>
#include <utility>

#include "mail/enhanced_status.hpp"
#include "mail/glob.hpp"
#include "runtime/must.hpp"

namespace greyhound::peers {
namespace {

constexpr std::size_t most_reply_characters =
    400;  // RFC 5321 4.5.3.1.5 allows 512 with code and CR LF

std::string first_bytes(const IpAddress& address) {
  if (address.is_v4()) {
    const auto& bytes = address.bytes();
    return IpAddress::from_v4_bytes({bytes[0], bytes[1], bytes[2], 0}).to_string() + "/24";
  }
  auto bytes = address.bytes();
  std::fill(bytes.begin() + 8, bytes.end(), std::uint8_t{0});
  return IpAddress::from_v6_bytes(bytes).to_string() + "/64";
}

template <class Unit>
std::string rounded_up(Duration duration) {
  return std::to_string(std::chrono::ceil<Unit>(duration).count());
}

std::optional<std::string> value_of(std::string_view name, const ReplyVariables& variables) {
  const auto& sender = variables.sender;
  if (name == "CLIENT") return variables.client;
  if (name == "HELO") return variables.helo;
  if (name == "SENDER") return sender ? sender->text() : "<>";
  if (name == "SENDERDOMAIN") return sender ? sender->domain() : "";
  if (name == "RECIPIENT") return variables.recipient.text();
  if (name == "RECIPIENTDOMAIN") return variables.recipient.domain();
  if (name == "SECONDS") return rounded_up<std::chrono::seconds>(variables.remaining);
  if (name == "MINUTES") return rounded_up<std::chrono::minutes>(variables.remaining);
  return std::nullopt;
}

std::string filled_in(std::string_view text, const ReplyVariables& variables) {
  std::string out;
  while (!text.empty()) {
    const auto open = text.find('%');
    out += text.substr(0, open);
    if (open == std::string_view::npos) break;
    const auto close = text.find('%', open + 1);
    const auto value = close == std::string_view::npos
                           ? std::nullopt
                           : value_of(text.substr(open + 1, close - open - 1), variables);
    if (value) {
      out += *value;
      text.remove_prefix(close + 1);
    } else {
      out += '%';
      text.remove_prefix(open + 1);
    }
  }
  return out;
}

// A HELO name comes from outside and must not be able to add lines to a reply.
std::string without_controls(std::string text) {
  std::replace_if(text.begin(), text.end(), [](char c) { return c >= 0 && c < ' '; }, '?');
  return text.substr(0, most_reply_characters);
}

}  // namespace

std::optional<ReplyText> parse_reply_text(std::string_view text) {
  ReplyText reply{.code = 0, .status = {}, .text = {}};
  const auto code = text.substr(0, text.find(' '));
  const auto [end, failed] = std::from_chars(code.data(), code.data() + code.size(), reply.code);
  const bool is_code = failed == std::errc{} && end == code.data() + code.size();
  if (!is_code || reply.code < 200 || reply.code > 599) return std::nullopt;
  text.remove_prefix(std::min(text.size(), code.size() + 1));
  const auto word = text.substr(0, text.find(' '));
  if (mail::EnhancedStatus::parse(word)) {
    reply.status = word;
    text.remove_prefix(std::min(text.size(), word.size() + 1));
  }
  reply.text = text;
  return reply;
}

std::string to_wire(const ReplyText& reply, const ReplyVariables& variables) {
  std::string_view rest = reply.text;
  std::string out;
  for (bool is_last = false; !is_last;) {
    const auto end = rest.find('\n');
    is_last = end == std::string_view::npos;
    out += std::to_string(reply.code) + (is_last ? ' ' : '-');
    if (!reply.status.empty()) out += reply.status + ' ';
    out += without_controls(filled_in(rest.substr(0, end), variables)) + "\r\n";
    if (!is_last) rest.remove_prefix(end + 1);
  }
  return out;
}

std::string_view to_string(Judgement judgement) {
  switch (judgement) {
    case Judgement::allow_listed:
      return "allow_listed";
    case Judgement::verified:
      return "verified";
    case Judgement::passed:
      return "passed";
    case Judgement::first_contact:
      return "first_contact";
    case Judgement::too_early:
      return "too_early";
    case Judgement::no_database:
      return "no_database";
  }
  return "unknown";
}

Greylister::Greylister(GreylisterOptions options, std::shared_ptr<GreylistDatabase> database)
    : options_(std::move(options)), database_(std::move(database)) {
  MUST(database_ != nullptr);
}

Opinion Greylister::judge(const Triplet& triplet, Instant now) {
  if (is_allow_listed(triplet)) return {Judgement::allow_listed};
  const auto meeting = database_->meet(key_of(triplet), options_.timers, now);
  if (!meeting) return {Judgement::no_database};
  switch (meeting->standing) {
    case Standing::first_contact:
      return {Judgement::first_contact, meeting->remaining};
    case Standing::too_early:
      return {Judgement::too_early, meeting->remaining};
    case Standing::passed:
      return {Judgement::passed};
    case Standing::verified:
      return {Judgement::verified};
  }
  return {Judgement::no_database};
}

bool Greylister::is_allow_listed(const Triplet& triplet) const {
  const auto& [clients, senders, domains] = options_.allow;
  const auto holds_client = [&](const IpNetwork& net) { return net.contains(triplet.client); };
  if (std::any_of(clients.begin(), clients.end(), holds_client)) return true;
  if (!triplet.sender) return false;
  const auto fits = [](const std::vector<std::string>& globs, const std::string& text) {
    return !globs.empty() && mail::matches_any(globs, text);
  };
  return fits(senders, triplet.sender->text()) || fits(domains, triplet.sender->domain());
}

std::string Greylister::key_of(const Triplet& triplet) const {
  const bool by_address = options_.client_key == ClientKey::address;
  const auto client = by_address ? triplet.client.to_string() : first_bytes(triplet.client);
  std::string sender = "<>";
  if (triplet.sender) {
    const bool by_mailbox = options_.sender_key == SenderKey::mailbox;
    sender = by_mailbox ? triplet.sender->text() : triplet.sender->domain();
  }
  return mail::lower_case(client + ' ' + sender + ' ' + triplet.recipient.text());
}

}  // namespace greyhound::peers
