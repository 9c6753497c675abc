#include "scheduler/rehearsal/receiver_model.hpp"

#include <algorithm>

#include "scheduler/rehearsal/reply_text.hpp"

namespace greyhound::scheduler {
namespace {

// Its /24, or its /64.
std::string network_of(const IpAddress& address) {
  const auto* const first = reinterpret_cast<const char*>(address.bytes().data());
  return std::string(first, address.is_v4() ? 3 : 8);
}

}  // namespace

Duration ReceiverModel::earliest_pass(const Greylister& greylister) {
  return greylister.window.value_or(Duration::zero()) +
         greylister.third_contact.value_or(Duration::zero());
}

// Hosts that do not share what they know are strangers to each other.
std::string ReceiverModel::key_of(const Caller& caller, const KeyParts& parts) const {
  auto key = greylister_.is_shared_across_mx ? std::string() : caller.host;
  for (const auto part : parts) {
    key += '\n';
    switch (part) {
      case KeyPart::address:
        key += caller.source.to_string();
        break;
      case KeyPart::network:
        key += network_of(caller.source);
        break;
      case KeyPart::sender:
        key += caller.sender.text();
        break;
      case KeyPart::sender_domain:
        key += caller.sender.domain();
        break;
      case KeyPart::recipient:
        key += caller.recipient.text();
        break;
    }
  }
  return key;
}

bool ReceiverModel::is_stranger(const Triplet& triplet, Instant at) const {
  if (!triplet.first) return true;
  if (triplet.is_verified) {
    return greylister_.verified && at - triplet.latest > *greylister_.verified;
  }
  const auto since = greylister_.is_pending_renewed ? triplet.latest : *triplet.first;
  return !triplet.door_opened && greylister_.pending && at - since > *greylister_.pending;
}

Duration ReceiverModel::window(const Triplet& triplet) const {
  const auto longer = greylister_.window.value_or(Duration::zero()) + triplet.penalty;
  const auto& penalty = greylister_.penalty;
  return penalty && penalty->most ? std::min(longer, *penalty->most) : longer;
}

bool ReceiverModel::lets_through(Triplet& triplet, Instant at) const {
  if (is_stranger(triplet, at)) {
    triplet = {.first = at};
    return false;
  }
  if (triplet.is_verified) return true;
  if (at - triplet.first.value_or(at) < window(triplet)) {
    if (greylister_.penalty) triplet.penalty += greylister_.penalty->each;
    return false;
  }
  if (!greylister_.third_contact) return true;
  if (triplet.door_opened) return at - *triplet.door_opened >= *greylister_.third_contact;
  triplet.door_opened = at;
  return false;
}

mail::Outcome ReceiverModel::refusal(const Triplet& triplet, Instant at) const {
  const bool has_own_text = texts_ == Texts::as_catalogued && !greylister_.texts.empty();
  auto stage = mail::Stage::rcpt;
  std::string text = "4.7.1 Try again later";
  int code = 451;
  if (has_own_text) {
    stage = greylister_.stage.value_or(stage);
    text = greylister_.texts.front();
    const auto own_code = cut_code(text);
    code = own_code != 0 ? own_code : greylister_.code != 0 ? greylister_.code : code;
    text = with_time_left(std::move(text), triplet.first.value_or(at) + window(triplet) - at);
  }
  return replied_with(stage, mail::Verdict::deferred, code, std::move(text));
}

mail::Outcome ReceiverModel::contact(Instant at, const Caller& caller) {
  const auto accepted = [] {
    return replied_with(mail::Stage::eom, mail::Verdict::delivered, 250, "2.0.0 accepted");
  };
  const auto& trust = greylister_.trust;
  const auto earns_trust = trust ? key_of(caller, trust->parts) : std::string();
  if (trust && passes_[earns_trust] >= trust->passes) return accepted();

  auto& triplet = triplets_[key_of(caller, greylister_.key)];
  const bool passes = lets_through(triplet, at);
  triplet.latest = at;
  if (!passes) return refusal(triplet, at);
  if (!triplet.is_verified) ++passes_[earns_trust];
  triplet.is_verified = true;
  return accepted();
}

}  // namespace greyhound::scheduler
