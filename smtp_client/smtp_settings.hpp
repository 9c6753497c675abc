// Settings of the SMTP client: "smtp", "dns" and "routes" in greyhound.json, and replies.json.
#pragma once

#include <chrono>
#include <cstdint>
#include <filesystem>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "mail/credentials.hpp"
#include "mail/reply_rules.hpp"
#include "mail/site_rule.hpp"
#include "mail/tls_level.hpp"
#include "runtime/clock.hpp"
#include "runtime/ip.hpp"

namespace greyhound::smtp {

// RFC 5321 section 4.5.3.2; each step has its own.
struct Timeouts {
  std::chrono::milliseconds connect{30'000};
  std::chrono::milliseconds greeting{300'000};
  std::chrono::milliseconds ehlo{300'000};
  std::chrono::milliseconds mail{300'000};
  std::chrono::milliseconds rcpt{300'000};
  std::chrono::milliseconds data{120'000};
  std::chrono::milliseconds block{180'000};
  std::chrono::milliseconds final{600'000};
};

struct TlsSettings {
  mail::TlsLevel level = mail::TlsLevel::opportunistic;  // of MX hosts; never implicit
  std::optional<std::filesystem::path> ca_file = {};     // none: the system's authorities
  bool dane = true;                                      // TLSA records of RFC 7672 are obeyed
  bool mta_sts = true;                                   // policies of RFC 8461 are obeyed
};

enum class AddressFamily : std::uint8_t { any, v4, v6 };

struct NextHop {
  std::string host;  // a name (address look-up only) or an address
  std::uint16_t port = 25;
  unsigned weight = 0;  // equal weights are shuffled among themselves; lower first
  friend bool operator==(const NextHop&, const NextHop&) = default;
};

struct Route {
  std::vector<std::string> domains = {};  // globs; empty: all
  std::vector<std::string> senders =
      {};                          // globs over the reverse path, "" for the null one; empty: all
  std::vector<NextHop> next_hops;  // one or more
  std::optional<mail::TlsLevel> tls = {};        // none: that of MX hosts
  std::vector<IpAddress> source_addresses = {};  // none: those of SmtpSettings
  // To log in with there, over a verified level. Each route has its own: that is how sessions are
  // told apart. None: no login.
  std::shared_ptr<const mail::Credentials> credentials = {};
};

// Of sessions that are kept for more than one message.
struct SessionLimits {
  std::size_t messages = 100;               // per session; 1: each message has its own
  Duration idle = std::chrono::seconds(5);  // how long one waits for its next message
  Duration age = std::chrono::minutes(5);
  std::size_t per_site = 20;  // that wait
  std::size_t total = 500;
};

struct SmtpSettings {
  std::string hostname = "localhost";  // EHLO name
  std::uint16_t port = 25;             // of MX hosts
  std::vector<IpAddress> source_addresses = {};
  AddressFamily family = AddressFamily::any;
  Timeouts timeouts = {};
  TlsSettings tls = {};
  SessionLimits sessions = {};
  // The message may go along with the envelope, where nothing speaks against its being taken.
  bool at_once = true;
  std::vector<mail::SiteRule> sites = {};  // per_session of them, in place of sessions.messages
  std::size_t max_mx = 10;
  std::vector<IpNetwork> deny_targets =
      {};                          // the shipped list is in config/greyhound.json's defaults
  std::vector<Route> routes = {};  // first match wins; none: MX of the domain
  std::vector<Endpoint> own_listeners = {};  // to recognise ourselves among the MX
  mail::ReplyRulesPtr reply_rules = mail::ReplyRules::none();

  // Not in the JSON: bounds on what a hostile server may send.
  std::size_t max_reply_bytes = std::size_t{64} * 1024;
  std::size_t max_reply_lines = 200;
  std::size_t max_reply_line_bytes = 4096;
};

// Who holds answers against their signatures.
enum class Dnssec : std::uint8_t {
  validate,  // we do
  trust_ad,  // the servers, on loopback, whose AD bit is believed
  off,       // nobody: no answer is secure
};

struct DnsSettings {
  std::vector<Endpoint> servers = {};  // empty: the system's resolvers
  Dnssec dnssec = Dnssec::validate;
  std::optional<std::filesystem::path> trust_anchor = {};  // DS or DNSKEY; none: root_anchors
  std::chrono::milliseconds timeout{10'000};
  std::optional<std::string> self_test = {};  // a name that must resolve; none: no self-test
};

}  // namespace greyhound::smtp
