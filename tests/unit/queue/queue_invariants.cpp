#include <algorithm>
#include <map>
#include <set>

#include "queue/integrity.hpp"
#include "queue/record_codec.hpp"
#include "unit/queue/fault_scenario.hpp"

namespace greyhound::queue {
namespace {

constexpr std::size_t no_limit = 1'000'000;

using Entries = std::set<std::tuple<Instant, DeliveryId, std::string>>;

template <class Page>
void note_failure(const Result<Page>& page, std::vector<std::string>& problems) {
  if (!page) problems.push_back("reading: " + page.error().what);
}

Entries entries_of(const Result<std::vector<DueEntry>>& found) {
  Entries entries;
  if (!found) return entries;
  for (const auto& entry : *found)
    entries.emplace(entry.position.due, entry.position.id, entry.domain);
  return entries;
}

// What a dispatcher would see: every delivery in each index once, and nothing else.
void check_indexes(Store& store, std::vector<std::string>& problems) {
  const auto listed = run(store.list(std::nullopt, no_limit));
  const auto due = run(store.due(std::nullopt, Instant::max(), no_limit));
  const auto expired = run(store.expired(std::nullopt, Instant::max(), no_limit));
  note_failure(listed, problems);
  note_failure(due, problems);
  note_failure(expired, problems);
  if (!problems.empty()) return;
  Entries by_due;
  Entries by_expiry;
  Entries by_domain;
  std::set<std::string> domains;
  for (const auto& [message, delivery] : listed->deliveries) {
    by_due.emplace(delivery.due, delivery.id, delivery.domain);
    by_expiry.emplace(delivery.expires, delivery.id, delivery.domain);
    domains.insert(delivery.domain);
    for (std::uint32_t chunk = 0; chunk < message.chunks; ++chunk) {
      if (run(store.chunk(message.id, chunk))) continue;
      problems.push_back(message.id.to_string() + " has lost content");
    }
  }
  for (const auto& domain : domains) {
    const auto found = run(store.due_in_domain(domain, std::nullopt, Instant::max(), no_limit));
    note_failure(found, problems);
    by_domain.merge(entries_of(found));
  }
  if (entries_of(due) != by_due) problems.push_back("due index and deliveries differ");
  if (entries_of(expired) != by_expiry) problems.push_back("expiry index and deliveries differ");
  if (by_domain != by_due) problems.push_back("domain index and deliveries differ");
}

// Its id lets there be but one; the mark must be that of the one that is there.
void check_delay_notices(const RocksDatabase& database, std::vector<std::string>& problems) {
  std::map<MessageId, Message> messages;
  const auto visit = [&](std::string_view key, std::string_view value) {
    const auto id = parse_message_key(key);
    auto message = id ? decode_message(*id, value) : Result<Message>(Error{Fault::corrupt, "key"});
    if (message) messages.emplace(*id, std::move(*message));
    return true;
  };
  const auto scanned = database.scan(Family::messages, all_keys(), visit);
  if (!scanned) problems.push_back(scanned.error().what);
  for (const auto& [id, notice] : messages) {
    if (notice.kind != MessageKind::delay_notice) continue;
    const auto about = notice.about ? messages.find(*notice.about) : messages.end();
    if (about == messages.end()) continue;  // it may outlive what it is about
    if (about->second.delay_notice_at != notice.arrived || about->first.delay_notice() != id) {
      problems.push_back(id.to_string() + " is not the delay notice that its message knows of");
    }
  }
}

void check_whole(const QueueSettings& settings, std::vector<std::string>& problems) {
  SilentLog log;
  const auto report = check_integrity(settings, log, {});
  if (!report) {
    problems.push_back("integrity: " + report.error().what);
    return;
  }
  for (const auto& problem : report->examples) {
    problems.push_back("integrity: " + std::string(to_string(problem.finding)) + " " +
                       problem.subject + ": " + problem.what);
  }
}

}  // namespace

std::vector<std::string> problems_of(const QueueSettings& settings,
                                     const PromiseBook& book,
                                     PromiseBook::Reach reach,
                                     Outlived outlived) {
  std::vector<std::string> problems;
  world::FakeClock clock(noon - 1h);  // set back over the restart
  SilentLog log;
  const auto disk = std::make_shared<world::FaultyDisk>();  // syncs nothing, so it is fast
  {
    const auto store = open_rocks_store(settings, OpenMode::read_write, clock, log, disk);
    if (!store) return {"it does not open: " + store.error().what};
    if ((*store)->new_id() <= book.highest_promised(reach)) {
      problems.push_back("an id comes a second time");
    }
    check_indexes(**store, problems);
  }
  {
    const auto database = RocksDatabase::open(settings, OpenMode::read_only, nullptr, disk);
    if (!database) return {"it does not open for reading: " + database.error().what};
    for (auto& one : book.broken(**database, reach, outlived))
      problems.push_back(std::move(one));
    check_delay_notices(**database, problems);
  }
  check_whole(settings, problems);
  return problems;
}

}  // namespace greyhound::queue
