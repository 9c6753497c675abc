#include "scheduler/pacer.hpp"

#include "runtime/must.hpp"

namespace greyhound::scheduler {

bool Pacer::has_room_at(const std::string& site) const {
  const auto found = running_at_.find(site);
  return found == running_at_.end() || found->second < limits_.per_site;
}

void Pacer::take(const std::string& site) {
  MUST(has_room() && has_room_at(site));
  ++total_;
  ++running_at_[site];
}

void Pacer::release(const std::string& site) {
  const auto found = running_at_.find(site);
  MUST(found != running_at_.end() && found->second > 0 && total_ > 0);
  --total_;
  if (--found->second == 0) running_at_.erase(found);
}

}  // namespace greyhound::scheduler
