// Settling: what is due is loaded and its attempt settled, by many callers, as the scheduler does
// it, without the attempts.
#pragma once

#include <cstdint>
#include <vector>

#include "bench/sample_mail.hpp"
#include "queue/store.hpp"

namespace greyhound::bench {

struct SettlingRule {
  Instant now;
  Duration shortest_wait;
  Duration longest_wait;
  double delivered_share;  // of the attempts; the rest are deferrals
  bool refills = false;    // a new message comes in for each that leaves
};

// Messages that are due at once.
void accept_fresh(queue::Store& store, SampleMail& mail, Instant now, std::uint64_t count);

// An entry whose delivery has left the queue is passed over.
void settle_all(queue::Store& store,
                SampleMail& mail,
                const std::vector<queue::DueEntry>& entries,
                const SettlingRule& rule);

}  // namespace greyhound::bench
