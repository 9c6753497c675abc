// StsReply: the HTTP response that brings a policy, as it comes in from the network. Everything but
// a whole plain text with status 200 is a failure: a redirect is not followed, and a body that only
// the end of the connection ends may have been cut.
// Source: RFC 8461 section 3.3, RFC 9112.
// Limits: max_header_bytes, StsPolicy::max_policy_bytes of body, max_raw_bytes in all.
// Errors: protocol, with what is wrong.
#pragma once

#include <memory>
#include <string>
#include <string_view>

#include "runtime/result.hpp"

namespace greyhound::smtp {

class StsReply {
 public:
  static constexpr std::size_t max_header_bytes = std::size_t{16} * 1024;
  static constexpr std::size_t max_raw_bytes = std::size_t{512} * 1024;  // with chunk headers

  StsReply();
  StsReply(const StsReply&) = delete;
  StsReply& operator=(const StsReply&) = delete;
  ~StsReply();

  // The next bytes. True: it is whole; what follows it is not looked at.
  Result<bool> take(std::string_view bytes);

  std::string body() const;  // once it is whole

 private:
  struct State;
  std::unique_ptr<State> state_;
};

}  // namespace greyhound::smtp
