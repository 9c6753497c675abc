#include "scheduler/greylist/greylist_reply.hpp"

#include "scheduler/greylist/stated_wait.hpp"

namespace greyhound::scheduler {

GreylistReply read_greylist_reply(const mail::Outcome& outcome,
                                  const Catalogue& catalogue,
                                  Instant heard) {
  GreylistReply read;
  if (!outcome.reply) return read;
  const auto& reply = *outcome.reply;
  if (const auto stated = stated_wait(reply.lines, heard)) read.stated = stated->wait;
  const mail::ReplyFacts facts{
      .code = reply.code, .status = reply.status, .stage = outcome.stage, .lines = reply.lines};
  for (const auto position : catalogue.signatures().find(facts))
    read.signature.push_back(&catalogue.greylisters()[position]);
  return read;
}

}  // namespace greyhound::scheduler
