// SmtpCourier: the Courier over real SMTP: locates by route or MX, connects host after host, holds
// one transaction, and says what came of it for each recipient. Sessions that are good for more
// wait for the next message.
// Owner: agent; let_go() comes before its end. Runs on: the home loop; each session on one of the
//        loops.
#pragma once

#include <memory>
#include <optional>
#include <string>

#include "mail/courier.hpp"
#include "mail/trace.hpp"
#include "runtime/clock.hpp"
#include "runtime/event_log.hpp"
#include "runtime/loops.hpp"
#include "runtime/random.hpp"
#include "runtime/stream.hpp"
#include "smtp_client/dns/resolver.hpp"
#include "smtp_client/smtp_settings.hpp"
#include "smtp_client/sts/sts_policies.hpp"
#include "smtp_client/tls/tls_client.hpp"

namespace greyhound::smtp {

struct CourierParts {  // references that outlive the courier
  Loops& loops;
  Resolver& resolver;
  Network& network;
  Clock& clock;
  Random& random;  // used on the home loop only
  EventLog& log;
  TlsClient& tls;
  StsPolicies* sts = nullptr;                 // none: nobody asks for policies
  std::optional<std::string> self_test = {};  // DnsSettings::self_test
  mail::Trace& trace = mail::nobody_watches();
};

std::unique_ptr<mail::Courier> make_smtp_courier(const Executor& home,
                                                 SmtpSettings settings,
                                                 CourierParts parts);

}  // namespace greyhound::smtp
