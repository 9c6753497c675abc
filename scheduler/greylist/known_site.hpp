// KnownSite: what was learned of one site, and the plan that follows from it, made once for each
// state of knowledge.
// Owner: GreylistBook. Runs on: the home loop.
#pragma once

#include <memory>
#include <optional>
#include <utility>

#include "queue/site_facts.hpp"
#include "scheduler/greylist/catalogue.hpp"
#include "scheduler/greylist/knock_plan.hpp"

namespace greyhound::scheduler {

class KnownSite {
 public:
  explicit KnownSite(queue::SiteFacts facts) : facts_(std::move(facts)) {}

  const queue::SiteFacts& facts() const { return facts_; }
  void learn(const queue::SiteLesson& lesson);
  void learn(const queue::KeyLesson& lesson);  // changes no plan

  bool believes_stated(Instant now) const {
    return !facts_.stated_ignored || *facts_.stated_ignored <= now;
  }

  struct PlanTerms {
    const std::shared_ptr<const Catalogue>& catalogue;
    Duration first_of_series;
    Duration forget_after;
  };
  std::optional<KnockPlan> plan(const PlanTerms& terms, Instant now) const;

 private:
  struct Memo {
    std::shared_ptr<const Catalogue> catalogue;  // kept, so that no other takes its place
    Duration first_of_series;
    std::optional<KnockPlan> plan;
  };
  queue::SiteFacts facts_;
  mutable std::optional<Memo> memo_;
};

}  // namespace greyhound::scheduler
