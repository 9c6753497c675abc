// DialogueScript: the lines of a dialogue that may be shown, out of the bytes and replies that
// pass: commands as sent, replies as read, the message as "<1234 bytes>", of AUTH the mechanism.
// In doubt it shows nothing: what is no command of ours is counted, and a message ends by the final
// dot and by nothing that a server says.
// Source: RFC 5321 section 4.1.1.4 (the message is between 354, or any 3yz, and the dot), RFC 3030
// section 2 (BDAT), RFC 4954 section 4 (AUTH: from the command to the first reply that is no 334).
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "mail/reply.hpp"

namespace greyhound::smtp {

class DialogueScript {
 public:
  using Lines = std::vector<std::string>;

  // What has come to its end with these bytes; a chunk or message only then.
  Lines sent(std::string_view bytes);
  Lines received(const mail::Reply& reply);

 private:
  enum class Passing : std::uint8_t { commands, secrets, message };

  std::string_view take_chunk(std::string_view bytes, Lines& lines);
  std::string_view take_command(std::string_view bytes, Lines& lines);
  void take_message(std::string_view bytes, Lines& lines);
  std::string shown(std::string_view command);

  Passing passing_ = Passing::commands;
  std::string begun_;              // of a command whose line end is missing
  std::uint64_t chunk_bytes_ = 0;  // of the BDAT that is on its way, and of it not sent yet
  std::uint64_t chunk_left_ = 0;
  std::uint64_t message_bytes_ = 0;
  std::string message_end_;  // the last bytes since the line end behind DATA
};

}  // namespace greyhound::smtp
