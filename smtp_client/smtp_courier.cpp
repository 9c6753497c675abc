#include "smtp_client/smtp_courier.hpp"

#include <utility>

#include "smtp_client/host_walk.hpp"
#include "smtp_client/mx_resolver.hpp"

namespace greyhound::smtp {
namespace {

class SmtpCourier final : public mail::Courier {
 public:
  SmtpCourier(SmtpSettings settings, CourierParts parts)
      : settings_(std::move(settings)),
        network_(parts.network),
        clock_(parts.clock),
        log_(parts.log),
        tls_(parts.tls),
        mx_({.settings = settings_,
             .resolver = parts.resolver,
             .clock = parts.clock,
             .random = parts.random,
             .self_test = std::move(parts.self_test)}) {}

  Awaitable<mail::Located> locate(std::string domain, mail::ReversePath sender) override {
    co_return co_await mx_.locate(std::move(domain), std::move(sender));
  }

  // What it shares with other attempts is constant or guards itself: it may run on any loop.
  Awaitable<mail::AttemptReport> attempt(mail::AttemptRequest request, mail::Site site) override {
    const HostWalk::Parts parts{.settings = settings_,
                                .network = network_,
                                .clock = clock_,
                                .log = log_,
                                .tls = tls_,
                                .broken_tls = broken_tls_};
    HostWalk walk(parts, std::move(request), std::move(site));
    co_return co_await walk.run();
  }

 private:
  const SmtpSettings settings_;
  Network& network_;
  Clock& clock_;
  EventLog& log_;
  TlsClient& tls_;
  BrokenTls broken_tls_;
  MxResolver mx_;
};

}  // namespace

std::unique_ptr<mail::Courier> make_smtp_courier(SmtpSettings settings, CourierParts parts) {
  return std::make_unique<SmtpCourier>(std::move(settings), std::move(parts));
}

}  // namespace greyhound::smtp
