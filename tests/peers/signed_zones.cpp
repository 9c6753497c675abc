#include "peers/signed_zones.hpp"

#include <fstream>
#include <sstream>

#include <unistd.h>

#include "runtime/must.hpp"

namespace greyhound::peers {
namespace {

using Signing = Zone::Signing;

constexpr const char* key_maker = "/usr/bin/ldns-keygen";
constexpr const char* signer = "/usr/bin/ldns-signzone";
constexpr const char* unbound_program = "/usr/sbin/unbound";

std::string content_of(const std::filesystem::path& file) {
  std::ostringstream text;
  text << std::ifstream(file).rdbuf();
  return text.str();
}

bool is_installed(const char* program, std::string& why) {
  if (access(program, X_OK) == 0) return true;
  why = std::string(program) + " is not installed (packaging/apt-packages.txt)";
  return false;
}

// Of some other key.
std::string altered(std::string ds) {
  const auto digit = ds.find_last_of("0123456789abcdef");
  ds[digit] = ds[digit] == '0' ? '1' : '0';
  return ds;
}

std::string at(const Endpoint& endpoint) {
  return endpoint.address.to_string() + "@" + std::to_string(endpoint.port) + "\n";
}

void write_configuration(const std::filesystem::path& folder,
                         const Endpoint& endpoint,
                         const SignedZones& upstream,
                         const std::string& options) {
  std::ofstream(folder / "unbound.conf")
      << "server:\n  interface: " << at(endpoint) << "  directory: \"" << folder.string()
      << "\"\n  do-daemonize: no\n  chroot: \"\"\n  username: \"\"\n  pidfile: \"\"\n"
      << "  use-syslog: no\n  num-threads: 1\n  do-not-query-localhost: no\n"
      << "  local-zone: \"test.\" nodefault\n  trust-anchor-file: \""
      << upstream.trust_anchor().string() << "\"\n"
      << options << "forward-zone:\n  name: \".\"\n  forward-addr: " << at(upstream.endpoint())
      << "remote-control:\n  control-enable: no\n";
}

}  // namespace

std::unique_ptr<SignedZones> SignedZones::start(const std::map<std::string, Zone>& zones,
                                                std::string& why) {
  if (!is_installed(key_maker, why) || !is_installed(signer, why)) return nullptr;
  std::unique_ptr<SignedZones> made(new SignedZones);
  std::string delegations;
  for (const auto& [name, zone] : zones)
    delegations += made->add(name, zone);
  std::ofstream(made->trust_anchor()) << made->add("test", {.records = delegations});
  made->server_ = DnsServer::start_whole(made->texts_, why);
  return made->server_ ? std::move(made) : nullptr;
}

// What the parent says of it.
std::string SignedZones::add(const std::string& name, const Zone& zone) {
  const auto text = zone_text(name, zone.records, 1);
  const auto delegation = name + ". IN NS ns." + name + ".\nns." + name + ". IN A 127.0.0.1\n";
  if (zone.signing == Signing::none) {
    texts_[name] = text;
    return delegation;
  }
  texts_[name] = sign(name, text, zone.signing);
  const auto ds = content_of(folder_.path() / (key_of(name) + ".ds"));
  if (name == "test") return ds;
  return delegation + (zone.signing == Signing::other_parent ? altered(ds) : ds);
}

std::string SignedZones::sign(const std::string& name, const std::string& text, Signing signing) {
  const auto& folder = folder_.path();
  ChildProcess make_key({key_maker, "-a", "ECDSAP256SHA256", "-k", name}, folder);
  MUST(make_key.succeeds());
  std::ofstream(folder / name) << text;
  std::vector<std::string> command{signer, "-f", name + ".signed"};
  if (signing == Signing::expired) {
    command.insert(command.end(), {"-i", "20200101000000", "-e", "20200201000000"});
  }
  command.insert(command.end(), {name, key_of(name)});
  ChildProcess sign_zone(command, folder);
  MUST(sign_zone.succeeds());
  return content_of(folder / (name + ".signed"));
}

// "Kgood.test.+013+12345", as the key maker has called it.
std::string SignedZones::key_of(const std::string& name) {
  std::string base;
  for (const auto& entry : std::filesystem::directory_iterator(folder_.path())) {
    const bool is_it = entry.path().extension() == ".private" &&
                       entry.path().filename().string().starts_with("K" + name + ".+");
    if (is_it) base = entry.path().stem().string();
  }
  MUST(!base.empty());
  return base;
}

std::unique_ptr<ValidatingResolver> ValidatingResolver::start(const SignedZones& upstream,
                                                              const std::string& options,
                                                              std::string& why) {
  if (!is_installed(unbound_program, why)) return nullptr;
  std::unique_ptr<ValidatingResolver> made(new ValidatingResolver);
  const auto& folder = made->folder_.path();
  made->running_ = start_at_free_port([&](const Endpoint& endpoint) {
    write_configuration(folder, endpoint, upstream, options);
    return std::make_unique<ChildProcess>(
        std::vector<std::string>{unbound_program, "-d", "-c", "unbound.conf"}, folder);
  });
  if (!made->running_) {
    why = "unbound did not answer: " + content_of(folder / "output");
    return nullptr;
  }
  return made;
}

}  // namespace greyhound::peers
