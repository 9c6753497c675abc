// TlsServer: our side of TLS with clients that hand in mail.
// Source: RFC 8996 (1.2 and up), RFC 3207.
// Owner: agent. Runs on: accept() on any session loop, on several at once.
// Errors: load(): Fault::config names the file and what is wrong with it. accept(): those of the
//         stream; protocol for what breaks the rules of TLS.
#pragma once

#include <memory>
#include <string>

#include "intake/intake_settings.hpp"
#include "runtime/stream.hpp"

namespace greyhound::intake {

class TlsServer {
 public:
  struct Accepted {
    std::unique_ptr<Stream> stream;
    std::string cipher;  // as IANA names it: "TLS_AES_256_GCM_SHA384"
  };

  static Result<std::unique_ptr<TlsServer>> load(const TlsIdentity& identity);
  ~TlsServer();

  // Shakes hands within what the stream was given to expire. Nothing of `below` may have been read
  // that was not used.
  Awaitable<Result<Accepted>> accept(std::unique_ptr<Stream> below) const;

 private:
  struct Context;
  explicit TlsServer(std::unique_ptr<Context> context);
  std::unique_ptr<Context> context_;
};

}  // namespace greyhound::intake
