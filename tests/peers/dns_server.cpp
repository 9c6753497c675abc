#include "peers/dns_server.hpp"

#include <array>
#include <csignal>
#include <cstdlib>
#include <fstream>

#include <arpa/inet.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <poll.h>
#include <spawn.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include "runtime/must.hpp"

extern char** environ;

namespace greyhound::peers {
namespace {

constexpr const char* nsd_program = "/usr/sbin/nsd";
constexpr int max_polls = 500;
constexpr int poll_ms = 10;

int connect_udp(const Endpoint& to) {
  const int descriptor = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);
  sockaddr_in there{};
  there.sin_family = AF_INET;
  there.sin_port = htons(to.port);
  inet_pton(AF_INET, to.address.to_string().c_str(), &there.sin_addr);
  MUST(connect(descriptor, reinterpret_cast<sockaddr*>(&there), sizeof there) == 0);
  return descriptor;
}

void write_configuration(const std::filesystem::path& folder,
                         const Endpoint& endpoint,
                         const std::map<std::string, std::string>& zones) {
  const auto in = [&folder](const char* name) { return "\"" + (folder / name).string() + "\"\n"; };
  std::ofstream out(folder / "nsd.conf");
  out << "server:\n  ip-address: " << endpoint.address.to_string() << "@" << endpoint.port << "\n"
      << "  server-count: 1\n  username: \"\"\n  chroot: \"\"\n  database: \"\"\n"
      << "  rrl-ratelimit: 0\n  zonesdir: " << in(".") << "  pidfile: " << in("nsd.pid")
      << "  logfile: " << in("nsd.log") << "  xfrdfile: " << in("xfrd.state")
      << "  xfrdir: " << in(".") << "  zonelistfile: " << in("zone.list")
      << "remote-control:\n  control-enable: no\n";
  for (const auto& [name, records] : zones) {
    out << "zone:\n  name: \"" << name << "\"\n  zonefile: \"" << name << ".zone\"\n";
  }
}

}  // namespace

Endpoint unused_udp_endpoint() {
  const int descriptor = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);
  sockaddr_in here{};
  here.sin_family = AF_INET;
  here.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  auto* const generic = reinterpret_cast<sockaddr*>(&here);
  MUST(bind(descriptor, generic, sizeof here) == 0);
  socklen_t size = sizeof here;
  MUST(getsockname(descriptor, generic, &size) == 0);
  close(descriptor);
  return {*IpAddress::parse("127.0.0.1"), ntohs(here.sin_port)};
}

std::unique_ptr<DnsServer> DnsServer::start(const std::map<std::string, std::string>& zones,
                                            std::string& why) {
  if (access(nsd_program, X_OK) != 0) {
    why = "nsd is not installed (Debian package nsd)";
    return nullptr;
  }
  std::unique_ptr<DnsServer> server(new DnsServer);
  std::string pattern = (std::filesystem::temp_directory_path() / "greyhound-nsd-XXXXXX").string();
  MUST(mkdtemp(pattern.data()) != nullptr);
  server->folder_ = pattern;
  server->endpoint_ = unused_udp_endpoint();
  for (const auto& [name, records] : zones)
    server->write_zone(name, records);
  write_configuration(server->folder_, server->endpoint_, zones);
  const auto configuration = (server->folder_ / "nsd.conf").string();
  std::array arguments{const_cast<char*>(nsd_program),
                       const_cast<char*>("-d"),
                       const_cast<char*>("-c"),
                       const_cast<char*>(configuration.c_str()),
                       static_cast<char*>(nullptr)};
  posix_spawn_file_actions_t actions;
  posix_spawn_file_actions_init(&actions);
  posix_spawn_file_actions_addopen(&actions, STDERR_FILENO, "/dev/null", O_WRONLY, 0);
  const int failed =
      posix_spawn(&server->process_, nsd_program, &actions, nullptr, arguments.data(), environ);
  posix_spawn_file_actions_destroy(&actions);
  MUST(failed == 0);
  for (int i = 0; i < max_polls; ++i) {
    if (server->is_answering()) return server;
  }
  why = "nsd did not answer on " + server->endpoint_.to_string();
  return nullptr;
}

DnsServer::~DnsServer() {
  if (process_ > 0) {
    kill(process_, SIGTERM);
    waitpid(process_, nullptr, 0);
  }
  std::error_code ignored;
  std::filesystem::remove_all(folder_, ignored);
}

void DnsServer::replace_zone(const std::string& name, const std::string& records) {
  ++serial_;
  write_zone(name, records);
  kill(process_, SIGHUP);
}

void DnsServer::write_zone(const std::string& name, const std::string& records) {
  std::ofstream out(folder_ / (name + ".zone"));
  out << "$ORIGIN " << name << ".\n$TTL 60\n@ IN SOA ns." << name << ". admin." << name << ". "
      << serial_ << " 3600 900 604800 3600\n@ IN NS ns." << name << ".\nns IN A 127.0.0.1\n"
      << records;
}

// A question for the root, which it does not serve, is answered by REFUSED: that is answer enough.
bool DnsServer::is_answering() const {
  constexpr std::array<unsigned char, 17> question{
      0x12, 0x34, 0, 0, 0, 1, 0, 0, 0, 0, 0, 0, 0, 0, 1, 0, 1};
  const int descriptor = connect_udp(endpoint_);
  send(descriptor, question.data(), question.size(), 0);
  pollfd ready{.fd = descriptor, .events = POLLIN, .revents = 0};
  std::array<char, 512> answer{};
  const bool has_answer =
      poll(&ready, 1, poll_ms) > 0 && recv(descriptor, answer.data(), answer.size(), 0) > 0;
  close(descriptor);
  if (!has_answer) poll(nullptr, 0, poll_ms);
  return has_answer;
}

}  // namespace greyhound::peers
