#include "config/intake_json.hpp"

#include <algorithm>
#include <charconv>
#include <variant>

#include "config/loopback.hpp"
#include "mail/address.hpp"

namespace greyhound::config {
namespace {

using intake::ListenerTls;

ListenerTls read_listener_tls(const Setting& listener, const intake::IntakeSettings& settings) {
  if (!listener.has("tls")) return settings.tls ? ListenerTls::starttls : ListenerTls::none;
  const auto& word = listener.at("tls").text();
  if (word == "implicit") return ListenerTls::implicit;
  return word == "starttls" ? ListenerTls::starttls : ListenerTls::none;
}

intake::Listener read_listener(const Setting& setting, const intake::IntakeSettings& settings) {
  if (!setting.has("unix")) {
    return intake::TcpListener{
        {setting.at("address").address(), setting.at("port").number<std::uint16_t>()},
        read_listener_tls(setting, settings)};
  }
  intake::UnixListener listener{setting.at("unix").text()};
  if (setting.has("mode")) {
    const auto& octal = setting.at("mode").text();
    std::from_chars(octal.data(), octal.data() + octal.size(), listener.mode, 8);
  }
  return listener;
}

// Whoever can reach it must be known by his address or by a login.
void check_listener(const Setting& setting,
                    const intake::Listener& listener,
                    const Setting& intake,
                    Reporter& report) {
  const auto* const tcp = std::get_if<intake::TcpListener>(&listener);
  if (tcp == nullptr) return;
  const bool has_identity = !intake.at("tls").is_null();
  if (tcp->tls != ListenerTls::none && !has_identity) {
    report.error(setting.at("tls"),
                 "needs a certificate",
                 "name one and its key in " + intake.pointer() + "/tls");
  }
  const bool has_login = tcp->tls != ListenerTls::none && !intake.at("auth").is_null();
  const bool has_networks = intake.at("relay_from").node().is_given;
  if (is_loopback(tcp->at.address) || has_login || has_networks) return;
  report.error(setting,
               "listens outside loopback, but nothing says who may hand in mail there",
               "add \"relay_from\" to " + intake.pointer() + ", or \"tls\" and \"auth\"");
}

void read_listeners(const Setting& intake, Reporter& report, Settings& settings) {
  auto& listeners = settings.intake.listeners;
  for (const auto& item : intake.at("listeners").items()) {
    auto listener = read_listener(item, settings.intake);
    check_listener(item, listener, intake, report);
    const auto* tcp = std::get_if<intake::TcpListener>(&listener);
    const bool may_repeat = tcp != nullptr && tcp->at.port == 0;
    if (!may_repeat && std::find(listeners.begin(), listeners.end(), listener) != listeners.end()) {
      report.error(item, "is there twice", "remove one of them");
    }
    if (tcp != nullptr) settings.smtp.own_listeners.push_back(tcp->at);
    listeners.push_back(std::move(listener));
  }
}

// Nobody has so many clients of his own: a digit is missing, or it is an open relay.
bool is_too_wide(std::string_view network) {
  const auto slash = network.find('/');
  if (slash == std::string_view::npos) return false;
  unsigned bits = 0;
  std::from_chars(network.data() + slash + 1, network.data() + network.size(), bits);
  constexpr unsigned least_v4 = 8;
  constexpr unsigned least_v6 = 19;  // the widest that any provider has
  return bits < (network.find(':') == std::string_view::npos ? least_v4 : least_v6);
}

void read_relay_from(const Setting& intake, Reporter& report, Settings& settings) {
  const auto& listeners = settings.intake.listeners;
  const bool is_reachable = std::any_of(listeners.begin(), listeners.end(), [](const auto& one) {
    const auto* tcp = std::get_if<intake::TcpListener>(&one);
    return tcp != nullptr && !is_loopback(tcp->at.address);
  });
  for (const auto& item : intake.at("relay_from").items()) {
    if (is_reachable && is_too_wide(item.text())) {
      report.error(item,
                   "is " + shown(item.node()) +
                       ": half the world could send mail through this host (an open relay)",
                   "name the networks of your clients");
    }
  }
  settings.intake.relay_from = intake.at("relay_from").networks();
}

std::filesystem::path read_file_name(const Setting& file, Reporter& report) {
  report.check_readable(file, "see that it is there and that the agent may read it");
  return file.text();
}

void read_secrets(const Setting& intake, Reporter& report, intake::IntakeSettings& settings) {
  const auto tls = intake.at("tls");
  if (!tls.is_null() && tls.has("certificate") && tls.has("key")) {
    settings.tls = {.certificate = read_file_name(tls.at("certificate"), report),
                    .key = read_file_name(tls.at("key"), report)};
  }
  const auto auth = intake.at("auth");
  if (auth.is_null() || !auth.has("password_file")) return;
  settings.password_file = read_file_name(auth.at("password_file"), report);
  if (tls.is_null()) {
    report.error(auth,
                 "is of no use without a certificate: logins are taken over TLS only",
                 "name one and its key in " + intake.pointer() + "/tls");
  }
}

void read_limits(const Setting& intake, intake::IntakeSettings& settings) {
  settings.max_message_bytes = intake.at("max_message").size_bytes();
  settings.max_header_bytes = intake.at("max_header").size_bytes();
  settings.max_line_bytes = intake.at("max_line").size_bytes();
  settings.max_recipients = intake.at("max_recipients").number<std::size_t>();
  settings.max_sessions = intake.at("max_sessions").number<std::size_t>();
  const auto client = intake.at("per_client");
  settings.per_client = {
      .sessions = client.at("sessions").number<std::size_t>(),
      .messages_per_minute = client.at("messages_per_minute").number<std::size_t>(),
      .recipients_per_minute = client.at("recipients_per_minute").number<std::size_t>()};
}

}  // namespace

void read_intake(const Setting& whole, Reporter& report, Settings& settings) {
  const auto intake = whole.at("intake");
  auto& into = settings.intake;
  into.hostname = settings.hostname;
  into.domain = settings.domain;
  const auto local_to = whole.at("local").at("to");
  if (!local_to.is_null()) into.local_to = mail::Address::parse(local_to.text());
  read_secrets(intake, report, into);
  read_listeners(intake, report, settings);
  read_relay_from(intake, report, settings);
  read_limits(intake, into);
  into.bare_line_ends = intake.at("bare_line_ends").text() == "normalise"
                            ? intake::BareLineEnds::normalise
                            : intake::BareLineEnds::refuse;
  into.completes_headers = intake.at("complete_headers").truth();
}

}  // namespace greyhound::config
