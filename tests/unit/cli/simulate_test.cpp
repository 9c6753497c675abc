#include <filesystem>
#include <fstream>
#include <map>
#include <sstream>
#include <string>

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <nlohmann/json.hpp>
#include <stdlib.h>

#include "cli/commands.hpp"

namespace greyhound::cli {
namespace {

using testing::HasSubstr;
using Json = nlohmann::json;

class Simulate : public testing::Test {
 protected:
  Simulate() {
    auto name = (std::filesystem::temp_directory_path() / "greyhound-simulate-XXXXXX").string();
    EXPECT_NE(mkdtemp(name.data()), nullptr);
    folder_ = name;
  }
  ~Simulate() override { std::filesystem::remove_all(folder_); }

  std::string file(const std::string& name, const std::string& text) const {
    std::ofstream(folder_ / name) << text;
    return (folder_ / name).string();
  }

  int run(const SimulateOptions& wanted, bool as_json = true) {
    std::istringstream in;
    out_.str("");
    err_.str("");
    Console console{in, out_, err_};
    return simulate({.config_folder = folder_, .as_json = as_json}, wanted, console);
  }

  // The lines of mails, and the summaries by schedule.
  std::vector<Json> mails() const {
    std::vector<Json> found;
    for (const auto& line : lines())
      if (!line.contains("summary")) found.push_back(line);
    return found;
  }
  Json summary(const std::string& schedule = "retry.json") const {
    for (const auto& line : lines())
      if (line.contains("summary") && line["schedule"] == schedule) return line["summary"];
    ADD_FAILURE() << "no summary of " << schedule;
    return {};
  }

  std::filesystem::path folder_;
  std::ostringstream out_;
  std::ostringstream err_;

 private:
  std::vector<Json> lines() const {
    std::vector<Json> found;
    std::istringstream text(out_.str());
    for (std::string line; std::getline(text, line);)
      found.push_back(Json::parse(line));
    return found;
  }
};

constexpr double minute = 60;

TEST_F(Simulate, TellsWhatBecameOfEachMailAndSumsItUp) {
  const auto receivers = file("receivers.json",
                              R"([ { "id": "ten", "initial_deny_seconds": 600 },
                                   { "id": "free", "initial_deny_seconds": null } ])");

  ASSERT_EQ(run({.receivers = receivers, .mails = 2}), 0);

  ASSERT_EQ(mails().size(), 2U);
  const auto first = mails()[0];
  EXPECT_EQ(first["schedule"], "retry.json");
  EXPECT_EQ(first["receiver"], "ten");
  EXPECT_EQ(first["mail"], 1);
  EXPECT_EQ(first["window_s"], 600);
  EXPECT_EQ(first["passed"], true);
  EXPECT_EQ(first["attempts"], 3);
  EXPECT_EQ(first["delay_notice"], false);
  EXPECT_NEAR(first["accepted_after_s"].get<double>() - 600, first["excess_s"], 1e-6);
  EXPECT_EQ(mails()[1]["mail"], 2);
  EXPECT_EQ(summary()["receivers"], 1);
  EXPECT_EQ(summary()["never_passed"], 0);
  EXPECT_THAT(err_.str(), HasSubstr("their windows are not known: free"));
}

TEST_F(Simulate, ComparesSchedulesAndOtherSendersSideBySide) {
  const auto slow = file("slow.json", R"({ "rules": [ { "name": "slow", "adapt": false,
                                           "greylist": [ "2h" ], "retry": [ "2h" ] } ] })");
  const auto peers = file("peers.json",
                          R"([ { "id": "hourly", "attempts_at_seconds": [ 0, 3600 ],
                                 "delay_dsn_at_seconds": null, "expire_seconds": null } ])");
  const auto receivers =
      file("receivers.json", R"([ { "id": "five", "initial_deny_seconds": 300 } ])");

  ASSERT_EQ(run({.retry = {slow}, .peers = peers, .receivers = receivers}), 0);

  EXPECT_NEAR(summary(slow)["excess_mean_s"], 115 * minute, 7 * minute);
  EXPECT_EQ(summary("hourly")["excess_mean_s"], 55 * minute);
}

