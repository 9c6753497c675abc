// ReplyReading: how one reply is read, and the line that people write one in: code, enhanced code
// or "-", stage and text, with tabs between them. "-" may stand for the code too; "\n" within the
// text stands for the end of a line of the reply.
// Runs on: any. Pure.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include <nlohmann/json_fwd.hpp>

#include "runtime/clock.hpp"
#include "scheduler/scheduler_settings.hpp"

namespace greyhound::agent {

struct ReplyReading {
  mail::ReplyClass reply_class = mail::ReplyClass::unknown;
  bool is_suspected = false;  // nothing says that it is greylisting, and nothing speaks against it
  std::optional<std::int64_t> hint_seconds = {};
  std::vector<std::string> signature = {};  // ids of greylisters that answer so
  std::string rule = {};                    // empty: none fits
  std::string complaint = {};               // what of the line could not be read; may be empty
};

// As heard `now` from a server that nothing is known of. A line that cannot be read is of class
// unknown.
ReplyReading read_reply_line(std::string_view line,
                             const scheduler::RetrySettings& settings,
                             Instant now);

nlohmann::ordered_json reading_view(const ReplyReading& reading);

}  // namespace greyhound::agent
