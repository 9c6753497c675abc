#include "bench/settling.hpp"

#include <algorithm>

#include "bench/callers.hpp"

namespace greyhound::bench {
namespace {

constexpr std::uint64_t most_callers = 2000;

struct Settling {
  queue::Store& store;
  SampleMail& mail;
  const std::vector<queue::DueEntry>& entries;
  const SettlingRule& rule;
  std::size_t next = 0;
};

struct Incoming {
  queue::Store& store;
  SampleMail& mail;
  Instant now;
  std::uint64_t left;
};

Awaitable<> accept_some(Incoming* incoming) {
  while (incoming->left > 0) {
    --incoming->left;
    auto message = incoming->mail.fresh(incoming->store.new_id(), incoming->now);
    need(co_await incoming->store.accept(std::move(message)));
  }
}

queue::Settlement settlement_of(Settling& settling, queue::LoadedDelivery loaded) {
  const auto& rule = settling.rule;
  auto& random = settling.mail.random();
  constexpr std::uint64_t dice_sides = 1'000'000;
  if (static_cast<double>(random.below(dice_sides)) < rule.delivered_share * dice_sides) {
    return settling.mail.success(std::move(loaded), rule.now);
  }
  const auto spread = static_cast<std::uint64_t>((rule.longest_wait - rule.shortest_wait).count());
  const Duration more(static_cast<Duration::rep>(random.below(spread + 1)));
  return settling.mail.deferral(std::move(loaded), rule.now, rule.now + rule.shortest_wait + more);
}

Awaitable<> settle_some(Settling* settling) {
  while (settling->next < settling->entries.size()) {
    const auto id = settling->entries[settling->next++].position.id;
    auto loaded = co_await settling->store.load(id);
    if (!loaded && loaded.error().fault == Fault::not_found) continue;
    auto settlement = settlement_of(*settling, need(std::move(loaded)));
    const bool is_delivered = !settlement.after.has_open_recipients();
    const auto settled = co_await settling->store.settle(std::move(settlement));
    if (!settled) give_up(settled.error().what);
    if (!is_delivered || !settling->rule.refills) continue;
    auto message = settling->mail.fresh(settling->store.new_id(), settling->rule.now);
    need(co_await settling->store.accept(std::move(message)));
  }
}

}  // namespace

void accept_fresh(queue::Store& store, SampleMail& mail, Instant now, std::uint64_t count) {
  Incoming incoming{store, mail, now, count};
  run_callers(std::min(most_callers, count),
              [&incoming](std::size_t) { return accept_some(&incoming); });
}

void settle_all(queue::Store& store,
                SampleMail& mail,
                const std::vector<queue::DueEntry>& entries,
                const SettlingRule& rule) {
  Settling settling{store, mail, entries, rule};
  run_callers(std::min<std::uint64_t>(most_callers, entries.size()),
              [&settling](std::size_t) { return settle_some(&settling); });
}

}  // namespace greyhound::bench
