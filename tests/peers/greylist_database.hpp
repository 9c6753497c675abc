// GreylistDatabase: which triplets a greylister has met and which have passed. One may serve
// several receivers of this process and, through a file, those of several processes.
// Source:   the option page of ESET Mail Security: initial connection denial, unverified and
//           verified connections expiration; the denial runs from the first refusal.
// Owner:    shared by its receivers. Runs on: any thread; a call with a file blocks on the disk.
// Limits:   most_triplets; beyond it the one that would be forgotten first goes.
#pragma once

#include <cstdint>
#include <filesystem>
#include <map>
#include <mutex>
#include <string>
#include <vector>

#include "runtime/clock.hpp"
#include "runtime/result.hpp"

namespace greyhound::peers {

struct GreylistTimers {
  Duration initial_denial = std::chrono::minutes(5);
  Duration unverified_expiry = std::chrono::hours(4);  // a triplet that never came back in time
  Duration verified_expiry = std::chrono::days(36);    // one that passed; each use starts it anew
};
// Each timer must be positive and longer than the one before; one sentence for each that is not.
std::vector<std::string> problems_of(const GreylistTimers& timers);

enum class Standing : std::uint8_t {
  first_contact,  // not known, or forgotten
  too_early,      // known, but the denial still runs
  passed,         // came back after the denial: verified from now on
  verified,       // passed before
};

struct Meeting {
  Standing standing;
  Duration remaining;  // of the denial; zero once it is over
};

class GreylistDatabase {
 public:
  static constexpr std::size_t most_triplets = 100'000;

  GreylistDatabase() = default;
  // Kept in `file` (JSON, replaced as a whole under a lock), which other processes may share.
  explicit GreylistDatabase(std::filesystem::path file) : file_(std::move(file)) {}
  GreylistDatabase(const GreylistDatabase&) = delete;
  GreylistDatabase& operator=(const GreylistDatabase&) = delete;

  // One contact of the triplet with this key. Fault::disk or corrupt: the file is not usable.
  Result<Meeting> meet(std::string key, GreylistTimers timers, Instant now);

  std::size_t size() const;

 private:
  struct Record {
    Instant first_seen;
    bool is_verified = false;
    Instant forgotten_at;
  };
  using Records = std::map<std::string, Record>;

  Result<Meeting> meet_in_file(std::string key, GreylistTimers timers, Instant now);
  static Meeting meet_in(Records& records, std::string key, GreylistTimers timers, Instant now);
  static void make_room(Records& records, Instant now);
  Result<Records> read_file() const;
  Result<> write_file(const Records& records) const;

  mutable std::mutex mutex_;
  Records records_;
  std::filesystem::path file_;
};

}  // namespace greyhound::peers
