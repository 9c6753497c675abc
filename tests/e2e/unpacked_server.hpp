// UnpackedServer: a real mail server out of a Debian package that cannot be installed beside
// another one, unpacked below build/unpacked by ./dev. It runs in private folders on loopback, in a
// mount namespace of its own, where it finds the users and the folders that it was built for.
// Owner: one test; the destructor ends it. Needs root, for the namespace and for the servers.
#pragma once

#include <filesystem>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "e2e/child_process.hpp"
#include "e2e/server_parts.hpp"
#include "world/temp_folder.hpp"

namespace greyhound::e2e {

class UnpackedServer {
 public:
  enum class Kind : std::uint8_t { exim, opensmtpd };

  // Why it cannot run here; none: it can.
  static std::optional<std::string> obstacle(Kind kind);

  // Takes mail for "bob" and "carl" of `domain` and for nobody else; offers STARTTLS.
  UnpackedServer(Kind kind, const std::string& domain);
  UnpackedServer(const UnpackedServer&) = delete;
  UnpackedServer& operator=(const UnpackedServer&) = delete;
  ~UnpackedServer();

  bool start();  // false: output() tells why
  Endpoint endpoint() const { return smtp_; }
  std::string output() const;
  std::filesystem::path ca_file() const { return certificate_.authority; }
  std::vector<std::string> mailbox() const;  // that of all users

 private:
  void write_users() const;
  void write_exim_config(const std::string& domain) const;
  void write_opensmtpd_config(const std::string& domain) const;
  std::string script() const;

  world::TempFolder folder_;
  const Kind kind_;
  const Endpoint smtp_;
  CertificateFiles certificate_;
  std::unique_ptr<ChildProcess> server_;
};

}  // namespace greyhound::e2e
