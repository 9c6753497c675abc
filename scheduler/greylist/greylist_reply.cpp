#include "scheduler/greylist/greylist_reply.hpp"

#include "scheduler/greylist/stated_wait.hpp"

namespace greyhound::scheduler {

GreylistReply read_greylist_reply(const mail::Outcome& outcome,
                                  const mail::ReplyWords& words,
                                  const Catalogue& catalogue,
                                  Instant heard) {
  GreylistReply read;
  if (!outcome.reply) return read;
  if (const auto stated = stated_wait(words, heard)) read.stated = stated->wait;
  const mail::ReplyFacts facts{.code = outcome.reply->code,
                               .status = outcome.reply->status,
                               .stage = outcome.stage,
                               .words = words};
  const auto match = catalogue.signatures().find(facts);
  read.is_shared = match.is_shared;
  for (const auto position : match.greylisters)
    read.signature.push_back(&catalogue.greylisters()[position]);
  return read;
}

}  // namespace greyhound::scheduler
