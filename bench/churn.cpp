#include "bench/churn.hpp"

#include <algorithm>

#include <fmt/format.h>

#include "bench/callers.hpp"
#include "bench/progress.hpp"
#include "bench/settling.hpp"
#include "bench/virtual_clock.hpp"

namespace greyhound::bench {
namespace {

using namespace std::chrono_literals;

constexpr std::size_t page_size = 1000;  // what is timed
constexpr std::size_t step_page = 5000;  // what many callers settle together
constexpr std::size_t settled_between_samples = 200;
constexpr double delivered_share = 0.05;
constexpr Duration day = 24h;

class Churn {
 public:
  Churn(const FilledQueue& filled, const ChurnPlan& plan, std::uint64_t seed)
      : plan_(plan),
        clock_(filled.filled_at() + FilledQueue::first_due),
        store_(open_store(filled.settings(), clock_)),
        mail_(seed, filled.mail_shape()) {}

  // Attempts made in a day.
  void pass_a_day(const std::string& scale) {
    const auto end = clock_.wall() + day;
    Progress progress("steps of a day, " + scale, day / plan_.step);
    for (; clock_.wall() < end; clock_.set(clock_.wall() + plan_.step)) {
      pass_step();
      progress.add(1);
    }
  }

  NextDue sample() {
    std::vector<double> from_start;
    std::vector<double> resumed;
    Progress progress("samples of the next 1000 due", plan_.samples);
    for (std::size_t i = 0; i < plan_.samples; ++i) {
      auto page = timed_page(std::nullopt, from_start);
      if (page.size() < page_size) give_up("fewer than 1000 deliveries are left");
      page.erase(page.begin() + settled_between_samples, page.end());
      const auto last = page.back().position;
      clock_.set(std::max(clock_.wall(), last.due));
      settle(page);
      timed_page(last, resumed);
      progress.add(1);
    }
    return {.p50_ms = quantile(from_start, 0.50),
            .p99_ms = quantile(from_start, 0.99),
            .resumed_p99_ms = quantile(resumed, 0.99)};
  }

 private:
  void pass_step() {
    for (;;) {
      const auto page = caller_.call(store_->due(cursor_, clock_.wall(), step_page));
      if (page.empty()) return;
      cursor_ = page.back().position;
      settle(page);
    }
  }

  void settle(const std::vector<queue::DueEntry>& page) {
    const SettlingRule rule{
        clock_.wall(), plan_.shortest_wait, plan_.longest_wait, delivered_share, true};
    settle_all(*store_, mail_, page, rule);
  }

  std::vector<queue::DueEntry> timed_page(std::optional<queue::DuePosition> after,
                                          std::vector<double>& times_ms) {
    const auto start = steady_now();
    auto page = caller_.call(store_->due(after, Instant::max(), page_size));
    times_ms.push_back(seconds_since(start) * 1000);
    return page;
  }

  static double quantile(std::vector<double> values, double part) {
    std::sort(values.begin(), values.end());
    const auto place = static_cast<std::size_t>(part * static_cast<double>(values.size()));
    return values[std::min(place, values.size() - 1)];
  }

  ChurnPlan plan_;
  VirtualClock clock_;
  std::unique_ptr<queue::Store> store_;
  SampleMail mail_;
  OneCaller caller_;
  std::optional<queue::DuePosition> cursor_;
};

}  // namespace

NextDue measure_next_due(const FilledQueue& filled, const ChurnPlan& plan, std::uint64_t seed) {
  Churn churn(filled, plan, seed);
  churn.pass_a_day(filled.shape().to_string());
  return churn.sample();
}

}  // namespace greyhound::bench
