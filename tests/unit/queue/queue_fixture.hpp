// What the tests of the queue share: a store in a folder of its own, builders, and a loop to await
// on.
#pragma once

#include <filesystem>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <vector>

#include <boost/asio/io_context.hpp>
#include <gtest/gtest.h>
#include <rocksdb/env.h>
#include <stdlib.h>

#include "queue/log_files.hpp"
#include "queue/rocks_database.hpp"
#include "queue/rocks_store.hpp"
#include "runtime/task_group.hpp"
#include "world/fake_clock.hpp"
#include "world/temp_folder.hpp"

namespace greyhound::queue {

using namespace std::chrono_literals;

inline constexpr Instant noon = world::FakeClock::noon;

template <class T>
Awaitable<> keep_in(Awaitable<T> work, std::optional<T>* into) {
  into->emplace(co_await std::move(work));
}

// The result of one call, awaited on a loop of its own.
template <class T>
T run(Awaitable<T> work) {
  boost::asio::io_context loop;
  TaskGroup tasks(loop.get_executor());
  std::optional<T> result;
  tasks.spawn("test", keep_in(std::move(work), &result));
  loop.run();
  return std::move(*result);
}

// The results of calls that wait for the store at the same time, in the order of the calls.
template <class T>
std::vector<T> run_all(std::vector<Awaitable<T>> works) {
  boost::asio::io_context loop;
  TaskGroup tasks(loop.get_executor());
  std::vector<std::optional<T>> results(works.size());
  for (std::size_t i = 0; i < works.size(); ++i) {
    tasks.spawn("test", keep_in(std::move(works[i]), &results[i]));
  }
  loop.run();
  std::vector<T> values;
  values.reserve(results.size());
  for (auto& result : results)
    values.push_back(std::move(*result));
  return values;
}

class RecordingLog final : public EventLog {
 public:
  void write(Level, std::string line) override {
    const std::lock_guard lock(mutex_);
    lines_.push_back(std::move(line));
  }
  bool has(std::string_view text) const {
    const std::lock_guard lock(mutex_);
    for (const auto& line : lines_) {
      if (line.find(text) != std::string::npos) return true;
    }
    return false;
  }

 private:
  mutable std::mutex mutex_;
  std::vector<std::string> lines_;
};

inline mail::Recipient a_recipient(const std::string& address) {
  return mail::Recipient{*mail::Address::parse(address)};
}

inline Delivery a_delivery(MessageId message,
                           std::uint16_t number,
                           const std::string& domain,
                           Instant due) {
  Delivery delivery{.id = {message, number}, .domain = domain};
  delivery.recipients.push_back(DeliveryRecipient{a_recipient("user@" + domain)});
  delivery.due = due;
  delivery.expires = due + 120h;
  delivery.rule = "default";
  return delivery;
}

// A message with one delivery to each domain, all due at `due`.
inline NewMessage a_message(MessageId id, const std::vector<std::string>& domains, Instant due) {
  NewMessage message{Message{.id = id, .arrived = due}, {}, {"Subject: test\r\n\r\n", "Hello\r\n"}};
  message.message.reverse_path = mail::Address::parse("sender@origin.example");
  std::uint16_t number = 0;
  for (const auto& domain : domains) {
    message.deliveries.push_back(a_delivery(id, ++number, domain, due));
  }
  return message;
}

inline Delivery closed(Delivery delivery) {
  for (auto& one : delivery.recipients)
    one.disposition = Disposition::delivered;
  return delivery;
}

class QueueTest : public testing::Test {
 protected:
  QueueTest() {
    settings_.folder = folder_.path() / "queue";
    settings_.memory_bytes = 32 << 20;
    settings_.reserve_disk_bytes = 0;
    open();
  }

  void open() {
    auto opened = open_rocks_store(settings_, OpenMode::read_write, clock_, log_);
    ASSERT_TRUE(opened) << opened.error().what;
    store_ = std::move(*opened);
  }
  void reopen() {
    store_.reset();
    open();
  }

  MessageId accept(const std::vector<std::string>& domains, Instant due = noon) {
    const auto id = store_->new_id();
    const auto accepted = run(store_->accept(a_message(id, domains, due)));
    EXPECT_TRUE(accepted) << accepted.error().what;
    return id;
  }

  std::vector<DueEntry> due(Instant until = noon + 8760h) {
    auto entries = run(store_->due(std::nullopt, until, 1000));
    EXPECT_TRUE(entries);
    return entries ? std::move(*entries) : std::vector<DueEntry>();
  }

  Delivery loaded(DeliveryId id) {
    auto found = run(store_->load(id));
    EXPECT_TRUE(found) << found.error().what;
    return std::move(found->delivery);
  }

  // Number of entries in every family of the closed store, the meta entries left out.
  std::size_t count_entries() {
    store_.reset();
    std::size_t entries = 0;
    {
      auto database = RocksDatabase::open(settings_, OpenMode::read_write);
      EXPECT_TRUE(database);
      for (const auto family : all_families) {
        if (family == Family::meta) continue;
        const auto count = [&entries](std::string_view, std::string_view) {
          ++entries;
          return true;
        };
        EXPECT_TRUE((*database)->scan(family, all_keys(), count));
      }
    }
    open();
    return entries;
  }

  // Writes straight into the closed store, as a bad sector or a later version would.
  void overwrite(Family family, const std::string& key, const std::string& value) {
    store_.reset();
    {
      auto database = RocksDatabase::open(settings_, OpenMode::read_write);
      ASSERT_TRUE(database);
      RocksBatch batch(**database);
      batch.put(family, key, value);
      ASSERT_TRUE((*database)->write(batch, Durability::synced));
    }
  }

  // For RocksDB on the closed store's files, past all that is ours but the logs.
  std::unique_ptr<rocksdb::Env> env() const {
    const LogFiles::Parts parts{.folder = settings_.folder, .step_bytes = 64UL * 1024};
    return rocksdb::NewCompositeEnv(
        std::make_shared<LogFiles>(rocksdb::FileSystem::Default(), parts));
  }

  world::TempFolder folder_;
  QueueSettings settings_;
  world::FakeClock clock_;
  RecordingLog log_;
  std::unique_ptr<Store> store_;
};

}  // namespace greyhound::queue
