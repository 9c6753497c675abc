// What a reply means for the recipients it concerns, and what is said where no reply came: one
// table for the whole client.
// Source: RFC 5321 section 4.2.1 (an unknown code counts by its first digit), 4.5.3.1.10 (552 to
// RCPT), RFC 3463 and 5248 (status codes), RFC 1047 (cut after the final dot).
#pragma once

#include <chrono>
#include <string>
#include <string_view>

#include "mail/outcome.hpp"
#include "runtime/result.hpp"

namespace greyhound::smtp {

// One wait of the dialogue.
struct Step {
  mail::Stage stage;
  std::string_view awaited;  // "greeting", "reply to RCPT"
  std::chrono::milliseconds limit;
};

bool goes_on(mail::Stage stage, const mail::Reply& reply);  // 354 at data, 2yz elsewhere

// Of a reply that ends the matter: any that does not go on, and every one to the final dot.
// `reply.status` is believed, so it is set only where the server announced such codes.
mail::Outcome outcome_of(mail::Stage stage, mail::Reply reply);

// 552 to RCPT where others were taken before it means "too many for one transaction".
mail::Outcome outcome_after_accepted_recipients(mail::Reply reply);

// Of a step that ended without a reply that could be read.
mail::Outcome outcome_without_reply(std::string_view host, const Step& step, const Error& error);

mail::Outcome deferred(mail::Stage stage, mail::EnhancedStatus status, std::string reason);
mail::Outcome refused(mail::Stage stage, mail::EnhancedStatus status, std::string reason);

constexpr mail::EnhancedStatus transient(std::uint16_t subject, std::uint16_t detail) {
  return {mail::EnhancedStatus::Class::transient, subject, detail};
}
constexpr mail::EnhancedStatus permanent(std::uint16_t subject, std::uint16_t detail) {
  return {mail::EnhancedStatus::Class::permanent, subject, detail};
}

}  // namespace greyhound::smtp
