// StsFetcher: gets the text of a domain's MTA-STS policy by HTTPS from mta-sts.<domain>, whose
// certificate must be good for that name.
// Source: RFC 8461 section 3.3 (where, how, no redirects, time and size).
// Owner: agent. Runs on: the dispatcher's loop.
// Limits: max_at_once fetches, the others wait; Limits::whole for one, with that wait;
//         max_addresses; StsReply's for the response. deny_targets are not connected to.
// Errors: whatever went wrong, with the name of the host.
#pragma once

#include <chrono>
#include <cstdint>
#include <memory>
#include <vector>

#include <boost/asio/experimental/channel.hpp>

#include "runtime/clock.hpp"
#include "runtime/stream.hpp"
#include "smtp_client/dns/resolver.hpp"
#include "smtp_client/smtp_settings.hpp"
#include "smtp_client/sts/sts_source.hpp"
#include "smtp_client/tls/tls_client.hpp"

namespace greyhound::smtp {

class StsFetcher final : public StsSource {
 public:
  static constexpr std::size_t max_at_once = 50;
  static constexpr std::size_t max_addresses = 4;

  struct Parts {  // references that outlive the fetcher
    const SmtpSettings& settings;
    Resolver& resolver;
    Network& network;
    TlsClient& tls;
    Clock& clock;
  };

  struct Limits {
    std::uint16_t port = 443;
    Duration whole = std::chrono::seconds(60);
    Duration connect = std::chrono::seconds(10);  // of one address
  };

  StsFetcher(const Executor& home, Parts parts, Limits limits);

  Awaitable<Result<std::string>> fetch(std::string domain) override;

 private:
  using Turns = boost::asio::experimental::channel<void(boost::system::error_code)>;

  Awaitable<Result<std::string>> fetch_in_turn(std::string host);
  Awaitable<Result<std::vector<Endpoint>>> endpoints_of(std::string host);
  Awaitable<Result<std::unique_ptr<Stream>>> connect(std::string host);
  Awaitable<Result<std::string>> get(std::unique_ptr<Stream> stream, std::string host);

  Parts parts_;
  Limits limits_;
  Turns turns_;  // holds one token for each fetch under way
};

}  // namespace greyhound::smtp
