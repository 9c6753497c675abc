// Submission: turns what a program wrote to `sendmail` into an envelope and a complete message.
// Pure: identity, time and the unique part come as values.
// Source: RFC 5322 section 3.6 (fields), RFC 6409 section 8 (what a submitter may add).
// Errors: Fault::protocol for input that cannot be sent (exit code 65), Fault::not_found for a user
//         of this host whose mail goes nowhere (67).
#pragma once

#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "cli/sendmail_arguments.hpp"
#include "mail/address.hpp"
#include "runtime/clock.hpp"
#include "runtime/result.hpp"

namespace greyhound::cli {

// What the message is completed with.
struct Submitter {
  std::string user;      // login name of the caller
  std::string domain;    // for bare addresses
  std::string hostname;  // in Message-ID
  Instant now;
  std::string unique;  // in Message-ID; no two alike
  // Whether a bare name is a user of this host. Such mail, and a bare postmaster's, is not for
  // `domain` but for `local_to`, where that is given.
  std::function<bool(const std::string&)> is_local_user = {};
  std::optional<mail::Address> local_to = {};
};

struct Submission {
  mail::ReversePath sender;
  std::vector<mail::Address> recipients;  // each once, in order of appearance
  std::string content;                    // CR LF lines, complete header
  bool has_eight_bit = false;             // bytes above 127 are in it
};

// `input`: standard input as read, up to its end; a lone "." ends it earlier unless -i.
Result<Submission> make_submission(const SendmailArguments& arguments,
                                   std::string_view input,
                                   const Submitter& submitter);

}  // namespace greyhound::cli
