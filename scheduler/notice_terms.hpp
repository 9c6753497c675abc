// The terms by which the senders of a delivery are told of it. Pure.
#pragma once

#include "notify/notice_policy.hpp"
#include "queue/delivery.hpp"

namespace greyhound::scheduler {

inline const notify::NoticeTerms& notice_terms(const notify::NotificationSettings& settings,
                                               const queue::Message& message,
                                               const queue::Delivery& delivery) {
  const auto& sender = message.reverse_path;
  return notify::terms_for(settings,
                           {.sender = sender ? std::string_view(sender->text()) : "",
                            .domain = delivery.domain,
                            .reply_class = delivery.reply_class});
}

}  // namespace greyhound::scheduler
