// What a greylister's reply tells about the next contact: the wait that it states, and whose reply
// it looks like. Pure.
#pragma once

#include <optional>
#include <vector>

#include "mail/outcome.hpp"
#include "mail/reply_words.hpp"
#include "scheduler/greylist/catalogue.hpp"

namespace greyhound::scheduler {

struct GreylistReply {
  std::optional<Duration> stated = {};            // the wait that it states
  std::vector<const Greylister*> signature = {};  // whose it may be; empty: not recognised
  bool is_shared = false;  // its words are those of many servers that are no greylisters, too
};

// `words` of its reply. `heard`: when, for waits that are stated as an instant. The catalogue
// outlives the result.
GreylistReply read_greylist_reply(const mail::Outcome& outcome,
                                  const mail::ReplyWords& words,
                                  const Catalogue& catalogue,
                                  Instant heard);

}  // namespace greyhound::scheduler
