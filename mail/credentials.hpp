// Credentials: what we log in with at a relay. The password comes out in one way only, so that no
// log line, reason or listing gets it by mistake.
// Source: RFC 4954; mechanisms RFC 7677, RFC 4616 and LOGIN, which has no RFC.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace greyhound::mail {

// The strongest first.
enum class LoginMechanism : std::uint8_t { scram_sha_256, plain, login };

constexpr std::string_view to_string(LoginMechanism mechanism) {  // as registered with IANA
  switch (mechanism) {
    case LoginMechanism::scram_sha_256:
      return "SCRAM-SHA-256";
    case LoginMechanism::plain:
      return "PLAIN";
    case LoginMechanism::login:
      break;
  }
  return "LOGIN";
}

// As it was written, without SASLprep (RFC 4013): that changes nothing in printable ASCII, and
// other characters must be given in the form in which the server knows them.
class Password {
 public:
  explicit Password(std::string text) : text_(std::move(text)) {}
  const std::string& reveal() const { return text_; }  // to the server that it is for

 private:
  std::string text_;
};

struct Credentials {
  std::string user;
  Password password;
  std::vector<LoginMechanism> mechanisms;  // that may be used
};

}  // namespace greyhound::mail
