// FaultScenario: one run through everything that a store is asked to do, on a disk that may fail,
// and what must hold in the queue that it leaves.
// Owner:   one test. Runs on: one thread.
#pragma once

#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "unit/queue/promised_store.hpp"
#include "unit/queue/queue_fixture.hpp"
#include "world/faulty_disk.hpp"

namespace greyhound::queue {

QueueSettings fault_settings(const std::filesystem::path& folder);

// A new queue whose indexes begin late, as on a busy day: what is put below has to lower the floor.
Result<> make_busy_queue(const QueueSettings& settings);

// A call that did not do what it was asked, and what the store said of its room right then.
struct Trouble {
  std::string call;
  Error error;
  Room room;
};

class FaultScenario {
 public:
  FaultScenario(QueueSettings settings,
                std::shared_ptr<world::FaultyDisk> disk,
                PromiseBook& book,
                EventLog& log);

  // Called after each call that succeeded.
  void on_step(std::function<void()> listener) { on_step_ = std::move(listener); }

  // Each call is tried three times before it is given up, and what depends on it left out.
  void run();

  const std::vector<Trouble>& troubles() const { return troubles_; }
  // Whether the store took mail at the end, on a disk that had healed, without being opened again.
  bool works_at_end() const { return works_at_end_; }
  // What it said if it did not.
  const std::optional<Trouble>& last_trouble() const { return last_trouble_; }

 private:
  bool open();
  void first_part();
  void second_part();
  void accept_all();
  void defer(DeliveryId id, std::optional<NewMessage> delay_notice);
  void close(DeliveryId id, Disposition disposition, std::vector<NewMessage> notices);
  void settle(const std::string& name, const Settlement& settlement);
  NewMessage notice_of(MessageId about, MessageId id, MessageKind kind, Instant arrived) const;
  template <class Call>
  bool step(const std::string& name, Call call);

  const QueueSettings settings_;
  const std::shared_ptr<world::FaultyDisk> disk_;
  PromiseBook& book_;
  EventLog& log_;
  world::FakeClock clock_;
  std::unique_ptr<Store> store_;
  std::optional<PromisedStore> promised_;
  std::function<void()> on_step_;
  std::vector<MessageId> ids_;
  std::vector<Trouble> troubles_;
  bool works_at_end_ = false;
  std::optional<Trouble> last_trouble_;
};

// Opens the queue again and holds it against the book and against itself. In words, what is wrong.
std::vector<std::string> problems_of(const QueueSettings& settings,
                                     const PromiseBook& book,
                                     PromiseBook::Reach reach,
                                     Outlived outlived);

}  // namespace greyhound::queue
