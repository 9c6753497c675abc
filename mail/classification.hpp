// What an outcome was about, read from step, code, enhanced status and text: its class, whether it
// may be greylisting, and who has to change for it to come out otherwise.
// Source: RFC 6647 section 2 (greylisting), RFC 3463 sections 3.2 to 3.8 and RFC 5248 (enhanced
// codes), RFC 5321 section 4.2. Text beats the code: 452 and 421 can be greylisting. A 5yz may say
// that it is, and is meant for good all the same.
// Runs on: any. Pure: the rules are data (mail/reply_rules.hpp).
#pragma once

#include <cstdint>
#include <string_view>

#include "mail/outcome.hpp"
#include "mail/reply_class.hpp"
#include "mail/reply_rules.hpp"

namespace greyhound::mail {

enum class Blame : std::uint8_t {
  nobody,     // it was delivered
  recipient,  // this address, for this sender: others may pass
  message,    // what is sent, or who it is from: every recipient meets the same
  session,    // this host at this moment
  site,       // the destination as a whole: its DNS
  ourselves,  // who we are: our address, name, credentials or store
};

std::string_view to_string(Blame blame);

struct Classification {
  ReplyClass reply_class = ReplyClass::unknown;
  bool may_be_greylisting = false;  // said so, or a 4yz that gives no better reason
  Blame blame = Blame::nobody;
  const ReplyRule* rule = nullptr;  // that decided, of the rules asked; nullptr: none fits

  friend bool operator==(const Classification&, const Classification&) = default;
};

// The class of a delivery that came through is `unknown`.
Classification classify(const Outcome& outcome, const ReplyRules& rules);
// The same where the words of its reply, if it has one, have been read.
Classification classify(const Outcome& outcome, const ReplyWords& words, const ReplyRules& rules);

// A deferral that may be greylisting.
bool may_be_greylisted(const Outcome& outcome, const ReplyRules& rules);

// Of a reply alone; it blames nobody.
Classification classify(const ReplyFacts& reply, const ReplyRules& rules);

}  // namespace greyhound::mail
