#include "scheduler/rehearsal/receiver_model.hpp"

#include <algorithm>

#include "scheduler/rehearsal/reply_text.hpp"

namespace greyhound::scheduler {

Duration ReceiverModel::earliest_pass(const Greylister& greylister) {
  return greylister.window.value_or(Duration::zero()) +
         greylister.third_contact.value_or(Duration::zero());
}

bool ReceiverModel::is_stranger(Instant at) const {
  if (!first_) return true;
  const auto since = greylister_.is_pending_renewed ? latest_ : *first_;
  return !is_verified_ && !door_opened_ && greylister_.pending && at - since > *greylister_.pending;
}

Duration ReceiverModel::window() const {
  const auto longer = greylister_.window.value_or(Duration::zero()) + penalty_;
  const auto& penalty = greylister_.penalty;
  return penalty && penalty->most ? std::min(longer, *penalty->most) : longer;
}

bool ReceiverModel::lets_through(Instant at) {
  if (is_stranger(at)) {
    first_ = at;
    penalty_ = Duration::zero();
    return false;
  }
  if (is_verified_) return true;
  if (at - first_.value_or(at) < window()) {
    if (greylister_.penalty) penalty_ += greylister_.penalty->each;
    return false;
  }
  if (!greylister_.third_contact) return true;
  if (door_opened_) return at - *door_opened_ >= *greylister_.third_contact;
  door_opened_ = at;
  return false;
}

mail::Outcome ReceiverModel::refusal(Instant at) const {
  const bool has_own_text = texts_ == Texts::as_catalogued && !greylister_.texts.empty();
  auto stage = mail::Stage::rcpt;
  std::string text = "4.7.1 Try again later";
  int code = 451;
  if (has_own_text) {
    stage = greylister_.stage.value_or(stage);
    text = greylister_.texts.front();
    const auto own_code = cut_code(text);
    code = own_code != 0 ? own_code : greylister_.code != 0 ? greylister_.code : code;
    text = with_time_left(std::move(text), first_.value_or(at) + window() - at);
  }
  return replied_with(stage, mail::Verdict::deferred, code, std::move(text));
}

mail::Outcome ReceiverModel::contact(Instant at) {
  const bool passes = lets_through(at);
  latest_ = at;
  if (!passes) return refusal(at);
  is_verified_ = true;
  return replied_with(mail::Stage::eom, mail::Verdict::delivered, 250, "2.0.0 accepted");
}

}  // namespace greyhound::scheduler
