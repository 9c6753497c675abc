// What only the dispatcher knows and does, for the control API. Asked on the home loop.
#pragma once

#include <functional>
#include <string>
#include <vector>

#include "agent/queue_view.hpp"
#include "runtime/awaitable.hpp"
#include "runtime/result.hpp"
#include "scheduler/in_doubt_count.hpp"
#include "scheduler/site_health.hpp"

namespace greyhound::agent {

struct DispatcherFacts {
  ActiveCheck is_active = [](queue::DeliveryId) { return false; };
  mail::ReplyRulesPtr reply_rules = mail::ReplyRules::none();  // by which it reads replies
  std::function<scheduler::InDoubtCount()> in_doubt = [] { return scheduler::InDoubtCount{}; };
  std::function<std::vector<scheduler::SiteStanding>()> standings = [] {
    return std::vector<scheduler::SiteStanding>();
  };

  using SiteOrder = std::function<Awaitable<Result<>>(std::string name)>;
  SiteOrder suspend = {};  // a site, or a domain; set all three or none
  SiteOrder resume = {};   // Fault::not_found: it is not suspended
  SiteOrder forget = {};
};

}  // namespace greyhound::agent
