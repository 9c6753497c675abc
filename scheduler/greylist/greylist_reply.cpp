#include "scheduler/greylist/greylist_reply.hpp"

#include "mail/reply_words.hpp"
#include "scheduler/greylist/stated_wait.hpp"
#include "scheduler/greylist/time_words.hpp"

namespace greyhound::scheduler {

GreylistReply read_greylist_reply(const mail::Outcome& outcome,
                                  const Catalogue& catalogue,
                                  Instant heard) {
  GreylistReply read;
  if (!outcome.reply) return read;
  const auto& reply = *outcome.reply;
  const auto words = lower_text(mail::ReplyWords(reply.lines).words());
  if (const auto stated = stated_wait_in(words, heard)) read.stated = stated->wait;
  const mail::ReplyFacts facts{
      .code = reply.code, .status = reply.status, .stage = outcome.stage, .lines = reply.lines};
  for (const auto position : catalogue.signatures().find(facts, words))
    read.signature.push_back(&catalogue.greylisters()[position]);
  return read;
}

}  // namespace greyhound::scheduler
