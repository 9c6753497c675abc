#include "e2e/postfix_server.hpp"

#include <csignal>
#include <fstream>
#include <iterator>

#include <pwd.h>
#include <sys/stat.h>
#include <unistd.h>

#include "runtime/must.hpp"

namespace greyhound::e2e {
namespace {

namespace fs = std::filesystem;
using namespace std::chrono_literals;

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
smtp      unix  -  -  n  -   -  smtp
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
    : domain_(domain), delay_(delay), smtp_(free_endpoint()), policy_(free_endpoint()) {
  ::chmod(folder_.path().c_str(), 0755);  // Postfix drops to a user of its own
  certificate_ = write_certificate(folder_.path(), smtp_);
  for (const auto* name : {"etc", "spool", "data", "mail", "grey"}) {
    fs::create_directory(folder_.path() / name);
  }
  MUST(give_to(folder_.path() / "data", "postfix"));
  MUST(give_to(folder_.path() / "mail", "postfix"));
  MUST(give_to(folder_.path() / "grey", "postgrey"));
}

PostfixServer::~PostfixServer() {
  if (!postfix_) return;
  postfix_->signal(SIGTERM);  // an orderly end; what does not follow is killed
  postfix_->wait(10s);
}

void PostfixServer::write_files() const {
  const auto root = folder_.path().string();
  const auto uid = std::to_string(::getpwnam("postfix")->pw_uid);
  std::ofstream(folder_.path() / "etc/main.cf")
      << "compatibility_level = 3.6\n"
      << "queue_directory = " << root << "/spool\n"
      << "data_directory = " << root << "/data\n"
      << "maillog_file = " << root << "/postfix.log\nmaillog_file_prefixes = " << root << "\n"
      << "inet_interfaces = 127.0.0.1\ninet_protocols = ipv4\n"
      << "myhostname = mx." << domain_ << "\nmydestination =\n"
      << (relay_host_ ? "mynetworks = 127.0.0.0/8\nrelayhost = [127.0.0.1]:" +
                            std::to_string(relay_host_->port) + "\n"
                      : std::string("mynetworks = 192.0.2.1/32\n"))
      << "alias_maps =\nalias_database =\nlocal_recipient_maps =\n"
      << "virtual_mailbox_domains = " << domain_ << "\nvirtual_mailbox_base = " << root << "/mail\n"
      << "virtual_mailbox_maps = static:inbox/\nvirtual_minimum_uid = 1\n"
      << "virtual_uid_maps = static:" << uid << "\nvirtual_gid_maps = static:" << uid << "\n"
      << "smtpd_tls_security_level = may\nsmtpd_tls_received_header = yes\n"
      << "smtpd_tls_chain_files = " << certificate_.key.string() << ", "
      << certificate_.chain.string() << "\n"
      << "smtpd_recipient_restrictions = permit_mynetworks, reject_unauth_destination,\n"
      << "  check_recipient_access inline:{{eve@" << domain_
      << " = 550 5.1.1 nobody of that name}},\n"
      << "  check_policy_service inet:" << policy_.to_string() << "\n";
  std::ofstream(folder_.path() / "etc/master.cf")
      << smtp_.to_string() << " inet n - n - - smtpd" << services;
  std::ofstream(folder_.path() / "grey/nobody");  // in place of the packaged exceptions
}

bool PostfixServer::start() {
  write_files();
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
  return read_maildir(folder_.path() / "mail/inbox");
}

}  // namespace greyhound::e2e
