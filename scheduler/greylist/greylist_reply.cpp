#include "scheduler/greylist/greylist_reply.hpp"

namespace greyhound::scheduler {

GreylistReply read_greylist_reply(const mail::Outcome&, const Catalogue&, Instant) {
  return {};
}

}  // namespace greyhound::scheduler
