// PostfixServer: a real Postfix that asks a real Postgrey, both from Debian's packages, in private
// folders on loopback.
// Owner: one test; the destructor ends both. Needs root, as Postfix does.
#pragma once

#include <filesystem>
#include <memory>
#include <optional>
#include <string>

#include "e2e/child_process.hpp"
#include "e2e/server_parts.hpp"
#include "runtime/ip.hpp"
#include "world/temp_folder.hpp"

namespace greyhound::e2e {

class PostfixServer {
 public:
  // Why it cannot run here; none: it can.
  static std::optional<std::string> obstacle();

  // Takes mail for `domain`, but none for "eve" there; refuses new triplets for `delay`.
  PostfixServer(const std::string& domain, std::chrono::seconds delay);
  PostfixServer(const PostfixServer&) = delete;
  PostfixServer& operator=(const PostfixServer&) = delete;
  ~PostfixServer();

  // Before start(): takes mail from this machine for everybody and hands all of it to `host`.
  void relay_to(const Endpoint& host) { relay_host_ = host; }

  bool start();  // false: output() tells why
  Endpoint endpoint() const { return smtp_; }
  std::string output() const;

  // Who signed the certificate that it shows for its address.
  std::filesystem::path ca_file() const { return certificate_.authority; }

  // The messages in the mailbox, as Postfix delivered them.
  std::vector<std::string> mailbox() const;

 private:
  void write_files() const;

  world::TempFolder folder_;
  std::string domain_;
  std::optional<Endpoint> relay_host_;
  std::chrono::seconds delay_;
  Endpoint smtp_;
  Endpoint policy_;
  CertificateFiles certificate_;
  std::unique_ptr<ChildProcess> postgrey_;
  std::unique_ptr<ChildProcess> postfix_;
};

}  // namespace greyhound::e2e
