#include "notify/notice_policy.hpp"

#include <chrono>

#include <gtest/gtest.h>

namespace greyhound::notify {
namespace {

using namespace std::chrono_literals;

constexpr mail::Notify not_given{};
constexpr mail::Notify never{.is_given = true};
constexpr mail::Notify success_only{.is_given = true, .on_success = true};
constexpr mail::Notify failure_only{.is_given = true, .on_failure = true};
constexpr mail::Notify delay_only{.is_given = true, .on_delay = true};
constexpr mail::Notify failure_and_delay{.is_given = true, .on_failure = true, .on_delay = true};

// A case in which everything speaks for the notice.
constexpr DelayCase due_case{.has_reverse_path = true,
                             .is_notice = false,
                             .already_sent = false,
                             .retry_number = 2,
                             .age = 1h};

TEST(NoticePolicy, SendsTheDelayNoticeFromTheConfiguredRetryOn) {
  struct Row {
    std::uint32_t after_retry;
    std::uint32_t retry_number;
    bool is_due;
  };
  const Row rows[] = {{0, 0, true},
                      {0, 1, true},
                      {1, 0, false},
                      {1, 1, true},
                      {2, 0, false},
                      {2, 1, false},
                      {2, 2, true},
                      {2, 3, true}};
  for (const auto& row : rows) {
    auto facts = due_case;
    facts.retry_number = row.retry_number;

    const bool is_due = delay_notice_is_due({.after_retry = row.after_retry}, facts);

    EXPECT_EQ(is_due, row.is_due) << row.after_retry << " " << row.retry_number;
  }
}

TEST(NoticePolicy, WaitsUntilTheMessageIsOldEnough) {
  const DelaySettings settings{.not_before = 4h};
  auto facts = due_case;

  facts.age = 4h - 1us;
  EXPECT_FALSE(delay_notice_is_due(settings, facts));
  facts.age = 4h;
  EXPECT_TRUE(delay_notice_is_due(settings, facts));
}

TEST(NoticePolicy, SendsNoDelayNoticeThatNobodyMayGet) {
  auto null_path = due_case;
  null_path.has_reverse_path = false;
  auto notice = due_case;
  notice.is_notice = true;
  auto second = due_case;
  second.already_sent = true;

  EXPECT_TRUE(delay_notice_is_due({}, due_case));
  EXPECT_FALSE(delay_notice_is_due({}, null_path));
  EXPECT_FALSE(delay_notice_is_due({}, notice));
  EXPECT_FALSE(delay_notice_is_due({}, second));
  EXPECT_FALSE(delay_notice_is_due({.is_enabled = false}, due_case));
}

TEST(NoticePolicy, TellsOfDelayAsTheSenderAsked) {
  struct Row {
    mail::Notify notify;
    bool to_a_person;
    bool to_bulk;
  };
  const Row rows[] = {{not_given, true, false},
                      {never, false, false},
                      {success_only, false, false},
                      {failure_only, false, false},
                      {delay_only, true, true},
                      {failure_and_delay, true, true}};
  const DelaySettings settings{};
  for (std::size_t i = 0; i < std::size(rows); ++i) {
    const auto& row = rows[i];

    EXPECT_EQ(may_be_told_of_delay(settings, row.notify, false), row.to_a_person) << i;
    EXPECT_EQ(may_be_told_of_delay(settings, row.notify, true), row.to_bulk) << i;
  }
}

TEST(NoticePolicy, TreatsBulkMailLikeAnyOtherWhereSkippingIsOff) {
  const DelaySettings settings{.skip_bulk = false};

  EXPECT_TRUE(may_be_told_of_delay(settings, not_given, true));
  EXPECT_FALSE(may_be_told_of_delay(settings, failure_only, true));
}

TEST(NoticePolicy, TellsOfFailureUnlessTheSenderLeftItOut) {
  const FailureSettings settings{};

  EXPECT_TRUE(is_told_of_failure(settings, not_given));
  EXPECT_TRUE(is_told_of_failure(settings, failure_only));
  EXPECT_TRUE(is_told_of_failure(settings, failure_and_delay));
  EXPECT_FALSE(is_told_of_failure(settings, never));
  EXPECT_FALSE(is_told_of_failure(settings, delay_only));
  EXPECT_FALSE(is_told_of_failure(settings, success_only));
  EXPECT_FALSE(is_told_of_failure({.is_enabled = false}, failure_only));
}

TEST(NoticePolicy, ReturnsTheWholeMessageByRetSettingAndSize) {
  struct Row {
    ReturnContent setting;
    mail::Return asked;
    std::uint64_t size_bytes;
    bool whole;
  };
  using enum ReturnContent;
  const Row rows[] = {{as_requested, mail::Return::full, 1000, true},
                      {as_requested, mail::Return::full, 1001, false},
                      {as_requested, mail::Return::headers, 1, false},
                      {as_requested, mail::Return::unspecified, 1, false},
                      {headers, mail::Return::full, 1, false},
                      {full, mail::Return::headers, 1000, true},
                      {full, mail::Return::full, 1001, false}};
  for (std::size_t i = 0; i < std::size(rows); ++i) {
    const auto& row = rows[i];
    const FailureSettings settings{.return_content = row.setting, .max_body_bytes = 1000};

    EXPECT_EQ(returns_whole_message(settings, row.asked, row.size_bytes), row.whole) << i;
  }
}

}  // namespace
}  // namespace greyhound::notify
