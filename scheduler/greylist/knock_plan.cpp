#include "scheduler/greylist/knock_plan.hpp"

#include <algorithm>
#include <limits>
#include <tuple>
#include <vector>

namespace greyhound::scheduler {
namespace {

// What one more knock may cost: so many seconds of waiting.
constexpr double price_of_knock = 100;
// What a knock teaches is good for so many mails to come.
constexpr double mails_to_come = 8;
// Even parts of an interval that knocks are tried at, besides the windows known by name.
constexpr int even_parts = 24;
constexpr double third_contact = 60;
// After so many passes without a refusal, half of what the last one said is forgotten, so that a
// window that has become shorter is found.
constexpr std::uint32_t passes_to_doubt = 50;

struct Interval {
  double above = 0;
  double upto = -1;
  bool is_empty() const { return upto < above; }
};

Interval below(const Interval& all, double age) {
  return {all.above, std::min(all.upto, age)};
}

Interval beyond(const Interval& all, double age) {
  return {std::max(all.above, age), all.upto};
}

// Where the window may lie, by either way of working.
struct Belief {
  Interval plain;
  Interval two_step;
  double known_end;  // age at which somebody got through
};

class Planner {
 public:
  Planner(const WindowPrior& prior, double first_of_series)
      : prior_(prior), first_of_series_(first_of_series) {}

  double best_knock(const Belief& belief) const {
    double best_age = belief.known_end;
    double least = std::numeric_limits<double>::infinity();
    for (const auto age : candidates(belief)) {
      const auto cost = cost_of(belief, age) + mails_to_come * cost_to_come(belief, age);
      if (cost >= least) continue;
      least = cost;
      best_age = age;
    }
    return best_age;
  }

  bool is_two_step(const Belief& belief) const {
    return two_step(belief.two_step).weight > plain(belief.plain).weight;
  }

 private:
  Mass plain(const Interval& in) const {
    return in.is_empty() ? Mass{} : prior_.plain(in.above, in.upto);
  }
  Mass two_step(const Interval& in) const {
    return in.is_empty() ? Mass{} : prior_.two_step(in.above, in.upto);
  }

  std::vector<double> candidates(const Belief& belief) const {
    std::vector<double> ages{belief.known_end};
    const auto collect = [&ages](const Interval& in, const std::vector<double>& lengths) {
      if (in.is_empty()) return;
      for (const auto length : lengths) {
        if (length <= in.upto && (length > in.above || in.above <= 0)) ages.push_back(length);
      }
      for (int i = 1; i <= even_parts; ++i)
        ages.push_back(in.above + (in.upto - in.above) * i / even_parts);
    };
    collect(belief.plain, prior_.plain_lengths());
    collect(belief.two_step, prior_.two_step_lengths());
    return ages;
  }

  // Of one mail that knocks at `age` first: seconds beyond the window, and knocks. Not divided by
  // the weight of the belief.
  double cost_of(const Belief& belief, double age) const {
    const auto second = std::max(belief.known_end, first_of_series_);
    const auto passed = plain(below(belief.plain, age));
    const auto refused = plain(beyond(belief.plain, age));
    double cost = age * passed.weight - passed.moment;
    cost += refused.weight * (price_of_knock + second) - refused.moment;
    const auto opened = two_step(below(belief.two_step, age));
    const auto closed = two_step(beyond(belief.two_step, age));
    const auto through = is_two_step(belief) ? age : second - third_contact;
    cost += opened.weight * (price_of_knock + through) - opened.moment;
    cost += closed.weight * (2 * price_of_knock + second) - closed.moment;
    return cost;
  }

  double least_cost(const Belief& belief) const {
    double least = std::numeric_limits<double>::infinity();
    for (const auto age : candidates(belief))
      least = std::min(least, cost_of(belief, age));
    return least;
  }

  // Of each mail after that, which knows what became of this knock.
  double cost_to_come(const Belief& belief, double age) const {
    const auto least_of = [this](const Belief& learned) {
      const auto weight = plain(learned.plain).weight + two_step(learned.two_step).weight;
      return weight > 0 ? least_cost(learned) : 0;
    };
    const auto passed = std::min(belief.known_end, age);
    double cost = least_of({below(belief.plain, age), {}, passed});
    cost += least_of({beyond(belief.plain, age), {}, belief.known_end});
    cost += least_of({{}, below(belief.two_step, age), belief.known_end});
    cost += least_of({{}, beyond(belief.two_step, age), belief.known_end});
    return cost;
  }

  const WindowPrior& prior_;
  double first_of_series_;  // no second knock before this age
};

double seconds(Duration duration) {
  return std::chrono::duration<double>(duration).count();
}

Duration from_seconds(double value) {
  return std::chrono::duration_cast<Duration>(std::chrono::duration<double>(value));
}

}  // namespace

std::optional<KnockPlan> plan_knock(const WindowPrior& prior,
                                    const queue::SiteFacts& site,
                                    Duration first_of_series) {
  if (!site.earliest_pass || site.passes == 0) return std::nullopt;

  const auto known_end = seconds(*site.earliest_pass);
  auto above = seconds(site.latest_refusal.value_or(Duration::zero()));
  if (site.passes_since_refusal >= passes_to_doubt) above /= 2;
  Belief belief{.plain = {above, known_end}, .two_step = {}, .known_end = known_end};
  if (site.two_step) {
    belief.two_step = {seconds(site.two_step->above), seconds(site.two_step->upto)};
  }
  const Planner planner(prior, seconds(first_of_series));
  return KnockPlan{.first = from_seconds(planner.best_knock(belief)),
                   .known_end = *site.earliest_pass,
                   .is_two_step = planner.is_two_step(belief)};
}

bool give_same_plan(const queue::SiteFacts& one, const queue::SiteFacts& other) {
  const auto basis = [](const queue::SiteFacts& site) {
    return std::tuple(site.passes > 0,
                      site.passes_since_refusal >= passes_to_doubt,
                      site.earliest_pass,
                      site.latest_refusal);
  };
  return basis(one) == basis(other) && one.two_step == other.two_step;
}

}  // namespace greyhound::scheduler
