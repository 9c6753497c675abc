// The arguments of `sendmail`, as programs have passed them for forty years. Pure.
// Single letters may be clustered ("-ti"); options that take a value take the rest of their word or
// the next one. What only steers other sendmails is taken and ignored.
// Errors: Fault::config with what is wrong (exit code 64).
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "runtime/result.hpp"

namespace greyhound::cli {

struct SendmailArguments {
  enum class Mode : std::uint8_t {
    submit,      // -bm, the usual one
    speak_smtp,  // -bs: SMTP on standard input and output
    list_queue,  // -bp
    run_queue,   // -q: the agent does that by itself
  };
  Mode mode = Mode::submit;
  std::vector<std::string> recipients;
  bool reads_header = false;          // -t: recipients from To, Cc, Bcc too
  bool ignores_dots = false;          // -i, -oi: a lone "." does not end the message
  bool is_verbose = false;            // -v: print the reply to the message
  std::optional<std::string> sender;  // -f, -r; "" or "<>": the null reverse path
  std::string full_name;              // -F
  bool is_eight_bit = false;          // -B 8BITMIME
  std::string notify;                 // -N, as NOTIFY has it; empty: not given
  std::string return_content;         // -R: "FULL", "HDRS"
  std::string envelope_id;            // -V
  bool requires_tls = false;          // -O requiretls=yes
};

Result<SendmailArguments> parse_sendmail_arguments(const std::vector<std::string>& arguments);

}  // namespace greyhound::cli
