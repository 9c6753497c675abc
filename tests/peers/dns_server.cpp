#include "peers/dns_server.hpp"

#include <array>
#include <csignal>
#include <fstream>

#include <arpa/inet.h>
#include <netinet/in.h>
#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

#include "runtime/must.hpp"

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

// A question for the root, of which it knows nothing, is answered by an error: answer enough.
bool is_answering(const Endpoint& endpoint) {
  constexpr std::array<unsigned char, 17> question{
      0x12, 0x34, 0, 0, 0, 1, 0, 0, 0, 0, 0, 0, 0, 0, 1, 0, 1};
  const int descriptor = connect_udp(endpoint);
  send(descriptor, question.data(), question.size(), 0);
  pollfd ready{.fd = descriptor, .events = POLLIN, .revents = 0};
  std::array<char, 512> answer{};
  const bool has_answer =
      poll(&ready, 1, poll_ms) > 0 && recv(descriptor, answer.data(), answer.size(), 0) > 0;
  close(descriptor);
  if (!has_answer) poll(nullptr, 0, poll_ms);
  return has_answer;
}

// Whatever it says; false: it does not for seconds.
bool comes_to_answer(const Endpoint& endpoint) {
  for (int i = 0; i < max_polls; ++i) {
    if (is_answering(endpoint)) return true;
  }
  return false;
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

std::optional<DnsProcess> start_at_free_port(
    const std::function<std::unique_ptr<ChildProcess>(const Endpoint&)>& run) {
  constexpr int most_tries = 3;
  for (int tries = 0; tries < most_tries; ++tries) {
    const auto endpoint = unused_udp_endpoint();
    auto process = run(endpoint);
    if (comes_to_answer(endpoint)) return DnsProcess{endpoint, std::move(process)};
  }
  return std::nullopt;
}

std::string zone_text(const std::string& name, const std::string& records, unsigned serial) {
  return "$ORIGIN " + name + ".\n$TTL 60\n@ IN SOA ns." + name + ". admin." + name + ". " +
         std::to_string(serial) + " 3600 900 604800 3600\n@ IN NS ns." + name +
         ".\nns IN A 127.0.0.1\n" + records;
}

std::unique_ptr<DnsServer> DnsServer::start(const std::map<std::string, std::string>& zones,
                                            std::string& why) {
  std::map<std::string, std::string> whole;
  for (const auto& [name, records] : zones)
    whole[name] = zone_text(name, records, 1);
  return start_whole(whole, why);
}

std::unique_ptr<DnsServer> DnsServer::start_whole(const std::map<std::string, std::string>& zones,
                                                  std::string& why) {
  if (access(nsd_program, X_OK) != 0) {
    why = "nsd is not installed (Debian package nsd)";
    return nullptr;
  }
  std::unique_ptr<DnsServer> server(new DnsServer);
  const auto& folder = server->folder_.path();
  for (const auto& [name, text] : zones)
    server->write_zone(name, text);
  server->running_ = start_at_free_port([&](const Endpoint& endpoint) {
    write_configuration(folder, endpoint, zones);
    const auto configuration = (folder / "nsd.conf").string();
    return std::make_unique<ChildProcess>(
        std::vector<std::string>{nsd_program, "-d", "-c", configuration}, folder);
  });
  if (!server->running_) {
    why = "nsd did not answer";
    return nullptr;
  }
  return server;
}

void DnsServer::replace_zone(const std::string& name, const std::string& records) {
  ++serial_;
  write_zone(name, zone_text(name, records, serial_));
  running_->process->signal(SIGHUP);
}

void DnsServer::write_zone(const std::string& name, const std::string& text) {
  std::ofstream(folder_.path() / (name + ".zone")) << text;
}

}  // namespace greyhound::peers
