#include "world/memory_store.hpp"

namespace greyhound::world {

Awaitable<Result<queue::SiteFacts>> MemoryStore::site(std::string name) {
  const std::lock_guard lock(mutex_);
  const auto found = sites_.find(name);
  co_return found == sites_.end() ? queue::SiteFacts{.site = name} : found->second;
}

Awaitable<Result<std::vector<queue::SiteFacts>>> MemoryStore::sites(std::string after,
                                                                    std::size_t limit) {
  const std::lock_guard lock(mutex_);
  std::vector<queue::SiteFacts> found;
  for (auto at = sites_.upper_bound(after); at != sites_.end() && found.size() < limit; ++at)
    found.push_back(at->second);
  co_return found;
}

Awaitable<Result<>> MemoryStore::forget_site(std::string site) {
  const std::lock_guard lock(mutex_);
  sites_.erase(site);
  co_return Result<>{};
}

Awaitable<Result<>> MemoryStore::suspend(queue::Suspension suspension) {
  const std::lock_guard lock(mutex_);
  suspended_[suspension.name] = suspension.since;
  co_return Result<>{};
}

Awaitable<Result<>> MemoryStore::resume(std::string name) {
  const std::lock_guard lock(mutex_);
  suspended_.erase(name);
  co_return Result<>{};
}

Awaitable<Result<std::vector<queue::Suspension>>> MemoryStore::suspensions() {
  const std::lock_guard lock(mutex_);
  std::vector<queue::Suspension> all;
  for (const auto& [name, since] : suspended_)
    all.push_back({name, since});
  co_return all;
}

}  // namespace greyhound::world
