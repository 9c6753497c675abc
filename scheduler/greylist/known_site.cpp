#include "scheduler/greylist/known_site.hpp"

namespace greyhound::scheduler {

void KnownSite::learn(const queue::SiteLesson& lesson) {
  const auto before = std::exchange(facts_, with_lesson(facts_, lesson));
  if (!give_same_plan(before, facts_)) memo_.reset();
}

void KnownSite::learn(const queue::KeyLesson& lesson) {
  facts_ = with_lesson(std::move(facts_), lesson);
}

std::optional<KnockPlan> KnownSite::plan(const PlanTerms& terms, Instant now) const {
  if (now - facts_.changed > terms.forget_after) return std::nullopt;
  const bool is_made = memo_ && memo_->catalogue == terms.catalogue &&
                       memo_->first_of_series == terms.first_of_series;
  if (!is_made) {
    memo_ = Memo{.catalogue = terms.catalogue,
                 .first_of_series = terms.first_of_series,
                 .plan = plan_knock(terms.catalogue->prior(), facts_, terms.first_of_series)};
  }
  return memo_->plan;
}

}  // namespace greyhound::scheduler
