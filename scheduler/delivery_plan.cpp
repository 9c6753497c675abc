#include "scheduler/delivery_plan.hpp"

#include <unordered_map>

#include "scheduler/retry_policy.hpp"

namespace greyhound::scheduler {
namespace {

constexpr std::size_t max_recipients = 100;

queue::Delivery new_delivery(const RetrySettings& settings,
                             const queue::Message& message,
                             const std::string& domain,
                             std::uint16_t number) {
  const auto& sender = message.reverse_path;
  const RuleFacts facts{.domain = domain, .sender = sender ? std::string_view(sender->text()) : ""};
  const auto& rule = choose_rule(settings, facts);
  return {.id = {message.id, number},
          .domain = domain,
          .recipients = {},
          .due = message.arrived,
          .expires = message.arrived + lifetime_of(rule, message.reverse_path),
          .rule = rule.name};
}

}  // namespace

std::vector<queue::Delivery> plan_deliveries(const RetrySettings& settings,
                                             const queue::Message& message,
                                             const std::vector<mail::Recipient>& recipients) {
  std::vector<queue::Delivery> deliveries;
  std::unordered_map<std::string, std::size_t> last_of_domain;
  for (const auto& recipient : recipients) {
    const auto& domain = recipient.address.domain();
    const auto known = last_of_domain.find(domain);
    const bool has_room = known != last_of_domain.end() &&
                          deliveries[known->second].recipients.size() < max_recipients;
    if (!has_room) {
      const auto number = static_cast<std::uint16_t>(deliveries.size() + 1);
      last_of_domain[domain] = deliveries.size();
      deliveries.push_back(new_delivery(settings, message, domain, number));
    }
    deliveries[last_of_domain[domain]].recipients.push_back({.recipient = recipient});
  }
  return deliveries;
}

}  // namespace greyhound::scheduler
