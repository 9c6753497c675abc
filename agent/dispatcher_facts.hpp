// What only the dispatcher knows, for the control API. Asked on the home loop.
#pragma once

#include <functional>

#include "agent/queue_view.hpp"
#include "scheduler/in_doubt_count.hpp"

namespace greyhound::agent {

struct DispatcherFacts {
  ActiveCheck is_active = [](queue::DeliveryId) { return false; };
  mail::ReplyRulesPtr reply_rules = mail::ReplyRules::none();  // by which it reads replies
  std::function<scheduler::InDoubtCount()> in_doubt = [] { return scheduler::InDoubtCount{}; };
};

}  // namespace greyhound::agent
