#include "smtp_client/session_pool.hpp"

#include <algorithm>
#include <utility>

#include "runtime/must.hpp"

namespace greyhound::smtp {

std::optional<IdleSession> SessionPool::take(const std::string& site, const SessionKind& kind) {
  const auto found = by_site_.find(site);
  if (found == by_site_.end()) return std::nullopt;
  const auto& places = found->second;
  const auto fitting = std::find_if(places.rbegin(), places.rend(), [&kind](Place place) {
    return place->idle.session->is_of(kind);
  });
  if (fitting == places.rend()) return std::nullopt;
  return remove(*fitting);
}

std::optional<IdleSession> SessionPool::put(const std::string& site,
                                            IdleSession idle,
                                            SteadyInstant now) {
  if (limits_.per_site == 0 || limits_.total == 0) return idle;
  auto& places = by_site_[site];
  std::optional<IdleSession> displaced;
  if (places.size() >= limits_.per_site) {
    displaced = remove(places.front());
  } else if (by_age_.size() >= limits_.total) {
    displaced = remove(by_age_.begin());
  }
  const auto place = by_age_.insert(
      by_age_.end(), {.site = site, .until = now + limits_.idle, .idle = std::move(idle)});
  by_site_[site].push_back(place);  // removing may have taken the site's list with its last entry
  return displaced;
}

std::vector<IdleSession> SessionPool::take_expired(SteadyInstant now) {
  std::vector<IdleSession> expired;
  while (!by_age_.empty() && by_age_.front().until <= now)
    expired.push_back(remove(by_age_.begin()));
  return expired;
}

std::optional<SteadyInstant> SessionPool::next_expiry() const {
  if (by_age_.empty()) return std::nullopt;
  return by_age_.front().until;
}

std::vector<IdleSession> SessionPool::take_all() {
  return take_expired(SteadyInstant::max());
}

IdleSession SessionPool::remove(Place place) {
  const auto found = by_site_.find(place->site);
  MUST(found != by_site_.end());
  std::erase(found->second, place);
  if (found->second.empty()) by_site_.erase(found);
  auto idle = std::move(place->idle);
  by_age_.erase(place);
  return idle;
}

}  // namespace greyhound::smtp
