// SiteBook: the health of all sites that were in use of late.
// Owner: Pacer. Runs on: the home loop.
// Limits: what nobody has used for an hour goes once there are 50 000.
#pragma once

#include <string>
#include <unordered_map>

#include "scheduler/site_health.hpp"

namespace greyhound::scheduler {

class SiteBook {
 public:
  // Stays where it is until it is left.
  SiteHealth& use(const std::string& site, SteadyInstant now);
  void leave(const std::string& site);

  void forget(const std::string& site);  // begins as one that nobody knows

  template <class Visit>  // of site and health
  void visit(Visit visit) const {
    for (const auto& [site, known] : sites_)
      visit(site, known.health);
  }

 private:
  struct Known {
    SiteHealth health;
    bool is_in_use = false;
  };

  static constexpr std::size_t fewest_to_sweep = 50'000;

  std::unordered_map<std::string, Known> sites_;
  std::size_t sites_before_sweep_ = fewest_to_sweep;
};

}  // namespace greyhound::scheduler
