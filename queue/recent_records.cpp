#include "queue/recent_records.hpp"

#include <utility>

namespace greyhound::queue {
namespace {

constexpr std::uint64_t place_bytes = 128;  // of one record: its node, two strings, its bucket

std::uint64_t bytes_of(const std::string& key, const std::optional<std::string>& record) {
  return place_bytes + key.size() + (record ? record->size() : 0);
}

}  // namespace

bool RecentRecords::holds(Family family) {
  return family == Family::messages || family == Family::bodies || family == Family::deliveries ||
         family == Family::incoming || family == Family::sites || family == Family::quarantine;
}

std::string RecentRecords::key(Family family, std::string_view key) {
  std::string made(1, static_cast<char>(family));
  made += key;
  return made;
}

RecentRecords::Look RecentRecords::look(const std::string& key) const {
  const std::lock_guard lock(mutex_);
  for (const auto* half : {&young_, &old_}) {
    const auto found = half->find(key);
    if (found != half->end()) return {true, found->second, turn_};
  }
  return {.turn = turn_};
}

void RecentRecords::take_over(WrittenRecords written) {
  const std::lock_guard lock(mutex_);
  while (!written.empty()) {
    auto record = written.extract(written.begin());
    forget(record.key());
    if (is_worth_its_place(record)) add(std::move(record));
  }
}

// Content is not read twice, as a rule, and a large piece would put everything else out.
bool RecentRecords::is_worth_its_place(const Record& record) const {
  if (record.key().front() != static_cast<char>(Family::bodies)) return true;
  const auto& content = record.mapped();
  return content && content->size() <= most_bytes_ / 128;
}

void RecentRecords::add_read(const std::string& key, std::string record, std::uint64_t turn) {
  WrittenRecords read;
  read.emplace(key, std::move(record));
  const std::lock_guard lock(mutex_);
  if (turn != turn_ || young_.contains(key) || old_.contains(key)) return;
  add(read.extract(read.begin()));
}

void RecentRecords::add(Record record) {
  const auto half = most_bytes_ / 2;
  young_bytes_ += bytes_of(record.key(), record.mapped());
  young_.insert(std::move(record));
  if (young_bytes_ <= half) return;
  old_ = std::exchange(young_, {});
  young_bytes_ = 0;
  ++turn_;
}

void RecentRecords::forget(const std::string& key) {
  if (const auto found = young_.find(key); found != young_.end()) {
    young_bytes_ -= bytes_of(found->first, found->second);
    young_.erase(found);
  }
  old_.erase(key);
}

}  // namespace greyhound::queue
