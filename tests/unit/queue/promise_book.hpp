// PromiseBook: every record that a store was asked to write, and which of that it has promised.
// After any failure a record may be as it was promised last or as anything since then was to make
// it, and nothing else.
// Runs on: one thread writes into it; size() from any.
#pragma once

#include <atomic>
#include <functional>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "queue/rocks_database.hpp"

namespace greyhound::queue {

struct RecordChange {
  Family family;
  std::string key;
  std::optional<std::string> value;  // none: the record goes
};

// What a promise, or a queue, has outlived.
enum class Outlived : std::uint8_t { process, power };

class PromiseBook {
 public:
  using Operation = std::size_t;

  // A call is about to be made; these records will change.
  Operation begin(std::vector<RecordChange> changes);
  // It returned without an error.
  void promise(Operation operation, Outlived outlives);

  // Grows with both.
  std::size_t size() const { return size_; }

  // Which part of the book counts: promises up to `promises`, attempts up to `attempts`.
  struct Reach {
    std::size_t promises;
    std::size_t attempts;
  };
  Reach whole() const { return {size_, size_}; }

  // In words, what the database has that it must not have, or lacks.
  std::vector<std::string> broken(const RocksDatabase& database,
                                  Reach reach,
                                  Outlived outlived) const;
  MessageId highest_promised(Reach reach) const;

  // Another process reads the lines that this one wrote.
  void on_line(std::function<void(const std::string& line)> listener);
  bool read_line(const std::string& line);  // false: it is not one of ours

 private:
  struct Event {
    Operation operation;
    std::optional<Outlived> promise;    // none: the attempt, with ...
    std::vector<RecordChange> changes;  // ... these
  };
  void add(Event event);

  std::vector<Event> events_;
  std::map<Operation, std::size_t> attempts_;  // where in events_
  Operation next_ = 0;
  std::atomic<std::size_t> size_ = 0;
  std::function<void(const std::string&)> on_line_;
};

}  // namespace greyhound::queue
