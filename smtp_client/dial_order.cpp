#include "smtp_client/dial_order.hpp"

#include <algorithm>

namespace greyhound::smtp {
namespace {

// v4 first unless the pinned source says otherwise: it is where a sender's name is known.
std::vector<Endpoint> take_turns(const std::vector<Endpoint>& all, bool starts_with_v4) {
  std::vector<Endpoint> first;
  std::vector<Endpoint> second;
  for (const auto& endpoint : all) {
    (endpoint.address.is_v4() == starts_with_v4 ? first : second).push_back(endpoint);
  }
  std::vector<Endpoint> ordered;
  for (std::size_t i = 0; i < std::max(first.size(), second.size()); ++i) {
    if (i < first.size()) ordered.push_back(first[i]);
    if (i < second.size()) ordered.push_back(second[i]);
  }
  if (ordered.size() > max_dialled_addresses_per_host) {
    ordered.erase(ordered.begin() + max_dialled_addresses_per_host, ordered.end());
  }
  return ordered;
}

}  // namespace

std::vector<mail::Host> dial_order(const mail::Site& site,
                                   const mail::Affinity& affinity,
                                   std::size_t max_hosts) {
  auto hosts = site.hosts;
  const auto pinned = std::find_if(hosts.begin(), hosts.end(), [&affinity](const auto& host) {
    return host.name == affinity.host;
  });
  if (pinned != hosts.end()) std::rotate(hosts.begin(), pinned, pinned + 1);
  if (hosts.size() > max_hosts) {
    hosts.erase(hosts.begin() + static_cast<std::ptrdiff_t>(max_hosts), hosts.end());
  }
  const bool starts_with_v4 = !affinity.source || affinity.source->is_v4();
  for (auto& host : hosts)
    host.endpoints = take_turns(host.endpoints, starts_with_v4);
  return hosts;
}

std::optional<IpAddress> source_for(const Endpoint& to,
                                    const mail::Affinity& affinity,
                                    const std::vector<IpAddress>& configured) {
  const auto fits = [&to](const IpAddress& source) { return source.is_v4() == to.address.is_v4(); };
  if (affinity.source && fits(*affinity.source)) {
    const bool is_still_ours =
        configured.empty() ||
        std::find(configured.begin(), configured.end(), *affinity.source) != configured.end();
    if (is_still_ours) return affinity.source;
  }
  const auto first = std::find_if(configured.begin(), configured.end(), fits);
  return first == configured.end() ? std::nullopt : std::optional(*first);
}

}  // namespace greyhound::smtp
