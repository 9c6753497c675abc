#include "e2e/unpacked_server.hpp"

#include <csignal>
#include <fstream>
#include <iterator>

#include <sys/stat.h>
#include <unistd.h>

#include "runtime/must.hpp"

namespace greyhound::e2e {
namespace {

namespace fs = std::filesystem;
using namespace std::chrono_literals;

constexpr uid_t mail_user = 64001;  // of the namespace; it owns the mailbox
const fs::path unpacked = GREYHOUND_UNPACKED;

fs::path program(UnpackedServer::Kind kind) {
  const bool is_exim = kind == UnpackedServer::Kind::exim;
  return unpacked / (is_exim ? "usr/sbin/exim4" : "usr/sbin/smtpd");
}

}  // namespace

std::optional<std::string> UnpackedServer::obstacle(Kind kind) {
  if (::geteuid() != 0) return "mail servers and mount namespaces need root";
  if (!fs::exists(program(kind))) return program(kind).string() + " is not there; ./dev unpacks it";
  return std::nullopt;
}

UnpackedServer::UnpackedServer(Kind kind, const std::string& domain)
    : kind_(kind), smtp_(free_endpoint()) {
  ::chmod(folder_.path().c_str(), 0755);  // they drop to users of their own
  certificate_ = write_certificate(folder_.path(), smtp_);
  for (const auto* name : {"spool", "mail", "log"}) {
    fs::create_directory(folder_.path() / name);
    if (kind == Kind::exim)
      MUST(::chown((folder_.path() / name).c_str(), mail_user, mail_user) == 0);
  }
  MUST(::chown((folder_.path() / "mail").c_str(), mail_user, mail_user) == 0);
  if (kind == Kind::exim) MUST(::chown(certificate_.key.c_str(), mail_user, mail_user) == 0);
  write_users();
  kind == Kind::exim ? write_exim_config(domain) : write_opensmtpd_config(domain);
}

UnpackedServer::~UnpackedServer() {
  if (!server_) return;
  server_->signal(SIGTERM);
  server_->wait(10s);
}

void UnpackedServer::write_users() const {
  const auto id = std::to_string(mail_user) + ":" + std::to_string(mail_user);
  std::ofstream(folder_.path() / "passwd")
      << "root:x:0:0::/root:/bin/sh\nopensmtpd:x:64002:64002::/:/bin/sh\n"
      << "opensmtpq:x:64003:64003::/:/bin/sh\nDebian-exim:x:" << id << "::/:/bin/sh\n"
      << "bob:x:" << id << "::/:/bin/sh\ncarl:x:" << id << "::/:/bin/sh\n";
  std::ofstream(folder_.path() / "group")
      << "root:x:0:\nopensmtpd:x:64002:\nopensmtpq:x:64003:\nDebian-exim:x:64001:\n";
}

void UnpackedServer::write_exim_config(const std::string& domain) const {
  const auto root = folder_.path().string();
  std::ofstream(folder_.path() / "config")
      << "exim_path = " << program(kind_).string() << "\nspool_directory = " << root << "/spool\n"
      << "log_file_path = " << root << "/log/%s\npid_file_path = " << root << "/exim.pid\n"
      << "primary_hostname = mx." << domain << "\nkeep_environment =\n"
      << "local_interfaces = 127.0.0.1\ndaemon_smtp_ports = " << smtp_.port << "\n"
      << "host_lookup =\nrfc1413_query_timeout = 0s\ndeliver_drop_privilege\nnever_users =\n"
      << "log_selector = +pipelining\n"
      << "tls_advertise_hosts = *\ntls_certificate = " << certificate_.chain.string() << "\n"
      << "tls_privatekey = " << certificate_.key.string() << "\n"
      << "acl_smtp_rcpt = rcpt\nacl_smtp_data = accept\n"
      << "begin acl\nrcpt:\n  accept domains = " << domain << "\n    local_parts = bob : carl\n"
      << "  deny message = 5.1.1 nobody of that name\n"
      << "begin routers\ninbox:\n  driver = accept\n  transport = inbox\n"
      << "begin transports\ninbox:\n  driver = appendfile\n  maildir_format\n"
      << "  directory = " << root << "/mail\n  user = Debian-exim\n"
      << "begin retry\n* * F,1h,1m\n";
}

void UnpackedServer::write_opensmtpd_config(const std::string& domain) const {
  const auto name = "\"mx." + domain + "\"";
  std::ofstream(folder_.path() / "config")
      << "pki " << name << " cert " << certificate_.chain << "\n"
      << "pki " << name << " key " << certificate_.key << "\n"
      << "listen on 127.0.0.1 port " << smtp_.port << " tls pki " << name << " hostname " << name
      << "\naction inbox maildir \"" << (folder_.path() / "mail").string() << "\"\n"
      << "match from any for domain \"" << domain << "\" action inbox\n";
}

// The folders that OpenSMTPD was built for stand empty in its namespace, on nothing of the machine.
std::string UnpackedServer::script() const {
  const auto root = folder_.path().string();
  const auto run = " " + root + "/config";
  std::string lines = "set -e\nmount --bind " + root + "/passwd /etc/passwd\nmount --bind " + root +
                      "/group /etc/group\n";
  if (kind_ == Kind::exim) return lines + "exec " + program(kind_).string() + " -bdf -C" + run;
  for (const auto* folder : {"/run", "/var/lib", "/var/spool", "/usr/libexec"})
    lines += std::string("mount -t tmpfs tmpfs ") + folder + "\n";
  lines +=
      "mkdir -p /var/lib/opensmtpd/empty /usr/libexec/opensmtpd\nmkdir -m 711 /var/spool/smtpd\n";
  lines += "mount --bind " + (unpacked / "usr/libexec/opensmtpd").string() +
           " /usr/libexec/opensmtpd\nexec " + program(kind_).string() + " -d -f" + run;
  return lines;
}

bool UnpackedServer::start() {
  server_ = std::make_unique<ChildProcess>(
      Command{.arguments = {"unshare", "--mount", "sh", "-c", script()}});
  return holds_within(20s, [this] { return answers(smtp_); });
}

std::string UnpackedServer::output() const {
  std::string text;
  if (server_) {
    for (const auto& line : server_->lines())
      text += line + '\n';
  }
  std::ifstream log(folder_.path() / "log/main");
  return text + std::string(std::istreambuf_iterator<char>(log), {});
}

std::vector<std::string> UnpackedServer::mailbox() const {
  return read_maildir(folder_.path() / "mail");
}

}  // namespace greyhound::e2e
