// Settings of the notifier: notification.json.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "mail/reply_class.hpp"
#include "notify/notice_texts.hpp"
#include "runtime/clock.hpp"

namespace greyhound::notify {

struct DelaySettings {
  bool is_enabled = true;
  std::uint32_t after_retry = 2;  // sent when this retry has failed; 0: the first failure
  Duration not_before{0};         // and the message is not younger than this
  Duration grace{0};              // and it is not expected to pass within this
  bool skip_bulk = true;          // none for bulk mail unless NOTIFY=DELAY asked
};

enum class ReturnContent : std::uint8_t { as_requested, headers, full };

struct FailureSettings {
  bool is_enabled = true;
  ReturnContent return_content = ReturnContent::as_requested;
  std::uint64_t max_body_bytes = 64ULL * 1024;  // a larger message comes back as headers only
};

struct SuccessSettings {
  bool is_enabled = true;
};

// What some mail is told, and in which words.
struct NoticeTerms {
  DelaySettings delay;
  FailureSettings failure;
  SuccessSettings success;
  std::vector<NoticeTextsPtr> texts;  // the languages, in their order
};

// An exception. Globs; an empty list matches everything.
struct NoticeRule {
  std::vector<std::string> senders = {};
  std::vector<std::string> domains = {};  // of the recipient
  std::vector<mail::ReplyClass> classes = {};
  NoticeTerms terms;
};

// Of which notices the postmaster gets a copy.
struct PostmasterCopies {
  bool of_failures = false;
  bool of_delays = false;
  bool of_bounces = false;  // mail from <> that could not be delivered
};

// The terms of all mail that no rule is for, and what is one for all.
struct NotificationSettings : NoticeTerms {
  std::vector<NoticeRule> rules;          // the first that matches
  std::string postmaster = "postmaster";  // From of every notice, complete
  PostmasterCopies copies;
  Duration keep_undeliverable = std::chrono::days(30);  // mail from <> that failed; 0: not at all
};

// Who writes them.
struct Reporter {
  std::string hostname;    // Reporting-MTA
  std::string postmaster;  // the mailbox of From, complete
};

}  // namespace greyhound::notify
