#include "cli/history_simulation.hpp"

#include <algorithm>
#include <functional>
#include <ostream>

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include "agent/queue_view.hpp"
#include "cli/table.hpp"
#include "runtime/duration_text.hpp"

namespace greyhound::cli {
namespace {

using Json = nlohmann::ordered_json;
using scheduler::RecordedSite;
using scheduler::ReplayedDelivery;

constexpr std::size_t most_sites_shown = 40;
constexpr const char* as_it_was = "as recorded";

// What one schedule, or nobody, makes of a site.
struct Way {
  std::string name;
  std::function<std::vector<ReplayedDelivery>(const RecordedSite&)> replay;
  bool knows_notices = true;
};

std::vector<Way> ways_of(const std::vector<Contender>& contenders,
                         const notify::NotificationSettings& notification) {
  std::vector<Way> ways{
      {.name = as_it_was, .replay = scheduler::as_recorded, .knows_notices = false}};
  for (const auto& contender : contenders) {
    const auto replay = [&contender, &notification](const RecordedSite& site) {
      const auto* own = std::get_if<scheduler::RetrySettings>(&contender.schedule);
      return own != nullptr
                 ? scheduler::replay(*own, notification, site)
                 : scheduler::replay(std::get<scheduler::FixedSchedule>(contender.schedule), site);
    };
    ways.push_back({.name = contender.name, .replay = replay});
  }
  return ways;
}

using Show = std::function<void(const RecordedSite&, const ReplayedDelivery&)>;

// A site at a time, so that memory does not grow with the attempts of all.
ReplayScore run(const Way& way, const std::vector<RecordedSite>& sites, const Show& show) {
  ReplayTally tally;
  for (const auto& site : sites) {
    const auto deliveries = way.replay(site);
    tally.add(deliveries);
    for (const auto& delivery : deliveries)
      show(site, delivery);
  }
  auto score = tally.score();
  if (!way.knows_notices) score.delay_notices.reset();
  return score;
}

void print_sites(const std::vector<RecordedSite>& sites, Console& console) {
  std::vector<const RecordedSite*> shown;
  std::size_t deliveries = 0;
  for (const auto& site : sites) {
    shown.push_back(&site);
    deliveries += site.deliveries.size();
  }
  std::sort(shown.begin(), shown.end(), [](const auto* a, const auto* b) {
    const auto one = a->deliveries.size();
    const auto other = b->deliveries.size();
    return one != other ? one > other : a->name < b->name;
  });
  const auto more = shown.size() - std::min(shown.size(), most_sites_shown);
  shown.resize(shown.size() - more);
  console.out << counted(deliveries, "delivery", "deliveries") << " on record met a greylister, at "
              << counted(sites.size(), "site") << "; windows in minutes:\n\n";
  Table table({"SITE", "DELIVERIES", "REFUSED UNTIL", "PASSED FROM", "WINDOW", "AGAINST"},
              console.out,
              console.width);
  for (const auto* site : shown) {
    const auto& window = site->window;
    table.add({site->name,
               std::to_string(site->deliveries.size()),
               minutes(window.above),
               window.upto ? minutes(*window.upto) : "never",
               window.upto ? minutes(window.fitted) : "-",
               std::to_string(window.contradictions)});
  }
  table.finish();
  if (more > 0) console.out << "and " << more << " sites with fewer deliveries\n";
  console.out << '\n';
}

Json json_of(const ReplayScore& score) {
  Json line{{"deliveries", score.deliveries},
            {"never_passed", score.never_passed},
            {"accepted_mean_s", seconds(score.accepted_mean)},
            {"accepted_median_s", seconds(score.accepted_median)},
            {"accepted_95_s", seconds(score.accepted_95)},
            {"attempts_mean", score.attempts_mean},
            {"delay_notices", nullptr},
            {"busiest_minute", score.busiest_minute},
            {"recorded", score.recorded},
            {"modelled", score.modelled}};
  if (score.delay_notices) line["delay_notices"] = *score.delay_notices;
  return line;
}

Json json_of(const Way& way, const RecordedSite& site, const ReplayedDelivery& delivery) {
  Json line{{"schedule", way.name},
            {"delivery", delivery.id.to_string()},
            {"site", site.name},
            {"window_s", nullptr},
            {"passed", delivery.has_passed},
            {"accepted_after_s", nullptr},
            {"attempts", delivery.attempts()},
            {"delay_notice", nullptr},
            {"recorded", delivery.recorded},
            {"modelled", delivery.contacts.size() - delivery.recorded}};
  if (site.window.upto) line["window_s"] = seconds(site.window.fitted);
  if (delivery.has_passed) line["accepted_after_s"] = seconds(delivery.accepted_after);
  if (way.knows_notices) line["delay_notice"] = delivery.had_delay_notice;
  return line;
}

}  // namespace

void ReplayTally::add(const std::vector<ReplayedDelivery>& deliveries) {
  for (const auto& delivery : deliveries) {
    ++sums_.deliveries;
    attempts_ += delivery.attempts();
    sums_.recorded += delivery.recorded;
    sums_.modelled += delivery.contacts.size() - delivery.recorded;
    if (delivery.had_delay_notice) told_.insert(delivery.id.message);
    if (delivery.has_passed) {
      accepted_.push_back(delivery.accepted_after);
    } else {
      ++sums_.never_passed;
    }
    for (const auto at : delivery.contacts) {
      const auto minute = std::chrono::floor<std::chrono::minutes>(at.time_since_epoch());
      sums_.busiest_minute = std::max(sums_.busiest_minute, ++minutes_[minute.count()]);
    }
  }
}

ReplayScore ReplayTally::score() const {
  auto score = sums_;
  auto accepted = accepted_;
  std::sort(accepted.begin(), accepted.end());
  score.accepted_median = quantile(accepted, 0.5);
  score.accepted_95 = quantile(accepted, 0.95);
  double sum = 0;
  for (const auto& one : accepted)
    sum += seconds(one);
  if (!accepted.empty()) {
    const std::chrono::duration<double> mean(sum / static_cast<double>(accepted.size()));
    score.accepted_mean = std::chrono::duration_cast<Duration>(mean);
  }
  if (score.deliveries > 0) {
    score.attempts_mean = static_cast<double>(attempts_) / static_cast<double>(score.deliveries);
  }
  score.delay_notices = told_.size();
  return score;
}

void simulate_history(const std::vector<Contender>& contenders,
                      const notify::NotificationSettings& notification,
                      const std::vector<RecordedSite>& sites,
                      Console& console) {
  print_sites(sites, console);
  Table table({"SCHEDULE",
               "MEAN",
               "MEDIAN",
               "95%",
               "ATTEMPTS",
               "NOTICES",
               "NEVER",
               "PEAK/MIN",
               "RECORDED",
               "MODELLED"},
              console.out,
              console.width);
  for (const auto& way : ways_of(contenders, notification)) {
    const auto score = run(way, sites, [](const auto&, const auto&) {});
    table.add({way.name,
               minutes(score.accepted_mean),
               minutes(score.accepted_median),
               minutes(score.accepted_95),
               fmt::format("{:.2f}", score.attempts_mean),
               score.delay_notices ? std::to_string(*score.delay_notices) : "-",
               std::to_string(score.never_passed),
               std::to_string(score.busiest_minute),
               std::to_string(score.recorded),
               std::to_string(score.modelled)});
  }
  table.finish();
}

void simulate_history_json(const std::vector<Contender>& contenders,
                           const notify::NotificationSettings& notification,
                           const std::vector<RecordedSite>& sites,
                           Console& console) {
  std::vector<Json> scores;
  for (const auto& way : ways_of(contenders, notification)) {
    const auto score = run(way, sites, [&](const auto& site, const auto& delivery) {
      console.out << agent::to_line(json_of(way, site, delivery)) << '\n';
    });
    scores.push_back({{"schedule", way.name}, {"replay", json_of(score)}});
  }
  for (const auto& score : scores)
    console.out << agent::to_line(score) << '\n';
}

}  // namespace greyhound::cli
