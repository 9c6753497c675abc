#include "smtp_client/connect/dial_order.hpp"

#include <algorithm>
#include <cstdint>
#include <iterator>
#include <string_view>

namespace greyhound::smtp {
namespace {

// v4 first unless something speaks against it: it is where a sender's name is known.
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
  return ordered;
}

// Whoever is meant, behind all others; the order is kept otherwise.
template <class T, class Predicate>
void put_last(std::vector<T>& all, Predicate is_meant) {
  std::vector<T> last;
  std::copy_if(all.begin(), all.end(), std::back_inserter(last), is_meant);
  std::erase_if(all, is_meant);
  all.insert(all.end(), last.begin(), last.end());
}

// A hash that is the same on every machine: FNV-1a, stirred.
std::uint64_t lot(std::string_view site, const IpAddress& source) {
  std::uint64_t value = 0xcbf29ce484222325ULL;
  const auto add = [&value](std::uint8_t byte) { value = (value ^ byte) * 0x100000001b3ULL; };
  for (const char c : site)
    add(static_cast<std::uint8_t>(c));
  for (const auto byte : source.bytes())
    add(byte);
  value = (value ^ (value >> 33)) * 0xff51afd7ed558ccdULL;
  return value ^ (value >> 33);
}

// The highest lot wins, so that a change of the pool moves only the sites that it must.
std::optional<IpAddress> draw(const std::vector<IpAddress>& pool, std::string_view site) {
  const auto drawn =
      std::max_element(pool.begin(), pool.end(), [site](const auto& one, const auto& other) {
        return lot(site, one) < lot(site, other);
      });
  return drawn == pool.end() ? std::nullopt : std::optional(*drawn);
}

}  // namespace

std::vector<mail::Host> dial_order(const mail::Site& site,
                                   const mail::Affinity& affinity,
                                   std::size_t max_hosts,
                                   const Reachability& reachability,
                                   SteadyInstant now) {
  const auto is_dead = [&reachability, now](const Endpoint& endpoint) {
    return reachability.is_dead(endpoint, now);
  };
  const bool starts_with_v4 =
      affinity.source ? affinity.source->is_v4() : !reachability.comes_second(true, now);
  auto hosts = site.hosts;
  for (auto& host : hosts) {
    auto& endpoints = host.endpoints;
    endpoints = take_turns(endpoints, starts_with_v4);
    put_last(endpoints, is_dead);
    if (endpoints.size() > max_dialled_addresses_per_host) {
      endpoints.erase(endpoints.begin() + max_dialled_addresses_per_host, endpoints.end());
    }
  }
  put_last(hosts, [&is_dead](const mail::Host& host) {
    return std::all_of(host.endpoints.begin(), host.endpoints.end(), is_dead);
  });
  const auto pinned = std::find_if(hosts.begin(), hosts.end(), [&affinity](const auto& host) {
    return host.name == affinity.host;
  });
  if (pinned != hosts.end()) std::rotate(hosts.begin(), pinned, pinned + 1);
  if (hosts.size() > max_hosts) {
    hosts.erase(hosts.begin() + static_cast<std::ptrdiff_t>(max_hosts), hosts.end());
  }
  return hosts;
}

std::optional<IpAddress> source_for(const Endpoint& to,
                                    const mail::Affinity& affinity,
                                    const mail::Site& site) {
  const auto is_other_family = [&to](const IpAddress& source) {
    return source.is_v4() != to.address.is_v4();
  };
  auto pool = site.sources;
  std::erase_if(pool, is_other_family);
  const auto& pinned = affinity.source;
  if (!pinned || is_other_family(*pinned)) return draw(pool, site.key);
  const bool is_still_ours =
      site.sources.empty() || std::find(pool.begin(), pool.end(), *pinned) != pool.end();
  if (is_still_ours) return pinned;
  auto near = pool;
  std::erase_if(near, [&pinned](const auto& source) { return !are_neighbours(source, *pinned); });
  return draw(near.empty() ? pool : near, site.key);
}

}  // namespace greyhound::smtp
