// SignedZones: zones below "test" on a real DNS server, signed as a test starts, with keys made for
// it. "test" itself is signed and is the trust anchor, as the root is elsewhere.
// Owner: a test. Errors: start() gives nullptr and `why` where a program is missing.
#pragma once

#include <filesystem>
#include <map>
#include <memory>
#include <string>

#include "peers/dns_server.hpp"

namespace greyhound::peers {

struct Zone {
  enum class Signing {
    good,
    expired,       // the signatures ended in 2020
    other_parent,  // the DS record in "test" is that of another key
    none,          // no DS in "test": insecure, and that is signed
  };
  std::string records;
  Signing signing = Signing::good;
};

class SignedZones {
 public:
  // `zones`: "good.test" and the like.
  static std::unique_ptr<SignedZones> start(const std::map<std::string, Zone>& zones,
                                            std::string& why);

  Endpoint endpoint() const { return server_->endpoint(); }
  std::filesystem::path trust_anchor() const { return folder_.path() / "anchor"; }

 private:
  SignedZones() = default;
  std::string add(const std::string& name, const Zone& zone);
  std::string key_of(const std::string& name);
  std::string sign(const std::string& name, const std::string& text, Zone::Signing signing);

  const world::TempFolder folder_;
  std::map<std::string, std::string> texts_;
  std::unique_ptr<DnsServer> server_;
};

// A real validating resolver (unbound) in front of `upstream`.
class ValidatingResolver {
 public:
  // `options`: lines of its "server:" section beside the usual ones.
  static std::unique_ptr<ValidatingResolver> start(const SignedZones& upstream,
                                                   const std::string& options,
                                                   std::string& why);
  Endpoint endpoint() const { return running_->endpoint; }

 private:
  ValidatingResolver() = default;
  const world::TempFolder folder_;
  std::optional<DnsProcess> running_;
};

}  // namespace greyhound::peers
