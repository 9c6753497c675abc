#include "e2e/server_parts.hpp"

#include <fstream>
#include <iterator>

#include <netinet/in.h>
#include <pwd.h>
#include <sys/socket.h>
#include <unistd.h>

#include "peers/blocking_client.hpp"
#include "peers/certificate.hpp"
#include "runtime/must.hpp"

namespace greyhound::e2e {

namespace fs = std::filesystem;

Endpoint free_endpoint() {
  const int socket = ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  socklen_t size = sizeof address;
  auto* const generic = reinterpret_cast<sockaddr*>(&address);
  MUST(::bind(socket, generic, size) == 0);
  MUST(::getsockname(socket, generic, &size) == 0);
  ::close(socket);
  return {IpAddress::from_v4_bytes({127, 0, 0, 1}), ntohs(address.sin_port)};
}

bool answers(const Endpoint& endpoint) {
  return peers::BlockingClient::connect(endpoint).has_value();
}

bool give_to(const fs::path& path, const char* user) {
  const auto* const account = ::getpwnam(user);
  return account != nullptr && ::chown(path.c_str(), account->pw_uid, account->pw_gid) == 0;
}

CertificateFiles write_certificate(const fs::path& folder, const Endpoint& shown_at) {
  CertificateFiles files{.chain = folder / "chain.pem",
                         .key = folder / "key.pem",
                         .authority = folder / "authority.pem"};
  const peers::Authority authority;
  const auto certificate = authority.issue(shown_at.address.to_string());
  std::ofstream(files.chain) << certificate.chain;
  std::ofstream(files.key) << certificate.key;
  std::ofstream(files.authority) << authority.pem();
  fs::permissions(files.key, fs::perms::owner_read | fs::perms::owner_write);
  return files;
}

std::vector<std::string> read_maildir(const fs::path& maildir) {
  std::vector<std::string> messages;
  std::error_code failed;
  for (const auto& file : fs::directory_iterator(maildir / "new", failed)) {
    std::ifstream in(file.path(), std::ios::binary);
    messages.emplace_back(std::istreambuf_iterator<char>(in), std::istreambuf_iterator<char>());
  }
  return messages;
}

}  // namespace greyhound::e2e
