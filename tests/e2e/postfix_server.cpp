#include "e2e/postfix_server.hpp"

#include <csignal>
#include <fstream>
#include <iterator>

#include <netinet/in.h>
#include <pwd.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

#include "peers/blocking_client.hpp"
#include "peers/certificate.hpp"
#include "runtime/must.hpp"

namespace greyhound::e2e {
namespace {

namespace fs = std::filesystem;
using namespace std::chrono_literals;

// Free a moment ago; whoever opens it next has it. Neither program can be asked which port it got.
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

// Only what an SMTP server with virtual mailboxes needs, nothing chrooted.
constexpr const char* services = R"(
pickup    unix  n  -  n  60  1  pickup
cleanup   unix  n  -  n  -   0  cleanup
qmgr      unix  n  -  n  300 1  qmgr
rewrite   unix  -  -  n  -   -  trivial-rewrite
bounce    unix  -  -  n  -   0  bounce
defer     unix  -  -  n  -   0  bounce
trace     unix  -  -  n  -   0  bounce
verify    unix  -  -  n  -   1  verify
flush     unix  n  -  n  1000? 0 flush
proxymap  unix  -  -  n  -   -  proxymap
error     unix  -  -  n  -   -  error
retry     unix  -  -  n  -   -  error
discard   unix  -  -  n  -   -  discard
virtual   unix  -  n  n  -   -  virtual
anvil     unix  -  -  n  -   1  anvil
scache    unix  -  -  n  -   1  scache
tlsmgr    unix  -  -  n  1000? 1 tlsmgr
postlog   unix-dgram n - n - 1  postlogd
)";

}  // namespace

std::optional<std::string> PostfixServer::obstacle() {
  if (::geteuid() != 0) return "Postfix starts only as root";
  if (!fs::exists("/usr/sbin/postfix")) return "the package postfix is not installed";
  if (!fs::exists("/usr/sbin/postgrey")) return "the package postgrey is not installed";
  return std::nullopt;
}

PostfixServer::PostfixServer(const std::string& domain, std::chrono::seconds delay)
    : delay_(delay), smtp_(free_endpoint()), policy_(free_endpoint()) {
  ::chmod(folder_.path().c_str(), 0755);  // Postfix drops to a user of its own
  for (const auto* name : {"etc", "spool", "data", "mail", "grey"}) {
    fs::create_directory(folder_.path() / name);
  }
  MUST(give_to(folder_.path() / "data", "postfix"));
  MUST(give_to(folder_.path() / "mail", "postfix"));
  MUST(give_to(folder_.path() / "grey", "postgrey"));
  write_files(domain);
}

PostfixServer::~PostfixServer() {
  if (!postfix_) return;
  postfix_->signal(SIGTERM);  // an orderly end; what does not follow is killed
  postfix_->wait(10s);
}

void PostfixServer::write_files(const std::string& domain) const {
  const auto root = folder_.path().string();
  const auto uid = std::to_string(::getpwnam("postfix")->pw_uid);
  std::ofstream(folder_.path() / "etc/main.cf")
      << "compatibility_level = 3.6\n"
      << "queue_directory = " << root << "/spool\n"
      << "data_directory = " << root << "/data\n"
      << "maillog_file = " << root << "/postfix.log\nmaillog_file_prefixes = " << root << "\n"
      << "inet_interfaces = 127.0.0.1\ninet_protocols = ipv4\n"
      << "myhostname = mx." << domain << "\nmydestination =\nmynetworks = 192.0.2.1/32\n"
      << "alias_maps =\nalias_database =\nlocal_recipient_maps =\n"
      << "virtual_mailbox_domains = " << domain << "\nvirtual_mailbox_base = " << root << "/mail\n"
      << "virtual_mailbox_maps = static:inbox/\nvirtual_minimum_uid = 1\n"
      << "virtual_uid_maps = static:" << uid << "\nvirtual_gid_maps = static:" << uid << "\n"
      << "smtpd_tls_security_level = may\nsmtpd_tls_received_header = yes\n"
      << "smtpd_tls_chain_files = " << root << "/etc/chain.pem\n"
      << "smtpd_recipient_restrictions = reject_unauth_destination,\n"
      << "  check_policy_service inet:" << policy_.to_string() << "\n";
  std::ofstream(folder_.path() / "etc/master.cf")
      << smtp_.to_string() << " inet n - n - - smtpd" << services;
  const peers::Authority authority;
  const auto certificate = authority.issue(smtp_.address.to_string());
  std::ofstream(folder_.path() / "etc/chain.pem") << certificate.key << certificate.chain;
  std::ofstream(ca_file()) << authority.pem();
  std::ofstream(folder_.path() / "grey/nobody");  // in place of the packaged exceptions
}

bool PostfixServer::start() {
  const auto root = folder_.path().string();
  postgrey_ = std::make_unique<ChildProcess>(
      Command{.arguments = {"/usr/sbin/postgrey",
                            "--inet=" + policy_.to_string(),
                            "--delay=" + std::to_string(delay_.count()),
                            "--dbdir=" + root + "/grey",
                            "--whitelist-clients=" + root + "/grey/nobody",
                            "--whitelist-recipients=" + root + "/grey/nobody"}});
  if (!holds_within(20s, [this] { return answers(policy_); })) return false;
  // The master itself in the foreground, not the script around it: a signal then reaches it.
  const auto checked =
      run_to_end({.arguments = {"/usr/sbin/postfix", "-c", root + "/etc", "check"}});
  const auto programs =
      run_to_end({.arguments = {"postconf", "-c", root + "/etc", "-h", "daemon_directory"}});
  if (checked.exit_code != 0 || programs.exit_code != 0 || programs.lines.empty()) return false;
  postfix_ = std::make_unique<ChildProcess>(
      Command{.arguments = {programs.lines[0] + "/master", "-c", root + "/etc", "-s"}});
  return holds_within(20s, [this] { return answers(smtp_); });
}

std::string PostfixServer::output() const {
  std::string text;
  for (const auto* process : {postgrey_.get(), postfix_.get()}) {
    if (process == nullptr) continue;
    for (const auto& line : process->lines())
      text += line + '\n';
  }
  std::ifstream log(folder_.path() / "postfix.log");
  return text + std::string(std::istreambuf_iterator<char>(log), {});
}

std::vector<std::string> PostfixServer::mailbox() const {
  std::vector<std::string> messages;
  std::error_code failed;
  for (const auto& file : fs::directory_iterator(folder_.path() / "mail/inbox/new", failed)) {
    std::ifstream in(file.path(), std::ios::binary);
    messages.emplace_back(std::istreambuf_iterator<char>(in), std::istreambuf_iterator<char>());
  }
  return messages;
}

}  // namespace greyhound::e2e
