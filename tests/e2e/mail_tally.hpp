// MailTally: what was handed in, held against what receivers saw; the agent is believed in one
// thing only, which deliveries it found in doubt.
// Owner:  one test.
#pragma once

#include <cstdint>
#include <map>
#include <set>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include <nlohmann/json_fwd.hpp>

#include "e2e/submitters.hpp"
#include "runtime/clock.hpp"

namespace greyhound::e2e {

class MailTally {
 public:
  // Tries of one delivery that fail until the sender is told of the delay.
  static constexpr std::size_t tries_before_notice = 3;

  explicit MailTally(std::uint64_t seed) : seed_(seed) {}

  void take_accepted(const AcceptedLetter& letter);
  void take_journal_line(const std::string& line);  // of a receiver
  void take_agent_line(const std::string& line);

  struct Totals {
    std::size_t accepted;  // letters
    std::size_t arrived;   // one for each recipient of each letter
    std::size_t in_doubt;  // deliveries that were found so, once or oftener
    std::size_t repeated;  // arrivals after the first one
    std::size_t notices;   // delay notices that differ
  };
  Totals totals() const;

  // Each names what went wrong, one line for each case.
  std::vector<std::string> lost() const;     // accepted, and a recipient's server never saw it
  std::vector<std::string> damaged() const;  // other bytes than were handed in, or a broken report
  std::vector<std::string> repeated_without_doubt() const;
  std::vector<std::string> queued_twice() const;     // one letter under several ids
  std::vector<std::string> notified_twice() const;   // more than one delay notice about a letter
  std::vector<std::string> never_notified() const;   // deferred often enough, and none
  std::vector<std::string> rarely_deferred() const;  // too rarely for a notice: not to be judged

 private:
  void take_message(const nlohmann::json& message);
  std::string take_letter(std::string_view bytes);  // its id in the queue
  std::string take_notice(std::string_view bytes);
  bool was_in_doubt(std::string_view queue_id,
                    std::string_view recipient,
                    Instant after,
                    Instant before) const;
  // The numbers of accepted letters with a recipient that is deferred for ever.
  std::set<std::uint64_t> deferred_letters() const;
  std::size_t fewest_refusals(std::uint64_t number) const;

  std::uint64_t seed_;
  std::map<std::uint64_t, std::vector<std::string>> accepted_;  // recipients
  // By id in the queue and recipient; that of a notice is the sender.
  std::map<std::pair<std::string, std::string>, std::vector<Instant>> arrivals_;
  std::set<std::string> reached_;  // recipients of letters: each belongs to one letter
  std::map<std::uint64_t, std::set<std::string>> queue_ids_;
  std::map<std::uint64_t, std::set<std::string>> notices_;  // their ids, by what they are about
  std::map<std::string, std::size_t> refusals_;             // by recipient
  std::map<std::string, std::vector<Instant>, std::less<>> doubts_;  // by delivery
  std::map<std::string, std::string, std::less<>> domains_;          // likewise
  std::vector<std::string> damaged_;
};

}  // namespace greyhound::e2e
