// What goes into the store and comes out of it (queue/store.hpp).
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "queue/delivery.hpp"
#include "queue/ledger.hpp"
#include "queue/site_facts.hpp"

namespace greyhound::queue {

// A message with its deliveries, ready to be made durable.
struct NewMessage {
  Message message;
  std::vector<Delivery> deliveries;
  std::vector<std::string> body = {};  // empty if the chunks went ahead through add_chunk
};

// An entry of the due index, in its order: by due, then by id.
struct DuePosition {
  Instant due;
  DeliveryId id;
  friend auto operator<=>(const DuePosition&, const DuePosition&) = default;
};
// What an index tells of a delivery without its record being read.
struct DueEntry {
  DuePosition position;
  std::string domain;
  bool is_retry = false;                      // it was tried before
  std::optional<Instant> pending_until = {};  // Delivery::pending_until
  std::optional<GreylistKeys> keys = {};      // of what a greylister has refused
};

DueEntry due_entry_of(const Delivery& delivery);
DueEntry expiry_entry_of(
    const Delivery& delivery);  // position.due is the expiry; no more than that

struct LoadedDelivery {
  Message message;
  Delivery delivery;
};
struct LoadedMessage {
  Message message;
  std::vector<Delivery> deliveries;  // the closed ones are gone
};

// Said before the final dot of an attempt leaves.
struct DotMark {
  DeliveryId id;
  // Of the delivery as it was loaded: what the mark is about is over once that has changed.
  std::optional<Instant> attempted = {};
  DotSent sent = {};
};

// The end of one attempt. The writer reads the stored state itself, so a due that an operator moved
// meanwhile does no harm.
struct Settlement {
  Delivery after;  // without open recipients: the delivery closes
  std::vector<NewMessage> notices = {};
  // Its id is message.delay_notice(); dropped by the writer if the message's mark is set already.
  std::optional<NewMessage> delay_notice = {};
  std::optional<LedgerLine> ledger = {};   // none: no attempt was made
  std::optional<SiteLesson> learned = {};  // goes into what is known of the site
  std::optional<KeyLesson> key_lesson = {};
};
struct Settled {
  bool closed_message = false;  // that was the last open delivery
  bool wrote_delay_notice = false;
};

struct ListPage {
  std::vector<LoadedDelivery> deliveries;  // in order of arrival
  std::optional<DeliveryId> next = {};     // pass as `after` for the next page; none: the end
};

// A delivery without its message, which only tells when that arrived, to the millisecond.
struct ListedDelivery {
  Instant arrived;
  Delivery delivery;
};
struct DeliveryPage {
  std::vector<ListedDelivery> deliveries;
  std::optional<DeliveryId> next = {};  // as in ListPage
};

// A record that could not be used, kept as it was found. Nothing is ever deleted for being damaged.
struct Quarantined {
  DeliveryId id;
  Instant at;
  std::string why;
};
struct QuarantinePage {
  std::vector<Quarantined> deliveries;
  std::optional<DeliveryId> next = {};  // as in ListPage
};

// What an operator wants no attempts at until further notice.
struct Suspension {
  std::string name;  // a site, or a domain of recipients
  Instant since;
};

// What the disk has room for.
enum class Room : std::uint8_t {
  ample,
  settlements,  // the reserve is in use: no new mail, what is in the queue goes on
  none,         // nothing can be recorded, so nothing may be sent
};

}  // namespace greyhound::queue
