#include "cli/command_line.hpp"

#include <gmock/gmock.h>

#include "cli/exit_codes.hpp"
#include "unit/cli/command_world.hpp"

namespace greyhound::cli {
namespace {

using testing::HasSubstr;
using testing::StartsWith;

class CommandLineTest : public CommandTest {};

TEST_F(CommandLineTest, TellsItsVersion) {
  const auto ended = greyhound({"--version"});

  EXPECT_EQ(ended.code, exit_done);
  EXPECT_EQ(ended.out, "greyhound " GREYHOUND_VERSION "\n");
}

TEST_F(CommandLineTest, HelpsWithEveryCommand) {
  for (const auto& words : std::vector<std::vector<std::string>>{{"--help"},
                                                                 {"queue", "--help"},
                                                                 {"queue", "retry", "--help"},
                                                                 {"config", "check", "-h"}}) {
    const auto ended = greyhound(words);

    EXPECT_EQ(ended.code, exit_done) << words[0];
    EXPECT_THAT(ended.out, HasSubstr("Usage:")) << words[0];
  }
}

TEST_F(CommandLineTest, CallsWrongUsageTwo) {
  for (const auto& words : std::vector<std::vector<std::string>>{{},
                                                                 {"fly"},
                                                                 {"queue"},
                                                                 {"queue", "list", "--jsno"},
                                                                 {"queue", "show"},
                                                                 {"queue", "retry"},
                                                                 {"run", "extra"}}) {
    const auto ended = greyhound(words);

    EXPECT_EQ(ended.code, exit_wrong_usage);
    EXPECT_NE(ended.err, "");
    EXPECT_EQ(ended.out, "");
  }
}

TEST_F(CommandLineTest, TakesTheConfigFolderBeforeAndBehindTheCommand) {
  const auto elsewhere = folder_ / "elsewhere";
  std::filesystem::create_directory(elsewhere);
  std::ofstream(elsewhere / "greyhound.json") << R"({"hostnaem": "x"})";

  for (const auto& words : std::vector<std::vector<std::string>>{
           {"--config", elsewhere.string(), "queue", "list"},
           {"queue", "list", "--config", elsewhere.string()},
           {"--config=" + elsewhere.string(), "sendmail", "a@d.example"},
           {"--config", elsewhere.string(), "sendmail", "-i", "a@d.example"}}) {
    const auto ended = greyhound(words);

    EXPECT_EQ(ended.code, exit_config_error);
    EXPECT_THAT(ended.err, HasSubstr("hostnaem"));
  }
}

TEST_F(CommandLineTest, RunOpensNothingWithABrokenConfiguration) {
  std::ofstream(folder_ / "retry.json") << R"({"rules": 5, "hints": {"min": "soon"}})";

  const auto ended = greyhound({"run"});

  EXPECT_EQ(ended.code, exit_config_error);
  EXPECT_THAT(ended.err, HasSubstr("/rules"));
  EXPECT_THAT(ended.err, HasSubstr("/hints/min"));
  EXPECT_FALSE(std::filesystem::exists(folder_ / "state"));
  EXPECT_FALSE(std::filesystem::exists(control_socket()));
}

TEST_F(CommandLineTest, ConfigCheckExitsByWhatItFound) {
  const auto sound = greyhound({"config", "check"});
  std::ofstream(folder_ / "retry.json") << "{";
  const auto broken = greyhound({"config", "check"});

  EXPECT_EQ(sound.code, exit_done) << sound.out;
  EXPECT_EQ(broken.code, exit_problems_found);
  EXPECT_THAT(broken.out, StartsWith("retry.json:1"));
}

TEST_F(CommandLineTest, MainTakesItsNameAndTheEnvironment) {
  ::setenv("GREYHOUND_CONFIG", folder_.c_str(), 1);
  std::string program = "/usr/sbin/sendmail";
  std::string option = "-bd";
  std::array<char*, 3> arguments{program.data(), option.data(), nullptr};

  testing::internal::CaptureStderr();
  const int code = main(2, arguments.data());
  const auto printed = testing::internal::GetCapturedStderr();
  ::unsetenv("GREYHOUND_CONFIG");

  EXPECT_EQ(code, 64);
  EXPECT_THAT(printed, HasSubstr("-bd"));
}

}  // namespace
}  // namespace greyhound::cli
