#include "e2e/agent_config.hpp"

#include <fstream>

#include <nlohmann/json.hpp>

#include "e2e/server_parts.hpp"

namespace greyhound::e2e {
namespace {

using nlohmann::ordered_json;

constexpr const char* passwords =
    "ann:{SCRAM-SHA-256}4096,cKpMJz4jLIVx98V4wCp05g==,YDFOsk1l4Bf50ysvioP7GKkTwdZzIqvdB+tlwwYZn3M="
    ",sY3C3PvS+IMzQkQYh1BKyZGleKCnRFUHkr89G/Oknmk=\n";

void write_file(const std::filesystem::path& file, const ordered_json& content) {
  std::ofstream(file) << content.dump(2) << '\n';
}

// Files that the agent reads at start.
ordered_json with_logins(ordered_json intake, const std::filesystem::path& folder) {
  namespace fs = std::filesystem;
  const Endpoint loopback{*IpAddress::parse("127.0.0.1"), 0};
  const auto certificate = write_certificate(folder, loopback);
  std::ofstream(folder / "passwords") << passwords;
  fs::permissions(folder / "passwords", fs::perms::owner_read | fs::perms::owner_write);
  intake["listeners"].push_back({{"address", "127.0.0.1"}, {"port", 0}, {"tls", "implicit"}});
  intake["tls"] = {{"certificate", certificate.chain.string()}, {"key", certificate.key.string()}};
  intake["auth"] = {{"password_file", (folder / "passwords").string()}};
  return intake;
}

ordered_json intake_part(const AgentConfig& config, const std::filesystem::path& folder) {
  const ordered_json tcp{{"address", "127.0.0.1"}, {"port", 0}};
  const ordered_json local{{"unix", (folder / "smtp.sock").string()}};
  ordered_json intake{{"listeners", ordered_json::array({tcp, local})},
                      {"relay_from", config.relay_from},
                      {"max_message", config.max_message}};
  return config.takes_logins ? with_logins(std::move(intake), folder) : intake;
}

ordered_json agent_file(const AgentConfig& config, const std::filesystem::path& folder) {
  auto routes = ordered_json::array();
  for (const auto& route : config.routes) {
    const ordered_json hop{{"host", route.host.address.to_string()}, {"port", route.host.port}};
    routes.push_back(
        {{"domain", route.domain}, {"next_hops", ordered_json::array({hop})}, {"tls", route.tls}});
  }
  ordered_json tls{{"ca_file", nullptr}};
  if (!config.ca_file.empty()) tls["ca_file"] = config.ca_file.string();
  ordered_json smtp{{"source_addresses", config.source_addresses}, {"tls", tls}};
  ordered_json dns{{"servers", {"127.0.0.1:9"}}, {"dnssec", "off"}};  // nobody is there
  if (config.mx) {
    smtp["port"] = config.mx->port;
    smtp["deny_targets"] = ordered_json::array();
    dns["servers"] = {config.mx->dns.to_string()};
  }
  return {{"hostname", "agent.example"},
          {"state_dir", (folder / "state").string()},
          {"control", {{"socket", (folder / "control.sock").string()}}},
          {"intake", intake_part(config, folder)},
          {"queue", {{"memory", "32MiB"}, {"reserve_disk", "4MiB"}}},
          {"smtp", smtp},
          {"dns", dns},
          {"routes", routes}};
}

}  // namespace

void write_config(const AgentConfig& config, const std::filesystem::path& folder) {
  write_file(folder / "greyhound.json", agent_file(config, folder));
  const ordered_json rule{{"name", "test"},
                          {"match", ordered_json::object()},
                          {"retry", config.retry},
                          {"greylist", config.greylist},
                          {"jitter", "0%"},
                          {"adapt", config.adapts},
                          {"lifetime", config.lifetime},
                          {"in_doubt", {{"wait", "1s"}}}};
  write_file(
      folder / "retry.json",
      {{"rules", ordered_json::array({rule})}, {"hints", {{"min", "1s"}, {"margin", "1s"}}}});
  write_file(folder / "notification.json",
             {{"delay", {{"after_retry", config.delay_after_retry}}},
              {"languages", config.languages},
              {"postmaster",
               {{"address", "postmaster@agent.example"}, {"copy", config.postmaster_copies}}}});
}

}  // namespace greyhound::e2e
