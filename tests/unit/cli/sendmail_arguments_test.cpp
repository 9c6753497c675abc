#include "cli/sendmail_arguments.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace greyhound::cli {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;
using Mode = SendmailArguments::Mode;

SendmailArguments parsed(const std::vector<std::string>& arguments) {
  auto result = parse_sendmail_arguments(arguments);
  EXPECT_TRUE(result) << result.error().what;
  return result ? *result : SendmailArguments{};
}

std::string refusal(const std::vector<std::string>& arguments) {
  const auto result = parse_sendmail_arguments(arguments);
  return result ? "" : result.error().what;
}

TEST(SendmailArguments, TakesWhatCronAndWebProgramsPass) {
  const auto cron = parsed({"-FCronDaemon", "-i", "-B8BITMIME", "-oem", "root"});
  const auto web = parsed({"-t", "-i", "-f", "web@here.example"});

  EXPECT_EQ(cron.full_name, "CronDaemon");
  EXPECT_TRUE(cron.ignores_dots);
  EXPECT_TRUE(cron.is_eight_bit);
  EXPECT_THAT(cron.recipients, ElementsAre("root"));
  EXPECT_TRUE(web.reads_header);
  EXPECT_EQ(web.sender, "web@here.example");
  EXPECT_THAT(web.recipients, IsEmpty());
}

TEST(SendmailArguments, TakesClustersAndAttachedValues) {
  const auto result =
      parsed({"-tivfa@b.example", "-oi", "-odb", "-O", "DeliveryMode=b", "-N", "never"});

  EXPECT_TRUE(result.reads_header && result.ignores_dots && result.is_verbose);
  EXPECT_EQ(result.sender, "a@b.example");
  EXPECT_EQ(result.notify, "NEVER");
  EXPECT_THAT(result.recipients, IsEmpty());
}

TEST(SendmailArguments, TakesEverythingBehindTwoDashesForRecipients) {
  EXPECT_THAT(parsed({"a", "--", "-t", "b"}).recipients, ElementsAre("a", "-t", "b"));
}

TEST(SendmailArguments, KeepsAnEmptySenderApartFromNone) {
  EXPECT_EQ(parsed({"a"}).sender, std::nullopt);
  EXPECT_EQ(parsed({"-f", "<>", "a"}).sender, "<>");
  EXPECT_EQ(parsed({"-r", "x@y.example", "a"}).sender, "x@y.example");
}

TEST(SendmailArguments, KnowsItsModes) {
  EXPECT_EQ(parsed({"-bm", "a"}).mode, Mode::submit);
  EXPECT_EQ(parsed({"-bp"}).mode, Mode::list_queue);
  EXPECT_EQ(parsed({"-q"}).mode, Mode::run_queue);
  EXPECT_EQ(parsed({"-q30m"}).mode, Mode::run_queue);
}

TEST(SendmailArguments, ReadsTheParametersOfNotices) {
  const auto result = parsed({"-N", "success,delay", "-R", "hdrs", "-V", "id 1", "a"});

  EXPECT_EQ(result.notify, "SUCCESS,DELAY");
  EXPECT_EQ(result.return_content, "HDRS");
  EXPECT_EQ(result.envelope_id, "id 1");
}

TEST(SendmailArguments, ReadsTheDemandForTlsAndNoOtherLongOption) {
  EXPECT_TRUE(parsed({"-O", "RequireTLS=yes", "a"}).requires_tls);
  EXPECT_FALSE(parsed({"-O", "requiretls=no", "a"}).requires_tls);
  EXPECT_FALSE(parsed({"-O", "DeliveryMode=b", "a"}).requires_tls);
}

TEST(SendmailArguments, AskForADialogue) {
  EXPECT_EQ(parsed({"-bs"}).mode, SendmailArguments::Mode::speak_smtp);
}

TEST(SendmailArguments, SaysWhatItCannotDo) {
  EXPECT_THAT(refusal({"-bd"}), HasSubstr("greyhound run"));
  EXPECT_THAT(refusal({"-f"}), HasSubstr("-f needs a value"));
  EXPECT_THAT(refusal({"-Z"}), HasSubstr("unknown option -Z"));
  EXPECT_THAT(refusal({"-N", "sometimes"}), HasSubstr("never"));
  EXPECT_THAT(refusal({"-N", "never,delay"}), HasSubstr("never"));
  EXPECT_THAT(refusal({"-N", ""}), HasSubstr("never"));
  EXPECT_THAT(refusal({"-R", "half"}), HasSubstr("hdrs"));
  EXPECT_THAT(refusal({"-BUTF8"}), HasSubstr("8BITMIME"));
  EXPECT_THAT(refusal({"-Orequiretls=maybe"}), HasSubstr("yes or no"));
}

}  // namespace
}  // namespace greyhound::cli
