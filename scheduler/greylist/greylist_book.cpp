#include "scheduler/greylist/greylist_book.hpp"

#include <utility>

namespace greyhound::scheduler {

Awaitable<std::shared_ptr<const KnownSite>> GreylistBook::look_up(std::string site) {
  if (const auto found = sites_.find(site); found != sites_.end()) co_return found->second;
  auto missed = missed_;
  auto facts = co_await store_.site(site);
  while (missed != missed_) {  // it may have been read before that lesson was written
    missed = missed_;
    facts = co_await store_.site(site);
  }
  // Another task may have asked meanwhile, and learned.
  if (const auto found = sites_.find(site); found != sites_.end()) co_return found->second;
  if (!facts) {
    log_.warning("site_unreadable", {{"site", site}, {"why", facts.error().what}});
    co_return nullptr;
  }
  if (sites_.size() >= most_sites) sites_.clear();
  auto known = std::make_shared<KnownSite>(std::move(*facts));
  sites_.emplace(std::move(site), known);
  co_return known;
}

const queue::Keying& GreylistBook::keying(const std::string& site) const {
  static const queue::Keying nothing;
  const auto found = sites_.find(site);
  return found == sites_.end() ? nothing : found->second->facts().keying;
}

// Of a site that is not in the book the store knows.
template <class Lesson>
void GreylistBook::learn(const Lesson& lesson) {
  const auto found = sites_.find(lesson.site);
  if (found == sites_.end()) {
    ++missed_;
    return;
  }
  found->second->learn(lesson);
}

template void GreylistBook::learn(const queue::SiteLesson& lesson);
template void GreylistBook::learn(const queue::KeyLesson& lesson);

void GreylistBook::forget(const std::string& site) {
  sites_.erase(site);
  ++missed_;
}

}  // namespace greyhound::scheduler
