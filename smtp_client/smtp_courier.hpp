// SmtpCourier: the Courier over real SMTP: locates by route or MX, connects host after host, holds
// one transaction, and says what came of it for each recipient.
// Owner: agent. Runs on: locate() on the dispatcher's loop, attempt() on the loop it is awaited on.
#pragma once

#include <memory>
#include <optional>
#include <string>

#include "mail/courier.hpp"
#include "runtime/clock.hpp"
#include "runtime/event_log.hpp"
#include "runtime/random.hpp"
#include "runtime/stream.hpp"
#include "smtp_client/resolver.hpp"
#include "smtp_client/smtp_settings.hpp"
#include "smtp_client/tls_client.hpp"

namespace greyhound::smtp {

struct CourierParts {  // references that outlive the courier
  Resolver& resolver;
  Network& network;
  Clock& clock;
  Random& random;  // used on the dispatcher's loop only
  EventLog& log;
  TlsClient& tls;
  std::optional<std::string> self_test = {};  // DnsSettings::self_test
};

std::unique_ptr<mail::Courier> make_smtp_courier(SmtpSettings settings, CourierParts parts);

}  // namespace greyhound::smtp
