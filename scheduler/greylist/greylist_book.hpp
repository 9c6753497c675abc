// GreylistBook: what was learned of the sites that greylist, as the next decision needs it. It is
// read from the store when a site is first asked for; what settlements teach is learned here too.
// Owner: AttemptRunner. Runs on: the home loop.
// Limits: it holds `most_sites`; then it begins anew, as the store has it all.
// Errors: none. What cannot be read is as if nothing had been learned, and asked for again.
#pragma once

#include <memory>
#include <string>
#include <unordered_map>

#include "queue/store.hpp"
#include "runtime/event_log.hpp"
#include "scheduler/greylist/known_site.hpp"

namespace greyhound::scheduler {

class GreylistBook {
 public:
  GreylistBook(queue::Store& store, EventLog& log) : store_(store), log_(log) {}

  // Stays valid for as long as the caller keeps it, and up to date until the book begins anew.
  Awaitable<std::shared_ptr<const KnownSite>> look_up(std::string site);

  // Of the keys that got through there. Empty: the book does not hold the site at this moment,
  // whatever the store knows.
  const queue::Keying& keying(const std::string& site) const;

  // A lesson that has gone to the store.
  template <class Lesson>
  void learn(const Lesson& lesson);

  void forget(const std::string& site);  // the store has forgotten it

  static constexpr std::size_t most_sites = 10'000;

 private:
  queue::Store& store_;
  EventLog& log_;
  std::unordered_map<std::string, std::shared_ptr<KnownSite>> sites_;
  std::uint64_t missed_ = 0;  // changes to sites that were not in the book
};

}  // namespace greyhound::scheduler
