// RawResolver: what the resolvers have in common: each kind of question is one for raw records,
// under the one deadline, and what comes is decoded here.
// Owner: agent. Runs on: the dispatcher's loop.
#pragma once

#include <string>

#include "runtime/clock.hpp"
#include "smtp_client/dns/dns_answer.hpp"
#include "smtp_client/dns/resolver.hpp"

namespace greyhound::smtp {

class RawResolver : public Resolver {
 public:
  RawResolver(Duration timeout, Clock& clock) : timeout_(timeout), clock_(clock) {}

  Awaitable<DnsAnswer<MxRecord>> mx(std::string domain) final;
  Awaitable<DnsAnswer<IpAddress>> a(std::string host) final;
  Awaitable<DnsAnswer<IpAddress>> aaaa(std::string host) final;
  Awaitable<DnsAnswer<mail::TlsaRecord>> tlsa(std::string name) final;
  Awaitable<DnsAnswer<std::string>> txt(std::string name) final;

 protected:
  Duration timeout() const { return timeout_; }
  Clock& clock() { return clock_; }

 private:
  // `name` could be one of the DNS. Cancelled at the deadline.
  virtual Awaitable<Result<RawAnswer>> ask(std::string name, RecordType type) = 0;
  Awaitable<Result<RawAnswer>> resolve(std::string name, RecordType type);

  const Duration timeout_;
  Clock& clock_;
};

}  // namespace greyhound::smtp