TEST_F(Simulate, AServerThatSharesItsWordsWithAGreylisterIsNotMadeToWaitForThatOnesWindow) {
  const auto receivers = file("receivers.json", R"([
      { "id": "somebody", "initial_deny_seconds": 300, "smtp_stage": "RCPT", "reply_code": 451,
        "reply_text_examples": [ "451 Please try again later." ] },
      { "id": "hmailserver", "initial_deny_seconds": 1800, "smtp_stage": "RCPT", "reply_code": 451,
        "reply_text_examples": [ "451 Please try again later." ] } ])");

  ASSERT_EQ(run({.receivers = receivers}), 0);

  EXPECT_LT(mails()[0]["accepted_after_s"], 7 * minute);
  EXPECT_LT(mails()[1]["accepted_after_s"], 31 * minute);
  EXPECT_EQ(mails()[1]["attempts"], 3);
  EXPECT_EQ(mails()[1]["delay_notice"], false);
}

TEST_F(Simulate, IsTheSameOnEveryRun) {
  ASSERT_EQ(run({.mails = 3}), 0);
  const auto once = out_.str();
  ASSERT_EQ(run({.mails = 3}), 0);

  EXPECT_EQ(out_.str(), once);
}

TEST_F(Simulate, ReceiversThatPunishAreRead) {
  const auto receivers = file("receivers.json", R"([ {
      "id": "strict", "initial_deny_seconds": 1740,
      "early_retry_behaviour":
          "PENALISED: every early retry adds 10 minutes to the waiting time; ceiling 12 h" } ])");
  const auto peers = file("peers.json", R"([ { "id": "hasty",
      "attempts_at_seconds": [ 0, 300, 600 ], "expire_seconds": 86400 } ])");

  ASSERT_EQ(run({.peers = peers, .receivers = receivers}), 0);

  EXPECT_GE(summary("hasty")["excess_mean_s"], (12 * 60 - 30) * minute);
  EXPECT_EQ(summary()["never_passed"], 0);
}

TEST_F(Simulate, RefusesWhatItCannotRead) {
  EXPECT_EQ(run({.gap = "soon"}), 2);
  EXPECT_EQ(run({.retry = {"/nonexistent/retry.json"}}), 78);
  EXPECT_THAT(err_.str(), HasSubstr("does not exist"));
  EXPECT_EQ(run({.peers = file("bad.json", R"([ { "id": "x", "attempts_at_seconds": [ 9 ] } ])")}),
            78);
  EXPECT_THAT(err_.str(), HasSubstr("must begin with 0"));
}

TEST_F(Simulate, PrintsTablesAndDrawsAChart) {
  const auto chart = (folder_ / "chart.svg").string();

  ASSERT_EQ(run({.chart = chart}, false), 0);

  EXPECT_THAT(out_.str(), HasSubstr("postgrey"));
  EXPECT_THAT(out_.str(), HasSubstr("SCHEDULE"));
  std::stringstream drawn;
  drawn << std::ifstream(chart).rdbuf();
  EXPECT_THAT(drawn.str(), HasSubstr("<svg"));
  EXPECT_EQ(run({.chart = "/nonexistent/chart.svg"}, false), 74);
}

// What the defaults promise, over all greylisters whose windows are known.

TEST_F(Simulate, AWindowThatIsKnownToNobodyIsLearnedFromAFewMails) {
  ASSERT_EQ(run({.mails = 6, .withholds_texts = true}), 0);

  EXPECT_EQ(summary()["receivers"], 36);
  EXPECT_LE(summary()["excess_mean_s"], 0.3 * minute);
  EXPECT_LE(summary()["attempts_mean"], 2.1);
  EXPECT_EQ(summary()["never_passed"], 0);
}

TEST_F(Simulate, SoAreWindowsThatNobodyElseHas) {
  auto receivers = Json::array();
  for (int i = 0; i < 200; ++i) {
    const int seconds = 60 + (i * 7919 + 13) % 3541;
    receivers.push_back({{"id", "r" + std::to_string(i)}, {"initial_deny_seconds", seconds}});
  }

  ASSERT_EQ(
      run({.receivers = file("r.json", receivers.dump()), .mails = 9, .withholds_texts = true}), 0);

  EXPECT_LE(summary()["excess_mean_s"], 0.6 * minute);
  EXPECT_LE(summary()["attempts_mean"], 2.15);
}

TEST_F(Simulate, NoAgeOfTheFirstContactKeepsMailFromPassing) {
  for (int hours = 0; hours <= 24; ++hours) {
    ASSERT_EQ(run({.first_contact_age = std::to_string(hours * 60 + 7) + "m"}), 0);
    EXPECT_EQ(summary()["never_passed"], 0) << hours;
  }
}

}  // namespace
}  // namespace greyhound::cli
