#include "peers/greylist_database.hpp"

#include <algorithm>
#include <fstream>
#include <iterator>
#include <system_error>
#include <utility>

#include <fcntl.h>
#include <nlohmann/json.hpp>
#include <sys/file.h>
#include <unistd.h>

#include "runtime/duration_text.hpp"

namespace greyhound::peers {
namespace {

using nlohmann::json;

constexpr int file_version = 1;

// Held over reading, judging and replacing the file, so that two processes take turns.
class FileLock {
 public:
  explicit FileLock(const std::filesystem::path& file)
      : descriptor_(::open(file.c_str(), O_RDWR | O_CREAT | O_CLOEXEC, 0600)) {
    if (descriptor_ >= 0) is_held_ = ::flock(descriptor_, LOCK_EX) == 0;
  }
  FileLock(const FileLock&) = delete;
  FileLock& operator=(const FileLock&) = delete;
  ~FileLock() {
    if (descriptor_ >= 0) ::close(descriptor_);
  }
  bool is_held() const { return is_held_; }

 private:
  int descriptor_;
  bool is_held_ = false;
};

Instant to_instant(std::int64_t microseconds) {
  return Instant(Duration(microseconds));
}

}  // namespace

std::vector<std::string> problems_of(const GreylistTimers& timers) {
  std::vector<std::string> problems;
  if (timers.initial_denial < Duration::zero()) {
    problems.emplace_back("initial denial must not be negative");
  }
  if (timers.unverified_expiry <= timers.initial_denial) {
    problems.push_back("unverified expiry is " + to_text(timers.unverified_expiry) +
                       ", must be longer than the initial denial (" +
                       to_text(timers.initial_denial) + ")");
  }
  if (timers.verified_expiry <= timers.unverified_expiry) {
    problems.push_back("verified expiry is " + to_text(timers.verified_expiry) +
                       ", must be longer than the unverified expiry (" +
                       to_text(timers.unverified_expiry) + ")");
  }
  return problems;
}

Result<Meeting> GreylistDatabase::meet(std::string key, GreylistTimers timers, Instant now) {
  const std::lock_guard guard(mutex_);
  if (!file_.empty()) return meet_in_file(std::move(key), timers, now);
  return meet_in(records_, std::move(key), timers, now);
}

std::size_t GreylistDatabase::size() const {
  const std::lock_guard guard(mutex_);
  if (file_.empty()) return records_.size();
  const auto records = read_file();
  return records ? records->size() : 0;
}

Result<Meeting> GreylistDatabase::meet_in_file(std::string key,
                                               GreylistTimers timers,
                                               Instant now) {
  const FileLock lock(file_.string() + ".lock");
  if (!lock.is_held()) return Error{Fault::disk, file_.string() + ".lock: cannot be locked"};
  auto records = read_file();
  if (!records) return records.error();
  const auto meeting = meet_in(*records, std::move(key), timers, now);
  if (auto written = write_file(*records); !written) return written.error();
  return meeting;
}

Meeting GreylistDatabase::meet_in(Records& records,
                                  std::string key,
                                  GreylistTimers timers,
                                  Instant now) {
  auto found = records.find(key);
  if (found != records.end() && now >= found->second.forgotten_at) {
    records.erase(found);
    found = records.end();
  }
  if (found == records.end()) {
    make_room(records, now);
    const Record record{
        .first_seen = now, .is_verified = false, .forgotten_at = now + timers.unverified_expiry};
    found = records.emplace(std::move(key), record).first;
    if (timers.initial_denial > Duration::zero()) {
      return {Standing::first_contact, timers.initial_denial};
    }
  }
  auto& record = found->second;
  const auto elapsed = now - record.first_seen;
  if (!record.is_verified && elapsed < timers.initial_denial) {
    return {Standing::too_early, timers.initial_denial - elapsed};
  }
  const auto standing = record.is_verified ? Standing::verified : Standing::passed;
  record.is_verified = true;
  record.forgotten_at = now + timers.verified_expiry;
  return {standing, Duration::zero()};
}

void GreylistDatabase::make_room(Records& records, Instant now) {
  if (records.size() < most_triplets) return;
  std::erase_if(records, [now](const auto& entry) { return now >= entry.second.forgotten_at; });
  if (records.size() < most_triplets) return;
  const auto sooner = [](const auto& a, const auto& b) {
    return a.second.forgotten_at < b.second.forgotten_at;
  };
  records.erase(std::min_element(records.begin(), records.end(), sooner));
}

Result<GreylistDatabase::Records> GreylistDatabase::read_file() const {
  std::ifstream in(file_, std::ios::binary);
  if (!in) {
    std::error_code failed;
    if (!std::filesystem::exists(file_, failed) && !failed) return Records{};
    return Error{Fault::disk, file_.string() + ": cannot be read"};
  }
  const std::string text(std::istreambuf_iterator<char>(in), {});
  try {
    const auto root = json::parse(text);
    if (root.at("version").get<int>() != file_version) {
      return Error{Fault::corrupt, file_.string() + ": not of version 1"};
    }
    Records records;
    for (const auto& entry : root.at("triplets")) {
      const Record record{.first_seen = to_instant(entry.at("first_seen_us").get<std::int64_t>()),
                          .is_verified = entry.at("verified").get<bool>(),
                          .forgotten_at = to_instant(entry.at("forget_us").get<std::int64_t>())};
      records.emplace(entry.at("key").get<std::string>(), record);
    }
    return records;
  } catch (const json::exception& error) {
    return Error{Fault::corrupt, file_.string() + ": " + error.what()};
  }
}

Result<> GreylistDatabase::write_file(const Records& records) const {
  auto triplets = json::array();
  for (const auto& [key, record] : records) {
    triplets.push_back({{"key", key},
                        {"first_seen_us", record.first_seen.time_since_epoch().count()},
                        {"verified", record.is_verified},
                        {"forget_us", record.forgotten_at.time_since_epoch().count()}});
  }
  const json root{{"version", file_version}, {"triplets", std::move(triplets)}};
  const std::filesystem::path fresh = file_.string() + ".new";
  std::ofstream out(fresh, std::ios::binary | std::ios::trunc);
  out << root.dump(1, ' ', false, json::error_handler_t::replace) << '\n';
  out.close();
  if (!out) return Error{Fault::disk, fresh.string() + ": cannot be written"};
  std::error_code failed;
  std::filesystem::rename(fresh, file_, failed);
  if (failed) return Error{Fault::disk, file_.string() + ": " + failed.message()};
  return {};
}

}  // namespace greyhound::peers
