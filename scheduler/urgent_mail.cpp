#include "scheduler/urgent_mail.hpp"

#include <set>

#include "scheduler/pacer.hpp"

namespace greyhound::scheduler {

using queue::DueEntry;

void UrgentMail::add(DueEntry entry, Instant deadline) {
  const auto id = entry.position.id;
  if (const auto known = deadlines_.find(id); known != deadlines_.end()) {
    if (known->second == deadline) return;
    drop({known->second, id});
  }
  const Place place{deadline, id};
  const auto [added, is_new] = all_.emplace(place, std::move(entry));
  deadlines_[id] = deadline;
  in_domain_[added->second.domain].emplace(place, &added->second);
  if (all_.size() > limit_) drop(std::prev(all_.end())->first);
}

void UrgentMail::remove(const DueEntry& entry) {
  const auto known = deadlines_.find(entry.position.id);
  if (known != deadlines_.end()) drop({known->second, entry.position.id});
}

void UrgentMail::clear() {
  all_.clear();
  in_domain_.clear();
  deadlines_.clear();
}

// By value: it may lie in what goes.
void UrgentMail::drop(Place place) {
  const auto found = all_.find(place);
  const auto domain = in_domain_.find(found->second.domain);
  domain->second.erase(place);
  if (domain->second.empty()) in_domain_.erase(domain);
  deadlines_.erase(place.second);
  all_.erase(found);
}

std::vector<std::string> UrgentMail::pressing_domains(Instant now) {
  while (!all_.empty() && all_.begin()->first.first <= now)
    drop(all_.begin()->first);
  std::set<std::string> domains;
  for (const auto& [place, entry] : all_) {
    if (!is_pressing(place.first, now)) break;
    domains.insert(entry.domain);
  }
  return {domains.begin(), domains.end()};
}

std::optional<DueEntry> UrgentMail::first_pressing(const std::string& domain, Instant now) {
  const auto found = in_domain_.find(domain);
  if (found == in_domain_.end()) return std::nullopt;
  for (const auto& [place, entry] : found->second) {
    if (is_pressing(place.first, now)) return *entry;
  }
  return std::nullopt;
}

}  // namespace greyhound::scheduler
