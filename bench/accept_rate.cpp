#include "bench/accept_rate.hpp"

#include <algorithm>
#include <atomic>
#include <cmath>
#include <memory>

#include <fmt/format.h>

#include "bench/callers.hpp"
#include "bench/progress.hpp"
#include "bench/raw_database.hpp"

namespace greyhound::bench {
namespace {

// One round's messages on their way through the store.
struct Accepting {
  queue::Store& store;
  std::vector<queue::NewMessage> messages;
  std::size_t next = 0;
};

Awaitable<> accept_some(Accepting* accepting) {
  while (accepting->next < accepting->messages.size()) {
    auto message = std::move(accepting->messages[accepting->next++]);
    need(co_await accepting->store.accept(std::move(message)));
  }
}

// Counted on the storage lane while the callers wait, read when none does.
struct Folds {
  std::atomic<std::size_t> batches = 0;
  std::atomic<std::size_t> messages = 0;
};

// Two databases that grow in step, both open all the time: one written by the store, one by the
// bare loop.
class Comparison {
 public:
  Comparison(const AcceptPlan& plan, const std::filesystem::path& scratch, std::uint64_t seed)
      : plan_(plan),
        store_settings_{.folder = scratch / "accept-store"},
        bare_settings_{.folder = scratch / "accept-bare"},
        mail_(seed, {.size_bytes = plan.round.size_bytes, .domains = 1000}) {
    open_store(bare_settings_, clock_);  // makes the families
    bare_ = std::make_unique<RawDatabase>(bare_settings_, queue::OpenMode::read_write);
    store_ = open_store(store_settings_, clock_);
    store_->on_due_entries([this](const std::vector<queue::DueEntry>& entries) {
      ++folds_.batches;
      folds_.messages += entries.size();
    });
  }

  void run_round() {
    accept_through_store();
    write_bare();
  }

  std::vector<double> store_rates;
  std::vector<double> bare_rates;
  std::vector<double> folded;  // messages a batch

 private:
  double rate(SteadyInstant start) const {
    return static_cast<double>(plan_.round.messages) / seconds_since(start);
  }

  // The messages are made beforehand, in memory: making them is not what is measured.
  void accept_through_store() {
    Accepting accepting{*store_, {}};
    ids_.clear();
    for (std::uint64_t i = 0; i < plan_.round.messages; ++i) {
      ids_.push_back(store_->new_id());
      accepting.messages.push_back(mail_.fresh(ids_.back(), clock_.wall()));
    }
    folds_.batches = 0;
    folds_.messages = 0;
    const auto start = steady_now();
    run_callers(many_callers, [&accepting](std::size_t) { return accept_some(&accepting); });
    store_rates.push_back(rate(start));
    folded.push_back(static_cast<double>(folds_.messages) / static_cast<double>(folds_.batches));
  }

  // What the store has just written is read back from its files, so that it is the same to the
  // byte.
  void write_bare() {
    const auto messages = RawDatabase(store_settings_, queue::OpenMode::read_only).entries_of(ids_);
    const auto last_id = std::to_string(ids_.back().value());
    const auto in_a_batch = static_cast<std::size_t>(std::lround(folded.back()));
    std::vector<const RawEntry*> entries;
    const auto start = steady_now();
    for (std::size_t first = 0; first < messages.size(); first += in_a_batch) {
      const auto end = std::min(first + in_a_batch, messages.size());
      entries.clear();
      for (auto i = first; i < end; ++i) {
        for (const auto& entry : messages[i])
          entries.push_back(&entry);
      }
      bare_->write(entries, last_id);
    }
    bare_rates.push_back(rate(start));
  }

  AcceptPlan plan_;
  queue::QueueSettings store_settings_;
  queue::QueueSettings bare_settings_;
  SystemClock clock_;
  SampleMail mail_;
  Folds folds_;  // outlives the store, which counts them
  std::unique_ptr<queue::Store> store_;
  std::unique_ptr<RawDatabase> bare_;
  std::vector<queue::MessageId> ids_;
};

}  // namespace

void measure_accept(const AcceptPlan& plan,
                    const std::filesystem::path& scratch,
                    std::uint64_t seed,
                    FigureSheet& sheet) {
  const ScratchFolder folder(scratch / "accept", false);
  Comparison comparison(plan, folder.path(), seed);
  std::vector<double> shares;
  {
    Progress progress("accept rounds of " + plan.round.to_string(), plan.rounds);
    for (std::size_t i = 0; i < plan.rounds; ++i) {
      comparison.run_round();
      shares.push_back(comparison.store_rates.back() / comparison.bare_rates.back());
      progress.add(1);
    }
  }
  const auto store = median(comparison.store_rates);
  const auto bare = median(comparison.bare_rates);
  const auto [least, most] = std::minmax_element(shares.begin(), shares.end());
  const auto scale = fmt::format("{} rounds of {}", plan.rounds, plan.round.to_string());
  sheet.add({"accept_rate", store, "1/s", fmt::format("{}, {} callers", scale, many_callers)});
  sheet.add({"bare_batch_rate",
             bare,
             "1/s",
             fmt::format("{}, {:.0f} a batch", scale, median(comparison.folded))});
  sheet.add({"accept_share",
             store / bare,
             "ratio",
             fmt::format("medians; single rounds {:.2f} to {:.2f}", *least, *most),
             at_least(0.6)});
}

}  // namespace greyhound::bench
