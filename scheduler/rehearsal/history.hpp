// History: what the attempts on record say of each delivery that met a greylister: what it was
// answered when, and how long the greylister of its site seems to refuse.
// Source: lines of the ledger, in any order, each once or more often: the result is the same.
// Limits: `max_attempts`, of mail that was tried again; of other mail nothing is kept.
// Units: ages run from the end of the first contact with the greylister. Pure.
#pragma once

#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "mail/reply_rules.hpp"
#include "queue/ledger.hpp"
#include "scheduler/greylist/greylister.hpp"

namespace greyhound::scheduler {

enum class Answer : std::uint8_t {
  passed,
  greylisted,
  put_off,  // for another reason, or nobody answered
  failed,   // for good
};

// Who was spoken to.
struct Contacted {
  std::string site;
  std::string host;
  std::optional<IpAddress> source;
};

struct RecordedAttempt {
  std::uint32_t number = 0;  // from 1
  Instant started = {};
  Instant ended = {};
  std::optional<Instant> due = {};  // of the next
  Answer answer = Answer::put_off;
  std::shared_ptr<const mail::Outcome> outcome = {};
  std::shared_ptr<const Contacted> contacted = {};
};

// One delivery that was greylisted, from its first attempt on.
struct RecordedDelivery {
  queue::DeliveryId id;
  std::string domain;
  std::vector<RecordedAttempt> attempts;  // that count, in their order
  std::size_t first_contact;              // which of them the greylister refused first

  const RecordedAttempt& first() const { return attempts[first_contact]; }
  // The attempt that ended it; null: it still waits.
  const RecordedAttempt* end() const;
  Instant latest_refusal() const;  // the start of that attempt; of the first contact, if no other
};

// How long the greylister of a site refuses: longer than `above`, not longer than `upto`.
struct FittedWindow {
  Duration above = {};
  std::optional<Duration> upto = {};  // none: nothing has passed, so it refuses for ever
  Duration fitted = {};               // the known window between them, else `upto`
  std::size_t contradictions = 0;     // of what each mail met
};

struct RecordedSite {
  std::string name;
  std::vector<RecordedDelivery> deliveries;  // by id
  FittedWindow window;
  Instant until = {};  // the end of the record, at all sites
};

// What a delivery hears at an instant at or after its first contact.
struct AnswerAt {
  Answer answer;
  const RecordedAttempt* words;  // in which this is said; null: nothing on record says it
  bool is_recorded;              // false: the window of the site says so
};
AnswerAt answer_at(const RecordedDelivery& delivery, const FittedWindow& window, Instant at);

class History {
 public:
  static constexpr std::size_t max_attempts = 1'000'000;

  // `rules` tell what a reply means.
  explicit History(mail::ReplyRulesPtr rules, std::size_t limit = max_attempts)
      : rules_(std::move(rules)), limit_(limit) {}

  // False: it would be more than the limit; the line was not taken.
  bool add(const queue::LedgerLine& line);

  // Every site at which mail was greylisted, by name. `known`: windows that are met elsewhere.
  std::vector<RecordedSite> sites(const Greylisters& known) const;

  // Deliveries that the record knows from their second attempt or a later one only: left out.
  std::size_t headless() const;

 private:
  struct Kept {
    std::string domain;
    std::vector<RecordedAttempt> attempts;
    bool has_beginning = false;
  };
  RecordedAttempt attempt_of(const queue::LedgerLine& line);

  mail::ReplyRulesPtr rules_;
  std::size_t limit_;
  std::size_t size_ = 0;
  std::map<queue::DeliveryId, Kept> deliveries_;
  // What many attempts have in common is kept once.
  std::map<std::string, std::shared_ptr<const mail::Outcome>> outcomes_;
  std::map<std::string, std::shared_ptr<const Contacted>> contacted_;
};

}  // namespace greyhound::scheduler
