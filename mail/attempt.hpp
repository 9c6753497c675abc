// One attempt: what is handed to the courier, and what comes back.
#pragma once

#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "mail/body_source.hpp"
#include "mail/credentials.hpp"
#include "mail/dane.hpp"
#include "mail/envelope.hpp"
#include "mail/outcome.hpp"
#include "mail/tls_level.hpp"
#include "runtime/clock.hpp"
#include "runtime/ip.hpp"

namespace greyhound::mail {

// One host of a site, with the addresses to dial, in order.
struct Host {
  std::string name;  // "mx1.example", or the text of an address literal
  std::vector<Endpoint> endpoints;
  std::optional<TlsLevel> tls = {};  // none: that of the site
  Dane dane = {};                    // of level `dane`
  // Signed DNS, an MTA-STS policy or a route says that it takes this mail, and not just anybody.
  bool is_vouched_for = false;
};

// The hosts that a domain's mail may go to, in the order of RFC 5321 section 5.1.
struct Site {
  std::string key;  // sorted lower-case MX names joined by ',', or the route's name
  std::vector<Host> hosts;
  bool is_route = false;
  TlsLevel tls = TlsLevel::opportunistic;
  std::vector<IpAddress> sources = {};  // to call from; none of a family: the system's choice
  // To log in with at each host: of a route, whose level is a verified one then. None: no login.
  std::shared_ptr<const Credentials> credentials = {};
  std::optional<std::size_t> per_session = {};  // messages of one session; none: as usual
  std::string missing = {};  // why hosts of it are not here for now; empty: all are
};

// What a greylisted delivery keeps until it passes.
struct Affinity {
  std::optional<IpAddress> source;  // the address we called from
  std::string host;                 // the MX host that greylisted it; empty: none
  friend bool operator==(const Affinity&, const Affinity&) = default;
};

// Written before the final dot, so that a crash after it is known to be in doubt.
class InDoubtMark {
 public:
  InDoubtMark() = default;
  InDoubtMark(const InDoubtMark&) = delete;
  InDoubtMark& operator=(const InDoubtMark&) = delete;
  virtual ~InDoubtMark() = default;

  // `accepted`: indices of the recipients that RCPT took. An error: the dot must not be sent.
  virtual Awaitable<Result<>> set(std::vector<std::size_t> accepted) = 0;
};

struct AttemptRequest {
  std::string label;  // the delivery's id, for log lines
  ReversePath reverse_path;
  std::vector<Recipient> recipients;  // at most 100
  Return return_content = Return::unspecified;
  std::string envelope_id;
  bool is_eight_bit = false;     // its content is, or was declared to be
  bool is_smtp_utf8 = false;     // SMTPUTF8 was declared
  bool has_utf8_header = false;  // its header section holds UTF-8 (RFC 6532)
  TlsWish tls_wish = TlsWish::as_usual;
  Affinity affinity;
  std::unique_ptr<BodySource> body;
  std::unique_ptr<InDoubtMark> in_doubt;
};

// Who gave an outcome.
struct Answerer {
  std::string host = {};    // the MX that decided, empty: none was reached
  bool reports_on = false;  // it sends DSNs where they are asked for (RFC 3461)
};

struct AttemptReport {
  std::vector<Outcome> outcomes;  // one per recipient of the request, in its order
  // Set if we, not the destination, are why it failed (contract: "It does not count when we did").
  std::optional<std::string> our_fault = {};
  // As in Answerer. Where several decided: the one that has put somebody off, or else the last.
  std::string host = {};
  std::optional<Endpoint> remote = {};
  std::optional<IpAddress> source = {};
  std::string tls = {};  // terms of the encryption there; empty: in the clear
  bool reports_on = false;
  std::map<std::size_t, Answerer> elsewhere = {};  // of the recipients that another one decided

  Answerer answerer(std::size_t recipient) const {
    const auto found = elsewhere.find(recipient);
    return found == elsewhere.end() ? Answerer{host, reports_on} : found->second;
  }
};

}  // namespace greyhound::mail
