// ReceiverJournal: everything a receiver saw and said, for tests to ask and, as JSON lines, for
// people and programs to read.
// Owner:  GreylistingReceiver. Runs on: any thread.
// Limits: most_records of each kind and most_stored_bytes of messages in memory; older ones go.
#pragma once

#include <condition_variable>
#include <cstdint>
#include <deque>
#include <filesystem>
#include <fstream>
#include <functional>
#include <mutex>
#include <string>
#include <vector>

#include "runtime/clock.hpp"
#include "runtime/ip.hpp"

namespace greyhound::peers {

struct SessionInfo {
  std::uint64_t number;  // from 1
  Endpoint client;
  Endpoint listener;
};

// One decision about one recipient.
struct ContactRecord {
  Instant at;
  SessionInfo session;
  std::string helo = {};
  std::string sender = {};  // "" is the null sender
  std::string recipient = {};
  std::string stage = {};    // rcpt, data, eom
  std::string verdict = {};  // a Judgement, or accept, defer, refuse by rule
  std::string reply = {};  // as sent, without the last CR LF; empty where one reply serves several
  bool is_accepted = false;
};

// One message whose final dot came; `is_accepted` is false where the reply to it was not 2yz.
struct MessageRecord {
  Instant at;
  SessionInfo session;
  std::string sender = {};
  std::vector<std::string> recipients = {};
  std::string bytes = {};  // dot stuffing undone
  std::string sha256 = {};
  std::size_t bare_line_feeds = 0;
  bool is_accepted = false;
  std::string reply = {};
};

struct JournalOptions {
  std::filesystem::path log_file = {};  // JSON lines; "-": standard output; empty: none
  std::filesystem::path store_folder =
      {};                           // accepted messages as .eml, bytes as they came; empty: none
  bool logs_message_bytes = false;  // in "bytes", each byte as the character of that number
};

class ReceiverJournal {
 public:
  static constexpr std::size_t most_records = 100'000;
  static constexpr std::size_t most_stored_bytes = std::size_t{512} << 20;

  explicit ReceiverJournal(JournalOptions options);
  ReceiverJournal(const ReceiverJournal&) = delete;
  ReceiverJournal& operator=(const ReceiverJournal&) = delete;

  void opened(const SessionInfo& session, Instant at);
  void closed(const SessionInfo& session, Instant at, std::string_view how);
  // What a client said and was answered, where no record of its own tells it.
  void said(const SessionInfo& session, Instant at, std::string_view line, std::string_view reply);
  void decided(ContactRecord record);
  void received(MessageRecord record);  // works out its sha256

  std::vector<ContactRecord> contacts() const;
  std::vector<ContactRecord> contacts_of(std::string_view recipient) const;
  std::vector<MessageRecord> messages() const;  // accepted or not, in order
  std::vector<MessageRecord> accepted_for(std::string_view recipient) const;

  // False if `condition` does not hold within the limit; asked after each record.
  bool wait(Duration limit, const std::function<bool()>& condition) const;

 private:
  void write_line(const std::string& line);
  std::string store(const MessageRecord& record);

  JournalOptions options_;
  mutable std::mutex mutex_;
  mutable std::condition_variable changed_;
  std::uint64_t changes_ = 0;
  std::ofstream file_;
  std::deque<ContactRecord> contacts_;
  std::deque<MessageRecord> messages_;
  std::size_t stored_bytes_ = 0;
  std::uint64_t stored_files_ = 0;
};

}  // namespace greyhound::peers
