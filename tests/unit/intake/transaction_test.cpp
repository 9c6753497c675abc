// What a client may say, and in which order, without a session around it.
#include "intake/transaction.hpp"

#include <gtest/gtest.h>

namespace greyhound::intake {
namespace {

class TransactionTest : public testing::Test {
 protected:
  TransactionTest() {
    transaction_.greet({.is_extended = true, .name = "client.example"});
    transaction_.begin(MailFrom{}, local_);
  }
  Answer add(const std::string& mailbox) {
    return transaction_.add({.recipient = {.address = *mail::Address::parse(mailbox)}});
  }

  Client local_;
  IntakeSettings settings_;
  Transaction transaction_{settings_};
};

TEST_F(TransactionTest, TakesARecipientOnceHoweverItsDomainIsWritten) {
  for (const auto* mailbox : {"a@d.example", "a@D.Example", "a@d.example", "A@d.example"})
    EXPECT_EQ(add(mailbox).to_line(), "250 2.1.5 recipient ok\r\n");

  EXPECT_EQ(transaction_.take_envelope().recipients.size(), 2U);
}

TEST_F(TransactionTest, ForgetsTheRecipientsOfTheLastMessage) {
  add("a@d.example");
  transaction_.reset();
  transaction_.begin(MailFrom{}, local_);

  add("a@d.example");

  EXPECT_EQ(transaction_.take_envelope().recipients.size(), 1U);
}

// By looking at all those before each this would take most of a minute.
TEST_F(TransactionTest, LooksAtEachOfVeryManyRecipientsOnce) {
  settings_.max_recipients = 65'535;
  for (int round = 0; round < 2; ++round) {
    for (std::size_t i = 0; i < settings_.max_recipients; ++i)
      ASSERT_EQ(add("r" + std::to_string(i) + "@d.example").code(), 250);
  }

  EXPECT_EQ(add("one.more@d.example").code(), 452);
  EXPECT_EQ(transaction_.take_envelope().recipients.size(), settings_.max_recipients);
}

}  // namespace
}  // namespace greyhound::intake
