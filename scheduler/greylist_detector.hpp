// Reads what a deferral was about: the class of a reply, and whether it may be greylisting.
// Source: RFC 6647 section 2 (greylisting), RFC 3463 (enhanced codes). Text beats the code: 452 and
//         421 can be greylisting; a 5yz never is.
// Runs on: any. Pure.
#pragma once

#include "mail/outcome.hpp"
#include "mail/reply_class.hpp"

namespace greyhound::scheduler {

struct Classification {
  mail::ReplyClass reply_class = mail::ReplyClass::unknown;
  bool may_be_greylisting = false;  // said so, or a 4yz that gives no better reason

  friend bool operator==(const Classification&, const Classification&) = default;
};

// `outcome` is a deferral or in doubt.
Classification classify(const mail::Outcome& outcome);

}  // namespace greyhound::scheduler
