#include "unit/queue/fault_scenario.hpp"

#include <algorithm>

namespace greyhound::queue {
namespace {

constexpr auto due_at_first = noon + 2h;
constexpr auto floor_at_first = noon + 1h;

LedgerLine line_for(const Delivery& after, Instant at) {
  return LedgerLine{.position = {at, after.id},
                    .started = at - 3s,
                    .domain = after.domain,
                    .site = "mx." + after.domain,
                    .host = "mx1." + after.domain,
                    .counts = {.deferred = 1},
                    .stage = mail::Stage::rcpt,
                    .reply = "451 4.7.1 Greylisted",
                    .attempts = after.attempts,
                    .rule = after.rule,
                    .due = after.due};
}

LastOutcome greylisted(Instant at) {
  auto reply = mail::make_reply(451, {"4.7.1 Greylisted"});
  const auto status = *reply.status;
  return LastOutcome{.outcome = {.verdict = mail::Verdict::deferred,
                                 .stage = mail::Stage::rcpt,
                                 .status = status,
                                 .reply = std::move(reply),
                                 .reason = {}},
                     .host = "mx1.a.example",
                     .at = at};
}

}  // namespace

QueueSettings fault_settings(const std::filesystem::path& folder) {
  QueueSettings settings;
  settings.folder = folder;
  settings.memory_bytes = 4 << 20;
  settings.reserve_disk_bytes = 0;
  return settings;
}

Result<> make_busy_queue(const QueueSettings& settings) {
  world::FakeClock clock;
  SilentLog log;
  auto disk = std::make_shared<world::FaultyDisk>();
  auto store = open_rocks_store(settings, OpenMode::read_write, clock, log, disk);
  if (!store) return store.error();
  store->reset();
  auto database = RocksDatabase::open(settings, OpenMode::read_write, nullptr, disk);
  if (!database) return database.error();
  RocksBatch batch(**database);
  const auto floor = due_key({floor_at_first, {MessageId(0), 0}});
  batch.put(Family::meta, "due_floor", floor);
  batch.put(Family::meta, "expiry_floor", floor);
  return (*database)->write(batch, Durability::synced);
}

FaultScenario::FaultScenario(QueueSettings settings,
                             std::shared_ptr<world::FaultyDisk> disk,
                             PromiseBook& book,
                             EventLog& log)
    : settings_(std::move(settings)), disk_(std::move(disk)), book_(book), log_(log) {}

template <class Call>
bool FaultScenario::step(const std::string& name, Call call) {
  constexpr int most_tries = 3;
  for (int i = 0; i < most_tries; ++i) {
    const auto result = call();
    if (result) {
      if (on_step_) on_step_();
      return true;
    }
    troubles_.push_back({name, result.error(), store_ ? store_->room() : Room::none});
    clock_.advance(2s);  // so that asking for room tries the disk again
    if (store_) (void)store_->room();
  }
  return false;
}

bool FaultScenario::open() {
  const auto opened = step("open", [this]() -> Result<> {
    auto store = open_rocks_store(settings_, OpenMode::read_write, clock_, log_, disk_);
    if (!store) return store.error();
    store_ = std::move(*store);
    return {};
  });
  if (!opened) return false;
  if (promised_) {
    promised_->use(*store_);
  } else {
    promised_.emplace(*store_, book_);
  }
  return true;
}

void FaultScenario::run() {
  if (open()) {
    accept_all();
    first_part();
    store_.reset();
    // What was refused may be there all the same, once the log is read again: then the rest would
    // be asked of a queue that nobody knows.
    const bool was_refused =
        std::any_of(troubles_.begin(), troubles_.end(), [](const Trouble& one) {
          return one.call != "open" && one.call != "back_up";
        });
    if (open() && !was_refused) second_part();
  }
  disk_->heal();
  if (!store_ && !open()) return;
  clock_.advance(2s);
  (void)store_->room();
  const auto accepted = greyhound::queue::run(
      promised_->accept(a_message(store_->new_id(), {"last.example"}, noon), {}));
  works_at_end_ = accepted.has_value();
  if (!accepted) last_trouble_ = Trouble{"the last accept", accepted.error(), store_->room()};
  store_.reset();
}

// None is settled yet: two deliveries and content in chunks; then content in one piece, to be
// expired, quarantined, rescheduled.
void FaultScenario::accept_all() {
  const std::vector<std::vector<std::string>> domains{
      {"a.example", "b.example"}, {"c.example"}, {"d.example"}, {"a.example"}};
  for (std::size_t i = 0; i < domains.size(); ++i) {
    ids_.push_back(store_->new_id());
    auto message = a_message(ids_[i], domains[i], due_at_first + i * 1us);
    std::vector<std::string> ahead;
    if (i == 0) {
      message.body.clear();
      ahead = {std::string(3000, 'x'), "end\r\n"};
    }
    step("accept", [&] { return greyhound::queue::run(promised_->accept(message, ahead)); });
  }
}

void FaultScenario::first_part() {
  const DeliveryId first{ids_[0], 1};
  defer(first, std::nullopt);
  if (promised_->delivery(first) != nullptr) {
    step("mark_dot_sent", [&] {
      return greyhound::queue::run(promised_->mark_dot_sent(first, DotSent{clock_.wall(), {0}}));
    });
  }
  // Moves all that is in memory to tables, too.
  step("back_up", [&] {
    std::filesystem::remove_all(settings_.folder.string() + ".backup");
    return greyhound::queue::run(store_->back_up(settings_.folder.string() + ".backup"));
  });
  defer({ids_[2], 1}, std::nullopt);
}

void FaultScenario::second_part() {
  const auto notice_at = [this](Instant arrived) {
    return notice_of(ids_[0], ids_[0].delay_notice(), MessageKind::delay_notice, arrived);
  };
  defer({ids_[0], 1}, notice_at(noon + 10min));
  defer({ids_[0], 2}, notice_at(noon + 11min));
  if (promised_->delivery({ids_[3], 1}) != nullptr) {
    step("reschedule", [&] {
      return greyhound::queue::run(
          promised_->reschedule({ids_[3], 1}, noon + 1min, Mover::an_operator));
    });
  }
  close({ids_[0], 1}, Disposition::delivered, {});
  close({ids_[1], 1},
        Disposition::failed,
        {notice_of(ids_[1], store_->new_id(), MessageKind::failure_notice, noon + 12min)});
  if (promised_->delivery({ids_[2], 1}) != nullptr) {
    step("quarantine", [&] {
      return greyhound::queue::run(
          promised_->quarantine({ids_[2], 1}, "does not decode", clock_.wall()));
    });
  }
  close({ids_[0], 2}, Disposition::delivered, {});
}

void FaultScenario::defer(DeliveryId id, std::optional<NewMessage> delay_notice) {
  if (promised_->delivery(id) == nullptr) return;
  auto after = *promised_->delivery(id);
  ++after.attempts;
  after.attempted = clock_.wall();
  after.due = due_at_first + after.attempts * 5min;
  after.dot_sent.reset();
  after.recipients[0].last = greylisted(clock_.wall());
  clock_.advance(1s);
  settle("defer",
         Settlement{
             .after = after,
             .delay_notice = std::move(delay_notice),
             .ledger = line_for(after, clock_.wall()),
             .learned = SiteLesson{
                 .site = "mx." + after.domain, .age = after.attempts * 5min, .at = clock_.wall()}});
}

void FaultScenario::close(DeliveryId id, Disposition disposition, std::vector<NewMessage> notices) {
  if (promised_->delivery(id) == nullptr) return;
  auto after = *promised_->delivery(id);
  for (auto& one : after.recipients)
    one.disposition = disposition;
  clock_.advance(1s);
  settle(
      "close",
      Settlement{
          .after = after, .notices = std::move(notices), .ledger = line_for(after, clock_.wall())});
}

void FaultScenario::settle(const std::string& name, const Settlement& settlement) {
  step(name, [&] { return greyhound::queue::run(promised_->settle(settlement)); });
}

NewMessage FaultScenario::notice_of(MessageId about,
                                    MessageId id,
                                    MessageKind kind,
                                    Instant arrived) const {
  auto notice = a_message(id, {"origin.example"}, arrived);
  notice.message.kind = kind;
  notice.message.about = about;
  notice.message.reverse_path.reset();
  return notice;
}

}  // namespace greyhound::queue
