// SiteCache: what the DNS said lately of a domain's hosts, so that a burst for one domain does not
// ask for each message. Only hosts that were found are kept; failures are asked again.
// Owner: MxResolver. Runs on: the dispatcher's loop.
// Limits: max_domains entries, each for `lifetime` of steady time.
#pragma once

#include <chrono>
#include <cstdint>
#include <deque>
#include <string>
#include <unordered_map>
#include <utility>
#include <vector>

#include "mail/attempt.hpp"
#include "runtime/clock.hpp"

namespace greyhound::smtp {

struct RankedHost {
  std::uint16_t preference;
  mail::Host host;
  std::vector<std::string> tlsa_bases = {};  // where its TLSA records may be; asked, it is empty
};

struct RankedSite {
  std::string key;
  std::vector<RankedHost> hosts;  // equal preferences in any order: they are shuffled at each use
  std::string missing = {};       // as in mail::Site
};

class SiteCache {
 public:
  static constexpr std::size_t max_domains = 10'000;
  static constexpr std::chrono::seconds lifetime{60};

  const RankedSite* find(const std::string& domain, SteadyInstant now) const;
  void put(const std::string& domain, RankedSite site, SteadyInstant now);

  std::size_t size() const { return entries_.size(); }

 private:
  struct Entry {
    SteadyInstant expiry;
    RankedSite site;
  };

  std::unordered_map<std::string, Entry> entries_;
  // All live equally long, so that the oldest entry is always the next to expire.
  std::deque<std::string> by_age_;
};

}  // namespace greyhound::smtp
