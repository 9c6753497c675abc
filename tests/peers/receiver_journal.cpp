#include "peers/receiver_journal.hpp"

#include <algorithm>
#include <array>
#include <iostream>
#include <utility>

#include <fmt/format.h>
#include <nlohmann/json.hpp>
#include <openssl/evp.h>

#include "runtime/duration_text.hpp"
#include "runtime/must.hpp"

namespace greyhound::peers {
namespace {

using nlohmann::ordered_json;

std::string sha256_of(std::string_view bytes) {
  std::array<unsigned char, EVP_MAX_MD_SIZE> digest{};
  unsigned size = 0;
  const int done =
      EVP_Digest(bytes.data(), bytes.size(), digest.data(), &size, EVP_sha256(), nullptr);
  MUST(done == 1);
  std::string text;
  for (unsigned i = 0; i < size; ++i)
    text += fmt::format("{:02x}", digest[i]);
  return text;
}

// JSON has characters, not bytes: each byte becomes the character of its number, so none is lost.
std::string bytes_as_characters(std::string_view bytes) {
  std::string out;
  out.reserve(bytes.size());
  for (const char c : bytes) {
    const auto byte = static_cast<unsigned char>(c);
    if (byte >= 0x80) out += static_cast<char>(0xc0 | (byte >> 6));
    out += byte < 0x80 ? c : static_cast<char>(0x80 | (byte & 0x3f));
  }
  return out;
}

ordered_json entry(std::string_view event, const SessionInfo& session, Instant at) {
  ordered_json line;
  line["at"] = to_text(at);
  line["at_us"] = at.time_since_epoch().count();
  line["event"] = event;
  line["session"] = session.number;
  line["client"] = session.client.to_string();
  line["listener"] = session.listener.to_string();
  return line;
}

std::string to_line(const ordered_json& line) {
  return line.dump(-1, ' ', false, ordered_json::error_handler_t::replace);
}

}  // namespace

ReceiverJournal::ReceiverJournal(JournalOptions options) : options_(std::move(options)) {
  if (!options_.log_file.empty() && options_.log_file != "-") {
    file_.open(options_.log_file, std::ios::app);
  }
}

void ReceiverJournal::opened(const SessionInfo& session, Instant at) {
  const std::lock_guard guard(mutex_);
  write_line(to_line(entry("connect", session, at)));
}

void ReceiverJournal::closed(const SessionInfo& session, Instant at, std::string_view how) {
  auto line = entry("close", session, at);
  line["how"] = how;
  const std::lock_guard guard(mutex_);
  write_line(to_line(line));
}

void ReceiverJournal::said(const SessionInfo& session,
                           Instant at,
                           std::string_view command,
                           std::string_view reply) {
  auto line = entry("command", session, at);
  line["line"] = command;
  line["reply"] = reply;
  const std::lock_guard guard(mutex_);
  write_line(to_line(line));
}

void ReceiverJournal::decided(ContactRecord record) {
  auto line = entry("recipient", record.session, record.at);
  line["helo"] = record.helo;
  line["sender"] = record.sender;
  line["recipient"] = record.recipient;
  line["stage"] = record.stage;
  line["verdict"] = record.verdict;
  line["accepted"] = record.is_accepted;
  line["reply"] = record.reply;
  const std::lock_guard guard(mutex_);
  contacts_.push_back(std::move(record));
  if (contacts_.size() > most_records) contacts_.pop_front();
  write_line(to_line(line));
}

void ReceiverJournal::received(MessageRecord record) {
  record.sha256 = sha256_of(record.bytes);
  auto line = entry("message", record.session, record.at);
  line["sender"] = record.sender;
  line["recipients"] = record.recipients;
  line["size_bytes"] = record.bytes.size();
  line["sha256"] = record.sha256;
  line["bare_line_feeds"] = record.bare_line_feeds;
  line["accepted"] = record.is_accepted;
  line["reply"] = record.reply;
  if (options_.logs_message_bytes) line["bytes"] = bytes_as_characters(record.bytes);
  const std::lock_guard guard(mutex_);
  if (record.is_accepted && !options_.store_folder.empty()) line["file"] = store(record);
  stored_bytes_ += record.bytes.size();
  messages_.push_back(std::move(record));
  while (messages_.size() > most_records || stored_bytes_ > most_stored_bytes) {
    stored_bytes_ -= messages_.front().bytes.size();
    messages_.pop_front();
  }
  write_line(to_line(line));
}

std::vector<ContactRecord> ReceiverJournal::contacts() const {
  const std::lock_guard guard(mutex_);
  return {contacts_.begin(), contacts_.end()};
}

std::vector<ContactRecord> ReceiverJournal::contacts_of(std::string_view recipient) const {
  auto records = contacts();
  std::erase_if(records, [&](const ContactRecord& r) { return r.recipient != recipient; });
  return records;
}

std::vector<MessageRecord> ReceiverJournal::messages() const {
  const std::lock_guard guard(mutex_);
  return {messages_.begin(), messages_.end()};
}

std::vector<MessageRecord> ReceiverJournal::accepted_for(std::string_view recipient) const {
  auto records = messages();
  std::erase_if(records, [&](const MessageRecord& record) {
    const auto& to = record.recipients;
    return !record.is_accepted || std::find(to.begin(), to.end(), recipient) == to.end();
  });
  return records;
}

bool ReceiverJournal::wait(Duration limit, const std::function<bool()>& condition) const {
  const SystemClock clock;
  const auto deadline = clock.steady() + limit;
  for (;;) {
    std::unique_lock lock(mutex_);
    const auto seen = changes_;
    lock.unlock();
    if (condition()) return true;
    lock.lock();
    const auto rest = deadline - clock.steady();
    if (rest <= Duration::zero()) return false;
    changed_.wait_for(lock, rest, [&] { return changes_ != seen; });
  }
}

// With the lock held.
void ReceiverJournal::write_line(const std::string& line) {
  if (options_.log_file == "-") {
    std::cout << line << '\n' << std::flush;
  } else if (file_.is_open()) {
    file_ << line << '\n' << std::flush;
  }
  ++changes_;
  changed_.notify_all();
}

// Under its final name only once it is whole, for those who watch the folder.
std::string ReceiverJournal::store(const MessageRecord& record) {
  const auto name = fmt::format("{}-{}.eml", record.at.time_since_epoch().count(), ++stored_files_);
  const auto final_path = options_.store_folder / name;
  const auto partial = options_.store_folder / ("." + name);
  std::ofstream out(partial, std::ios::binary);
  out << record.bytes;
  out.close();
  std::error_code failed;
  if (out) std::filesystem::rename(partial, final_path, failed);
  return out && !failed ? final_path.string() : std::string();
}

}  // namespace greyhound::peers
