#include "cli/config_check.hpp"

#include <filesystem>
#include <fstream>
#include <sstream>
#include <string>

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <nlohmann/json.hpp>
#include <stdlib.h>

namespace greyhound::cli {
namespace {

using testing::HasSubstr;
using testing::Not;

class ConfigCheck : public testing::Test {
 protected:
  ConfigCheck() {
    auto name = (std::filesystem::temp_directory_path() / "greyhound-check-XXXXXX").string();
    EXPECT_NE(mkdtemp(name.data()), nullptr);
    folder_ = name;
  }
  ~ConfigCheck() override { std::filesystem::remove_all(folder_); }

  void write(const std::string& file, const std::string& text) const {
    std::ofstream(folder_ / file) << text;
  }
  int check(bool as_json) { return config_check(folder_, as_json, out_, err_); }

  std::string first_line() const { return out_.str().substr(0, out_.str().find('\n')); }

  std::filesystem::path folder_;
  std::ostringstream out_;
  std::ostringstream err_;
};

TEST_F(ConfigCheck, SaysThatAGoodFolderIsGood) {
  EXPECT_EQ(check(false), 0);
  EXPECT_TRUE(out_.str().ends_with("the configuration in " + folder_.string() + " is good\n"));
  EXPECT_EQ(err_.str(), "");
}

TEST_F(ConfigCheck, PrintsEveryProblemAndCountsThem) {
  write("retry.json", "{ \"ruels\": [],\n\"hints\": 5 }");
  write("notification.json", "{ \"delay\": { \"after_retry\": -1 } }");
  write("greyhound.json",
        R"({ "hostname": "mail.here.example", "control": { "http": "127.0.0.1:8025" } })");

  const auto code = check(false);

  EXPECT_EQ(code, 1);
  EXPECT_EQ(out_.str(),
            "greyhound.json:1: note: /control/http: has no effect in this version\n"
            "retry.json:1: error: /ruels: is no key of retry.json; did you mean \"rules\"?\n"
            "retry.json:2: error: /hints: is 5, must be an object\n"
            "notification.json:1: error: /delay/after_retry: is -1, must be at least 0; write 0\n"
            "3 problems in 2 files, 1 note\n");
}

TEST_F(ConfigCheck, ExitsWithOneForAWarningAlone) {
  write("retry.json", R"({ "rules": [ { "name": "a", "lifetime": "1m" } ] })");

  EXPECT_EQ(check(false), 1);
}

TEST_F(ConfigCheck, ExitsWithZeroForNotesAlone) {
  write("greyhound.json",
        R"({ "hostname": "mail.here.example", "control": { "http": "127.0.0.1:8025" } })");

  EXPECT_EQ(check(false), 0);
  EXPECT_NE(out_.str().find("is good, 1 note\n"), std::string::npos);
}

TEST_F(ConfigCheck, NotesThatSendmailUsesTheDropFolderWhereNoListenerIsAUnixSocket) {
  write("greyhound.json",
        "{ \"hostname\": \"mail.here.example\",\n"
        "\"intake\": { \"listeners\": [ { \"address\": \"127.0.0.1\", \"port\": 2525 } ] } }");

  EXPECT_EQ(check(false), 0);
  EXPECT_EQ(first_line(),
            "greyhound.json:2: note: /intake/listeners: has no unix socket: `greyhound sendmail` "
            "uses the drop folder though the agent runs; "
            "add one such as { \"unix\": \"/run/greyhound/smtp.sock\" }");
  EXPECT_TRUE(out_.str().ends_with("is good, 1 note\n"));
}

TEST_F(ConfigCheck, SaysNothingOfSendmailWhereAListenerIsAUnixSocket) {
  write("greyhound.json",
        R"({ "hostname": "mail.here.example",
             "intake": { "listeners": [ { "address": "127.0.0.1", "port": 2525 },
                                        { "unix": "/run/smtp.sock" } ] } })");

