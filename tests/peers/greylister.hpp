// Greylister: decides about one recipient as a greylisting mail server does, from the triplet and
// the time alone; what it says in refusal is free text with variables.
// Source: the option page of ESET Mail Security; RFC 6647 section 2.
// Runs on: any thread (the database locks).
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "mail/envelope.hpp"
#include "peers/greylist_database.hpp"
#include "runtime/ip.hpp"

namespace greyhound::peers {

// A reply as an administrator writes it. Nothing is checked: such texts are wrong in the field too.
struct ReplyText {
  int code = 451;
  std::string status = "4.7.1";  // empty: none is sent
  std::string text = "Please try again later";
  friend bool operator==(const ReplyText&, const ReplyText&) = default;
};

// "451 4.7.1 text"; without a code in front: nullopt.
std::optional<ReplyText> parse_reply_text(std::string_view text);

// What stands for %CLIENT%, %HELO%, %SENDER%, %SENDERDOMAIN%, %RECIPIENT%, %RECIPIENTDOMAIN%,
// %SECONDS% and %MINUTES% (of the denial that remain, rounded up).
struct ReplyVariables {
  std::string client;
  std::string helo;
  mail::ReversePath sender;
  mail::Address recipient;
  Duration remaining = Duration::zero();
};

// The reply's lines with CR LF; '\n' in the text begins another line. An unknown %NAME% stays.
std::string to_wire(const ReplyText& reply, const ReplyVariables& variables);

enum class ClientKey : std::uint8_t {
  address,  // the exact address
  network,  // its /24, or /64 of IPv6
};
enum class SenderKey : std::uint8_t { mailbox, domain };

struct AllowLists {
  std::vector<IpNetwork> clients;
  std::vector<std::string> senders;         // whole mailboxes, globs
  std::vector<std::string> sender_domains;  // globs; the null sender has no domain
};

struct GreylisterOptions {
  GreylistTimers timers;
  ClientKey client_key = ClientKey::address;
  SenderKey sender_key = SenderKey::mailbox;
  AllowLists allow;
  ReplyText reply;
};

struct Triplet {
  IpAddress client;
  mail::ReversePath sender;
  mail::Address recipient;
};

enum class Judgement : std::uint8_t {
  allow_listed,
  verified,
  passed,
  first_contact,
  too_early,
  no_database,  // it cannot be read or written: mail waits rather than slips through
};
std::string_view to_string(Judgement judgement);

struct Opinion {
  Judgement judgement;
  Duration remaining = Duration::zero();
  bool is_acceptance() const {
    return judgement != Judgement::first_contact && judgement != Judgement::too_early &&
           judgement != Judgement::no_database;
  }
};

class Greylister {
 public:
  Greylister(GreylisterOptions options, std::shared_ptr<GreylistDatabase> database);

  Opinion judge(const Triplet& triplet, Instant now);
  const GreylisterOptions& options() const { return options_; }

 private:
  bool is_allow_listed(const Triplet& triplet) const;
  std::string key_of(const Triplet& triplet) const;

  GreylisterOptions options_;
  std::shared_ptr<GreylistDatabase> database_;
};

}  // namespace greyhound::peers
