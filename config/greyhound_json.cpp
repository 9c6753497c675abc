#include "config/greyhound_json.hpp"

#include <algorithm>
#include <array>
#include <charconv>
#include <optional>
#include <string>
#include <string_view>
#include <variant>

#include <unistd.h>

#include "config/intake_json.hpp"
#include "config/login_json.hpp"
#include "config/loopback.hpp"
#include "mail/address.hpp"
#include "runtime/must.hpp"

namespace greyhound::config {
namespace {

std::string system_host_name() {
  std::array<char, 256> name{};
  const bool is_known = ::gethostname(name.data(), name.size() - 1) == 0;
  return is_known && mail::is_host_name(name.data()) ? name.data() : "localhost";
}

smtp::Timeouts read_timeouts(const Setting& timeouts) {
  return {.connect = timeouts.at("connect").milliseconds(),
          .greeting = timeouts.at("greeting").milliseconds(),
          .ehlo = timeouts.at("ehlo").milliseconds(),
          .mail = timeouts.at("mail").milliseconds(),
          .rcpt = timeouts.at("rcpt").milliseconds(),
          .data = timeouts.at("data").milliseconds(),
          .block = timeouts.at("block").milliseconds(),
          .final = timeouts.at("final").milliseconds()};
}

smtp::AddressFamily read_family(const std::string& word) {
  if (word == "v4") return smtp::AddressFamily::v4;
  return word == "v6" ? smtp::AddressFamily::v6 : smtp::AddressFamily::any;
}

mail::TlsLevel read_tls_level(const std::string& word) {
  if (word == "none") return mail::TlsLevel::none;
  if (word == "require") return mail::TlsLevel::require;
  if (word == "verify") return mail::TlsLevel::verify;
  return word == "implicit" ? mail::TlsLevel::implicit : mail::TlsLevel::opportunistic;
}

void read_tls(const Setting& tls, Reporter& report, smtp::TlsSettings& settings) {
  settings.level = read_tls_level(tls.at("level").text());
  settings.dane = tls.at("dane").truth();
  settings.mta_sts = tls.at("mta_sts").truth();
  const auto ca_file = tls.at("ca_file");
  if (ca_file.is_null()) return;
  settings.ca_file = ca_file.text();
  report.check_readable(ca_file, "name a file of certificates in PEM form, or null");
}

std::vector<IpAddress> read_addresses(const Setting& list) {
  std::vector<IpAddress> addresses;
  for (const auto& item : list.items())
    addresses.push_back(item.address());
  return addresses;
}

smtp::Route read_route(const Setting& setting, mail::TlsLevel usual_level, Reporter& report) {
  smtp::Route route;
  if (setting.has("domain")) route.domains = setting.at("domain").globs();
  if (setting.has("sender")) route.senders = setting.at("sender").globs();
  for (const auto& item : setting.at("next_hops").items()) {
    smtp::NextHop hop{.host = item.at("host").text()};
    if (item.has("port")) hop.port = item.at("port").number<std::uint16_t>();
    if (item.has("weight")) hop.weight = item.at("weight").number<unsigned>();
    route.next_hops.push_back(std::move(hop));
  }
  if (setting.has("tls") && !setting.at("tls").is_null()) {
    route.tls = read_tls_level(setting.at("tls").text());
  }
  if (setting.has("source_addresses")) {
    route.source_addresses = read_addresses(setting.at("source_addresses"));
  }
  if (setting.has("auth")) {
    route.credentials = read_login(setting.at("auth"), route.tls.value_or(usual_level), report);
  }
  return route;
}

mail::SiteRule read_site_rule(const Setting& setting) {
  const auto number = [&setting](std::string_view key) -> std::optional<std::size_t> {
    if (!setting.has(key)) return std::nullopt;
    return setting.at(key).number<std::size_t>();
  };
  mail::SiteRule rule{.limits = {.per_site = number("per_site"),
                                 .per_minute = number("per_minute"),
                                 .per_session = number("per_session")}};
  const auto match = setting.at("match");
  if (match.has("domain")) rule.domains = match.at("domain").globs();
  if (setting.has("source_addresses")) {
    rule.source_addresses = read_addresses(setting.at("source_addresses"));
  }
  return rule;
}

void read_smtp(const Setting& smtp, Reporter& report, Settings& settings) {
  auto& target = settings.smtp;
  target.hostname = settings.hostname;
  target.port = smtp.at("port").number<std::uint16_t>();
  target.source_addresses = read_addresses(smtp.at("source_addresses"));
  target.family = read_family(smtp.at("ip").text());
  target.timeouts = read_timeouts(smtp.at("timeouts"));
  read_tls(smtp.at("tls"), report, target.tls);
  const auto sessions = smtp.at("sessions");
  target.sessions.messages = sessions.at("messages").number<std::size_t>();
  target.sessions.idle = sessions.at("idle").duration();
  target.sessions.age = sessions.at("age").duration();
  target.at_once = smtp.at("at_once").truth();
  for (const auto& item : smtp.at("sites").items())
    target.sites.push_back(read_site_rule(item));
  target.max_mx = smtp.at("max_mx").number<std::size_t>();
  target.deny_targets = smtp.at("deny_targets").networks();
  const auto concurrency = smtp.at("concurrency");
  settings.concurrency.per_site = concurrency.at("per_site").number<std::size_t>();
  settings.concurrency.total = concurrency.at("total").number<std::size_t>();
  settings.concurrency.sites = target.sites;
  // Together with those that have a message in hand never more than twice as many.
  target.sessions.per_site = settings.concurrency.per_site;
  target.sessions.total = settings.concurrency.total;
}

// Believing a resolver's word for a signature is safe only where nobody stands in between.
void check_trust_ad(const Setting& dns, const smtp::DnsSettings& settings, Reporter& report) {
  if (settings.dnssec != smtp::Dnssec::trust_ad) return;
  const auto& servers = settings.servers;
  const bool is_local =
      !servers.empty() && std::all_of(servers.begin(), servers.end(), [](const Endpoint& server) {
        return is_loopback(server.address);
      });
  if (is_local || dns.at("servers").node().has_refused()) return;
  report.error(dns.at("dnssec"),
               "is \"trust_ad\", but not every server is on loopback",
               "name a validating resolver such as \"127.0.0.1\" in /dns/servers");
}

smtp::Dnssec read_dnssec(const std::string& word) {
  if (word == "trust_ad") return smtp::Dnssec::trust_ad;
  return word == "off" ? smtp::Dnssec::off : smtp::Dnssec::validate;
}

void read_trust_anchor(const Setting& file, Reporter& report, smtp::DnsSettings& settings) {
  if (file.is_null()) return;
  settings.trust_anchor = file.text();
  report.check_readable(file, "name a file of DS or DNSKEY records, or null");
}

void read_dns(const Setting& dns, Reporter& report, Settings& settings) {
  constexpr std::uint16_t dns_port = 53;
  for (const auto& item : dns.at("servers").items()) {
    const auto server = Endpoint::parse(item.text(), dns_port);
    MUST(server.has_value());
    settings.dns.servers.push_back(*server);
  }
  settings.dns.dnssec = read_dnssec(dns.at("dnssec").text());
  read_trust_anchor(dns.at("trust_anchor"), report, settings.dns);
  settings.dns.timeout = dns.at("timeout").milliseconds();
  if (!dns.at("self_test").is_null()) settings.dns.self_test = dns.at("self_test").text();
  check_trust_ad(dns, settings.dns, report);
}

}  // namespace

void read_greyhound(const Setting& whole, Reporter& report, Settings& settings) {
  const auto hostname = whole.at("hostname");
  const auto domain = whole.at("domain");
  settings.hostname = hostname.is_null() ? system_host_name() : hostname.text();
  settings.domain = domain.is_null() ? settings.hostname : domain.text();
  settings.state_dir = whole.at("state_dir").text();
  settings.control_socket = whole.at("control").at("socket").text();
  settings.threads = whole.at("threads").number<std::size_t>();
  settings.queue.folder = settings.state_dir / "queue";
  settings.queue.memory_bytes = whole.at("queue").at("memory").size_bytes();
  settings.queue.reserve_disk_bytes = whole.at("queue").at("reserve_disk").size_bytes();
  const auto ledger = whole.at("queue").at("ledger");
  settings.queue.ledger_keep = ledger.at("keep").duration();
  settings.queue.ledger_bytes = ledger.at("max_size").size_bytes();
  read_intake(whole, report, settings);
  read_smtp(whole.at("smtp"), report, settings);
  for (const auto& item : whole.at("routes").items()) {
    settings.smtp.routes.push_back(read_route(item, settings.smtp.tls.level, report));
  }
  read_dns(whole.at("dns"), report, settings);
}

}  // namespace greyhound::config
