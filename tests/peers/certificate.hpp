// Certificates made for one test by an authority made for it: nothing of them is stored, and what
// they say is what the test asks for.
#pragma once

#include <memory>
#include <string>

#include "mail/dane.hpp"

namespace greyhound::peers {

// PEM, as a server loads them.
struct Certificate {
  std::string chain;  // its own, then that of the authority
  std::string key;
};

class Authority {
 public:
  Authority();
  Authority(const Authority&) = delete;
  Authority& operator=(const Authority&) = delete;
  ~Authority();

  // For a host name or an address; good from an hour ago for a day, or, if it is `stale`, until an
  // hour ago.
  Certificate issue(const std::string& name) const;
  Certificate issue_stale(const std::string& name) const;

  std::string pem() const;  // its own certificate, for those who are to trust it

 private:
  struct Keys;
  std::unique_ptr<Keys> keys_;
};

// The record, say "3 1 1", that names the first certificate in `pem`.
mail::TlsaRecord tlsa_of(const std::string& fields, const std::string& pem);
std::string to_zone_text(const mail::TlsaRecord& record);  // "3 1 1 9F86D081..."

}  // namespace greyhound::peers
