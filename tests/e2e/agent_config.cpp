#include "e2e/agent_config.hpp"

#include <fstream>

#include <nlohmann/json.hpp>

namespace greyhound::e2e {
namespace {

using nlohmann::ordered_json;

void write_file(const std::filesystem::path& file, const ordered_json& content) {
  std::ofstream(file) << content.dump(2) << '\n';
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
  const ordered_json tcp{{"address", "127.0.0.1"}, {"port", 0}};
  const ordered_json local{{"unix", (folder / "smtp.sock").string()}};
  return {{"hostname", "agent.example"},
          {"state_dir", (folder / "state").string()},
          {"control", {{"socket", (folder / "control.sock").string()}}},
          {"intake",
           {{"listeners", ordered_json::array({tcp, local})}, {"max_message", config.max_message}}},
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
