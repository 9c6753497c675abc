#include "scheduler/undeliverable.hpp"

namespace greyhound::scheduler {
namespace {

void wait_for_operator(queue::Delivery& after, Instant now, Duration keep) {
  if (!after.undeliverable_since) after.undeliverable_since = now;
  after.expires = *after.undeliverable_since + keep;
  after.due = after.expires;
  after.is_held = false;
  after.is_in_doubt = false;
  after.greylist_anchor.reset();
  after.pending_until.reset();
  after.greylist = {};
  after.affinity = {};
}

}  // namespace

void keep_undeliverable(Decision& decision, const DecisionFacts& facts) {
  auto& after = decision.after;
  if (facts.message.reverse_path) return;
  decision.is_bounce = !decision.failed.empty() && !facts.delivery.undeliverable_since;
  const auto keep = facts.notification.keep_undeliverable;
  if (after.has_open_recipients() || keep == Duration::zero()) return;
  bool keeps_any = false;
  for (auto& recipient : after.recipients) {
    if (recipient.disposition != queue::Disposition::failed) continue;
    recipient.disposition = queue::Disposition::open;
    keeps_any = true;
  }
  if (keeps_any) wait_for_operator(after, facts.now, keep);
}

bool stays_undeliverable(Decision& decision, const DecisionFacts& facts) {
  auto& after = decision.after;
  if (!facts.delivery.undeliverable_since || !after.has_open_recipients()) return false;
  wait_for_operator(after, facts.now, facts.notification.keep_undeliverable);
  return true;
}

}  // namespace greyhound::scheduler
