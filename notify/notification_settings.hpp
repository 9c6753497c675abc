// Settings of the notifier: notification.json.
#pragma once

#include <cstdint>
#include <string>

#include "runtime/clock.hpp"

namespace greyhound::notify {

struct DelaySettings {
  bool is_enabled = true;
  std::uint32_t after_retry = 2;  // sent when this retry has failed; 0: the first failure
  Duration not_before{0};         // and the message is not younger than this
  bool skip_bulk = true;          // none for bulk mail unless NOTIFY=DELAY asked
};

enum class ReturnContent : std::uint8_t { as_requested, headers, full };

struct FailureSettings {
  bool is_enabled = true;
  ReturnContent return_content = ReturnContent::as_requested;
  std::uint64_t max_body_bytes = 64ULL * 1024;  // a larger message comes back as headers only
};

struct NotificationSettings {
  DelaySettings delay;
  FailureSettings failure;
  std::string postmaster = "postmaster";  // From of every notice; a bare name gets the host's name
};

}  // namespace greyhound::notify