  EXPECT_EQ(check(false), 0);
  EXPECT_THAT(out_.str(), Not(HasSubstr("sendmail")));
}

TEST_F(ConfigCheck, PrintsOneJsonObjectALineAndTheCountElsewhere) {
  write("retry.json", "{\n\"ruels\": []\n}");

  const auto code = check(true);

  EXPECT_EQ(code, 1);
  const auto line = nlohmann::json::parse(out_.str());
  EXPECT_EQ(line,
            nlohmann::json({{"file", "retry.json"},
                            {"line", 2},
                            {"pointer", "/ruels"},
                            {"severity", "error"},
                            {"what", "is no key of retry.json"},
                            {"suggestion", "did you mean \"rules\"?"}}));
  EXPECT_EQ(err_.str(), "1 problem in 1 file\n");
}

TEST_F(ConfigCheck, KeepsBytesThatAreNoTextOffTheTerminalAndInsideJson) {
  write("ret\xff\x1by.json", "");

  EXPECT_EQ(check(false), 1);
  EXPECT_EQ(out_.str().find('\x1b'), std::string::npos);
  EXPECT_EQ(out_.str().find('\xff'), std::string::npos);
  out_.str("");
  check(true);
  EXPECT_TRUE(nlohmann::json::accept(first_line()));
}

TEST_F(ConfigCheck, ShowsWhatTheSeriesDoesAtEachKnownGreylister) {
  ASSERT_EQ(check(false), 0);
  EXPECT_THAT(out_.str(), HasSubstr("fortimail               20m     attempt 4  31m"));
  out_.str("");

  ASSERT_EQ(check(true), 0);
  const auto postgrey = nlohmann::json::parse(first_line())["coverage"];
  EXPECT_EQ(postgrey["receiver"], "postgrey");
  EXPECT_EQ(postgrey["window_s"], 300);
  EXPECT_EQ(postgrey["passes"], true);
  EXPECT_EQ(postgrey["attempt"], 2);
  EXPECT_EQ(postgrey["age_s"], 360);
  EXPECT_EQ(postgrey["waste_s"], 60);
  EXPECT_EQ(postgrey["early"], 0);
  EXPECT_EQ(postgrey["delay_notice"], false);
}

TEST_F(ConfigCheck, WarnsOfASeriesThatWouldNeverPassAKnownGreylisterAndProposesAnother) {
  write("retry.json", R"({ "rules": [ { "name": "lazy",
                           "greylist": [ "3h" ], "adapt": false,
                           "jitter": "0%" } ] })");

  EXPECT_EQ(check(false), 1);
  EXPECT_THAT(
      out_.str(),
      HasSubstr("retry.json:2: warning: /rules/0/greylist: mail by rule \"lazy\" would never "
                "pass mtpolicyd: they forget a mail between two attempts; write waits of at "
                "most 1h48m"));
}

TEST_F(ConfigCheck, WarnsOfALifetimeThatEndsBeforeAKnownWindow) {
  write("retry.json", R"({ "rules": [ { "name": "hasty", "lifetime": "40m" } ] })");

  EXPECT_EQ(check(false), 1);
  EXPECT_THAT(out_.str(), HasSubstr("/rules/0/lifetime: mail by rule \"hasty\" would never pass"));
  EXPECT_THAT(out_.str(), HasSubstr("write a lifetime longer than 1h"));
}

TEST_F(ConfigCheck, NamesTheLineOfTheRuleWhereTheKeyToBlameIsNotWritten) {
  write("greylisters.json", R"([ { "id": "odd", "initial_deny_seconds": 700000 } ])");
  write("retry.json",
        "{ \"rules\": [\n{ \"name\": \"a\", \"match\": { \"domain\": \"d.example\" },\n"
        "\"lifetime\": \"6d\" },\n{ \"name\": \"b\" } ] }");

  EXPECT_EQ(check(true), 1);

  std::istringstream lines(out_.str());
  std::string first;
  std::string second;
  std::getline(lines, first);
  std::getline(lines, second);
  EXPECT_EQ(nlohmann::json::parse(first)["pointer"], "/rules/0/lifetime");
  EXPECT_EQ(nlohmann::json::parse(first)["line"], 3);
  EXPECT_EQ(nlohmann::json::parse(second)["pointer"], "/rules/1/lifetime");
  EXPECT_EQ(nlohmann::json::parse(second)["line"], 4);
}

TEST_F(ConfigCheck, ShowsEachSeriesOnceWithTheRulesThatHaveIt) {
  write("retry.json", R"({ "rules": [
      { "name": "patient", "match": { "domain": "a.example" }, "greylist": [ "25m" ] },
      { "name": "quota", "match": { "class": "mailbox_full" }, "greylist": [ "1m" ] },
      { "name": "same", "match": { "domain": "b.example" }, "retry": [ "1h" ] },
      { "name": "default" } ] })");

  EXPECT_EQ(check(false), 0) << out_.str();
  EXPECT_THAT(out_.str(), HasSubstr("series of rule \"patient\" does"));
  EXPECT_THAT(out_.str(), HasSubstr("fortimail               20m     attempt 2  25m"));
  EXPECT_THAT(out_.str(), HasSubstr("series of the rules \"same\", \"default\" does"));
  EXPECT_THAT(out_.str(), HasSubstr("fortimail               20m     attempt 4  31m"));
  EXPECT_THAT(out_.str(), Not(HasSubstr("quota"))) << "no greylisted mail goes by it";
  out_.str("");

  ASSERT_EQ(check(true), 0);
  EXPECT_EQ(nlohmann::json::parse(first_line())["coverage"]["rules"][0], "patient");
}

}  // namespace
}  // namespace greyhound::cli
