// NoResolver: a resolver that answers nothing; tests say what they want answered.
#pragma once

#include "smtp_client/dns/resolver.hpp"

namespace greyhound::smtp {

class NoResolver : public Resolver {
 public:
  Awaitable<DnsAnswer<MxRecord>> mx(std::string) override { co_return failed<MxRecord>(); }
  Awaitable<DnsAnswer<IpAddress>> a(std::string) override { co_return failed<IpAddress>(); }
  Awaitable<DnsAnswer<IpAddress>> aaaa(std::string) override { co_return failed<IpAddress>(); }
  Awaitable<DnsAnswer<mail::TlsaRecord>> tlsa(std::string) override {
    co_return failed<mail::TlsaRecord>();
  }
  Awaitable<DnsAnswer<std::string>> txt(std::string) override { co_return failed<std::string>(); }

 private:
  template <class Record>
  static DnsAnswer<Record> failed() {
    return {.status = DnsStatus::failed};
  }
};

}  // namespace greyhound::smtp
