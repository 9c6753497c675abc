#include "cli/simulation.hpp"

#include <algorithm>
#include <cmath>
#include <map>

#include <fmt/format.h>

namespace greyhound::cli {
namespace {

std::size_t busiest_minute(const std::vector<Bout>& bouts) {
  std::map<std::int64_t, std::size_t> minutes;
  std::size_t most = 0;
  for (const auto& bout : bouts) {
    for (const auto age : bout.mails.back().contacts) {
      if (age == Duration::zero()) continue;
      const auto minute = std::chrono::floor<std::chrono::minutes>(age).count();
      most = std::max(most, ++minutes[minute]);
    }
  }
  return most;
}

Score score_of(const std::vector<Bout>& bouts) {
  Score score{.receivers = bouts.size()};
  std::vector<Duration> excess;
  std::vector<Duration> accepted;
  std::size_t attempts = 0;
  for (const auto& bout : bouts) {
    const auto& last = bout.mails.back();
    attempts += last.attempts;
    if (last.had_delay_notice) ++score.delay_notices;
    if (!last.has_passed) {
      ++score.never_passed;
      continue;
    }
    excess.push_back(last.excess);
    accepted.push_back(last.accepted_after);
    score.excess_mean += last.excess;
  }
  if (!excess.empty()) score.excess_mean /= static_cast<std::int64_t>(excess.size());
  if (!bouts.empty()) {
    score.attempts_mean = static_cast<double>(attempts) / static_cast<double>(bouts.size());
  }
  std::sort(excess.begin(), excess.end());
  std::sort(accepted.begin(), accepted.end());
  score.excess_median = quantile(excess, 0.5);
  score.accepted_median = quantile(accepted, 0.5);
  score.accepted_90 = quantile(accepted, 0.9);
  score.accepted_last = accepted.empty() ? Duration{} : accepted.back();
  score.busiest_minute = busiest_minute(bouts);
  return score;
}

}  // namespace

Duration quantile(const std::vector<Duration>& sorted, double share) {
  if (sorted.empty()) return {};
  const auto rank = std::lround(share * static_cast<double>(sorted.size() - 1));
  return sorted[static_cast<std::size_t>(rank)];
}

Result compete(const Contender& contender,
               const notify::NotificationSettings& notification,
               const std::vector<const scheduler::Greylister*>& receivers,
               scheduler::RehearsalTerms terms) {
  Result result{.name = contender.name, .bouts = {}, .score = {}};
  const auto* own = std::get_if<scheduler::RetrySettings>(&contender.schedule);
  const auto* fixed = std::get_if<scheduler::FixedSchedule>(&contender.schedule);
  for (const auto* receiver : receivers) {
    result.bouts.push_back({.receiver = receiver,
                            .mails = own != nullptr ? rehearse(*own, notification, *receiver, terms)
                                                    : rehearse(*fixed, *receiver, terms)});
    ++terms.seed;  // each receiver meets jitter of its own
  }
  result.score = score_of(result.bouts);
  return result;
}

double seconds(Duration duration) {
  return std::chrono::duration<double>(duration).count();
}

std::string minutes(Duration duration) {
  return fmt::format("{:.1f}", seconds(duration) / 60);
}

}  // namespace greyhound::cli
