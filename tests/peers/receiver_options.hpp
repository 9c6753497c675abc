// What a GreylistingReceiver does with whom, and its limits.
#pragma once

#include <chrono>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "peers/greylister.hpp"

namespace greyhound::peers {

// Where in the dialogue a refusal is spoken.
enum class RefusalStage : std::uint8_t {
  rcpt,  // each recipient on its own
  data,  // in answer to DATA: one refused recipient refuses all
  eom,   // in answer to the final dot, likewise
};
std::string_view to_string(RefusalStage stage);

struct ReceiverRule {
  enum class Action : std::uint8_t { accept, greylist, defer, refuse };

  std::string recipient = "*";  // glob on the whole mailbox
  Action action = Action::greylist;
  std::optional<RefusalStage> stage = {};  // none: that of the receiver
  std::optional<ReplyText> reply = {};     // none: the greylister's, 450 4.3.0 or 550 5.1.1

  // "GLOB ACTION [rcpt|data|eom] [CODE STATUS TEXT]", as "*@full.example defer 452 4.2.2 Full".
  static std::optional<ReceiverRule> parse(std::string_view text);
};
std::string_view to_string(ReceiverRule::Action action);

struct ReceiverOptions {
  std::string hostname = "receiver.example";
  std::vector<ReceiverRule> rules;  // first match wins; no match: greylist
  RefusalStage stage = RefusalStage::rcpt;
  std::size_t max_message_bytes = std::size_t{64} << 20;
  std::size_t max_recipients = 1000;
  std::size_t max_sessions = 1000;
  std::size_t max_line_bytes = 2048;
  std::size_t max_errors = 50;
  std::chrono::seconds read_timeout{120};
};

}  // namespace greyhound::peers
