#include "intake/transaction.hpp"

#include <algorithm>
#include <utility>

#include "runtime/must.hpp"

namespace greyhound::intake {
namespace {

// Whoever can open the unix socket may: its mode decides.
bool may_relay(const Client& client, const IntakeSettings& settings) {
  if (!client.address || !client.user.empty()) return true;
  const auto& networks = settings.relay_from;
  return std::any_of(networks.begin(), networks.end(), [&client](const IpNetwork& network) {
    return network.contains(*client.address);
  });
}

bool is_of_this_host(const RcptTo& command, const IntakeSettings& settings) {
  const auto& domain = command.recipient.address.domain();
  if (domain == "localhost" || domain == "localhost.localdomain") return true;
  if (!command.is_bare) return false;
  const bool has_domain = !settings.domain.empty() && settings.domain != settings.hostname;
  const auto user = mail::lower_case(command.recipient.address.local_part());
  return !has_domain || (user == "postmaster" && settings.local_to);
}

}  // namespace

bool is_private(const Client& client) {
  return !client.address || !client.cipher.empty();
}

void Transaction::greet(const Hello& hello) {
  hello_ = hello;
  envelope_.reset();
}

void Transaction::forget_hello() {
  hello_.reset();
  envelope_.reset();
}

std::optional<Answer> Transaction::refuse_stranger(const Client& client) const {
  if (may_relay(client, settings_)) return std::nullopt;
  if (!settings_.password_file) {
    return Answer(550, "5.7.1", "this host may not hand in mail here");
  }
  if (!is_private(client)) return Answer(530, "5.7.0", "say STARTTLS and log in first");
  return Answer(530, "5.7.0", "log in first");
}

Answer Transaction::begin(const MailFrom& command, const Client& client) {
  if (!hello_) return {503, "5.5.1", "say EHLO first"};
  if (envelope_) return {503, "5.5.1", "a transaction is open already"};
  if (auto refusal = refuse_stranger(client)) return *refusal;
  if (command.requires_tls && !is_private(client)) return unknown_mail_parameter();
  if (command.declared_size_bytes.value_or(0) > settings_.max_message_bytes) {
    return {552, "5.3.4", "message is larger than the limit"};
  }
  mailboxes_.clear();
  envelope_ = mail::Envelope{.reverse_path = command.reverse_path,
                             .recipients = {},
                             .return_content = command.return_content,
                             .envelope_id = command.envelope_id,
                             .is_eight_bit = command.is_eight_bit,
                             .is_smtp_utf8 = command.is_smtp_utf8,
                             .requires_tls = command.requires_tls};
  return {250, "2.1.0", "sender ok"};
}

// Its users get no mail here: it goes to one address for all of them, or is refused, for the MX of
// this host would send it round in a loop.
std::optional<Answer> Transaction::place_local(RcptTo& command) const {
  if (!is_of_this_host(command, settings_)) return std::nullopt;
  if (!settings_.local_to) {
    return Answer(550, "5.1.1", "no mail for users of this host; local.to may name who gets it");
  }
  command.recipient.address = *settings_.local_to;
  return std::nullopt;
}

Answer Transaction::add(RcptTo command) {
  if (!envelope_) return {503, "5.5.1", "say MAIL first"};
  if (auto refusal = place_local(command)) return *refusal;
  const auto& address = command.recipient.address;
  if (!address.is_ascii() && !envelope_->is_smtp_utf8) return address_needs_smtp_utf8();
  auto& recipients = envelope_->recipients;
  Answer taken(250, "2.1.5", "recipient ok");
  auto mailbox = std::string(address.local_part()) + '@' + address.domain();
  if (mailboxes_.contains(mailbox)) return taken;
  if (recipients.size() >= settings_.max_recipients) {
    return {452, "4.5.3", "too many recipients"};
  }
  recipients.push_back(std::move(command.recipient));
  mailboxes_.insert(std::move(mailbox));
  return taken;
}

std::optional<Answer> Transaction::no_content_now() const {
  if (!envelope_) return Answer(503, "5.5.1", "say MAIL first");
  if (envelope_->recipients.empty()) return Answer(554, "5.5.1", "no valid recipients");
  return std::nullopt;
}

const Hello& Transaction::hello() const {
  MUST(hello_.has_value());
  return *hello_;
}

mail::Envelope Transaction::take_envelope() {
  MUST(envelope_.has_value());
  auto envelope = std::move(*envelope_);
  envelope_.reset();
  mailboxes_.clear();
  return envelope;
}

}  // namespace greyhound::intake
