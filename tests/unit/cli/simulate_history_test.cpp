#include <filesystem>
#include <fstream>
#include <sstream>
#include <string>

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <nlohmann/json.hpp>
#include <stdlib.h>

#include "agent/records_view.hpp"
#include "cli/commands.hpp"
#include "cli/history_simulation.hpp"
#include "config/loader.hpp"
#include "unit/scheduler/rehearsal/recorded_mail.hpp"

namespace greyhound::cli {
namespace {

using namespace std::chrono_literals;
using scheduler::KnownSite;
using scheduler::noon;
using scheduler::RecordedMail;
using testing::HasSubstr;
using Json = nlohmann::json;

class SimulateHistory : public testing::Test {
 protected:
  SimulateHistory() {
    auto name = (std::filesystem::temp_directory_path() / "greyhound-history-XXXXXX").string();
    EXPECT_NE(mkdtemp(name.data()), nullptr);
    folder_ = name;
  }
  ~SimulateHistory() override { std::filesystem::remove_all(folder_); }

  std::string file(const std::string& name, const std::string& text) const {
    std::ofstream(folder_ / name) << text;
    return (folder_ / name).string();
  }

  // What `greyhound ledger --json` prints of it.
  static std::string ledger_of(const std::vector<queue::LedgerLine>& lines) {
    std::string text;
    for (const auto& line : lines)
      text += agent::to_line(agent::ledger_view(line)) + "\n";
    return text;
  }

  // Twenty mails by the shipped retry.json, an hour apart, to a site with a window of 20 minutes.
  static std::string a_ledger() {
    RecordedMail record(config::defaults().retry);
    KnownSite site{queue::SiteFacts{.site = "mx.d.example"}};
    for (int i = 0; i < 20; ++i) {
      record.send("d.example",
                  noon + i * 1h,
                  RecordedMail::a_new_triplet_at({.id = "it", .name = "It", .window = 20min}),
                  &site);
    }
    return ledger_of(record.lines);
  }

  int run(const SimulateOptions& wanted, bool as_json = true, const std::string& piped = "") {
    std::istringstream in(piped);
    out_.str("");
    err_.str("");
    Console console{in, out_, err_};
    return simulate({.config_folder = folder_, .as_json = as_json}, wanted, console);
  }

  std::vector<Json> lines() const {
    std::vector<Json> found;
    std::istringstream text(out_.str());
    for (std::string line; std::getline(text, line);)
      found.push_back(Json::parse(line));
    return found;
  }
  Json replay_by(const std::string& schedule) const {
    for (const auto& line : lines())
      if (line.contains("replay") && line["schedule"] == schedule) return line["replay"];
    ADD_FAILURE() << "no replay by " << schedule;
    return {};
  }

  std::filesystem::path folder_;
  std::ostringstream out_;
  std::ostringstream err_;
};

TEST_F(SimulateHistory, TheSettingsInForceMakeOfTheLedgerWhatItWas) {
  ASSERT_EQ(run({.ledger = file("ledger.json", a_ledger())}), 0) << err_.str();

  const auto was = replay_by("as recorded");
  const auto is = replay_by("retry.json");
  EXPECT_EQ(was["deliveries"], 20);
  EXPECT_EQ(is["deliveries"], 20);
  EXPECT_EQ(is["never_passed"], 0);
  for (const auto* key : {"attempts_mean",
                          "accepted_mean_s",
                          "accepted_median_s",
                          "accepted_95_s",
                          "busiest_minute",
                          "recorded",
                          "modelled"})
    EXPECT_EQ(is[key], was[key]) << key;
  EXPECT_EQ(is["modelled"], 0);
  EXPECT_EQ(was["delay_notices"], nullptr);
  EXPECT_EQ(is["delay_notices"], 1) << "of the first mail, that came too early twice";
}

TEST_F(SimulateHistory, ComparesSchedulesAndOtherSenders) {
  const auto slow = file("slow.json", R"({ "rules": [ { "name": "slow", "adapt": false,
      "greylist": [ "2h" ], "retry": [ "2h" ] } ], "learning": { "enabled": false } })");
  const auto peers = file("peers.json",
                          R"([ { "id": "hourly", "attempts_at_seconds": [ 0, 3600 ],
                                 "delay_dsn_at_seconds": null, "expire_seconds": null } ])");

  ASSERT_EQ(run({.retry = {slow}, .peers = peers, .ledger = "-"}, true, a_ledger()), 0)
      << err_.str();

  EXPECT_NEAR(replay_by(slow)["accepted_median_s"], 7200, 400);
  EXPECT_EQ(replay_by(slow)["attempts_mean"], 2);
  EXPECT_EQ(replay_by("hourly")["accepted_95_s"], 3600);
  EXPECT_EQ(replay_by("hourly")["recorded"], 20) << "all had passed by then";
}

TEST_F(SimulateHistory, SaysOfEachMailWhatBecameOfIt) {
  ASSERT_EQ(run({.ledger = file("ledger.json", a_ledger())}), 0);

  const auto mail = lines()[0];
  EXPECT_EQ(mail["schedule"], "as recorded");
  EXPECT_EQ(mail["site"], "mx.d.example");
  EXPECT_EQ(mail["window_s"], 1200) << "that is a common one";
  EXPECT_EQ(mail["passed"], true);
  EXPECT_GE(mail["accepted_after_s"], 1200);
  EXPECT_EQ(mail["attempts"].get<int>() - 1, mail["recorded"].get<int>());
  EXPECT_EQ(mail["modelled"], 0);
}

TEST_F(SimulateHistory, IsTheSameOnEveryRunAndFromLinesInAnyOrder) {
  const auto ledger = a_ledger();
  ASSERT_EQ(run({.ledger = file("ledger.json", ledger)}), 0);
  const auto once = out_.str();
  std::string backwards;
  std::istringstream text(ledger);
  for (std::string line; std::getline(text, line);)
    backwards = line + "\n" + backwards;

  ASSERT_EQ(run({.ledger = file("ledger.json", backwards)}), 0);

  EXPECT_EQ(out_.str(), once);
}

TEST_F(SimulateHistory, MeetsGreylistersAsWellWhereTheyAreNamed) {
  const auto receivers =
      file("receivers.json", R"([ { "id": "five", "initial_deny_seconds": 300 } ])");

  ASSERT_EQ(run({.receivers = receivers, .ledger = file("ledger.json", a_ledger())}), 0);

  EXPECT_EQ(replay_by("retry.json")["deliveries"], 20);
  EXPECT_THAT(out_.str(), HasSubstr(R"("summary":{"receivers":1)"));
}

TEST_F(SimulateHistory, PrintsATableOfSitesAndOneOfSchedules) {
  ASSERT_EQ(run({.ledger = file("ledger.json", a_ledger())}, false), 0);

  EXPECT_THAT(out_.str(), HasSubstr("20 deliveries on record met a greylister, at 1 site"));
  EXPECT_THAT(out_.str(), HasSubstr("mx.d.example"));
  EXPECT_THAT(out_.str(), HasSubstr("MODELLED"));
  EXPECT_THAT(out_.str(), HasSubstr("as recorded"));
}

TEST_F(SimulateHistory, AnEmptyLedgerIsNoFault) {
  EXPECT_EQ(run({.ledger = "-"}), 0);
  EXPECT_EQ(replay_by("retry.json")["deliveries"], 0);
}

TEST_F(SimulateHistory, NamesMailThatBeganBeforeTheLedger) {
  const auto ledger = a_ledger();
  const auto rest = ledger.substr(ledger.find('\n') + 1);

  ASSERT_EQ(run({.ledger = file("ledger.json", rest)}), 0);

  EXPECT_EQ(replay_by("as recorded")["deliveries"], 19);
  EXPECT_THAT(err_.str(), HasSubstr("began before the record: 1"));
}

TEST_F(SimulateHistory, RefusesWhatItCannotRead) {
  EXPECT_EQ(run({.ledger = "/nonexistent/ledger.json"}), 78);
  EXPECT_THAT(err_.str(), HasSubstr("/nonexistent/ledger.json: error: could not be opened"));
  EXPECT_EQ(run({.ledger = folder_.string()}), 78);
  EXPECT_THAT(err_.str(), HasSubstr("could not be read"));
  EXPECT_EQ(run({.ledger = "-"}, true, a_ledger() + "what is this\n"), 78);
  EXPECT_THAT(err_.str(), HasSubstr(": error: is not a JSON object"));
  EXPECT_EQ(run({.ledger = "-", .chart = "chart.svg"}, true, a_ledger()), 2);
  EXPECT_THAT(err_.str(), HasSubstr("name them by --receivers"));
}

// Three mails are accepted after 1, 2 and 9 minutes, one never.
TEST(ReplayTally, SumsUp) {
  const auto mail = [](std::uint64_t number, std::vector<Instant> contacts, bool has_passed) {
    scheduler::ReplayedDelivery made{.id = {queue::MessageId(number << 8U), 1}};
    made.first_contact = noon;
    made.has_passed = has_passed;
    if (has_passed) made.accepted_after = contacts.back() - noon;
    made.contacts = std::move(contacts);
    made.recorded = 1;
    return made;
  };
  ReplayTally tally;
  auto told = mail(1, {noon + 20s, noon + 1min}, true);
  told.had_delay_notice = true;
  auto its_sibling = mail(1, {noon + 2min}, true);
  its_sibling.id.number = 2;
  its_sibling.had_delay_notice = true;
  tally.add({told, its_sibling});
  tally.add({mail(3, {noon + 30s, noon + 50s, noon + 9min}, true), mail(4, {noon + 40s}, false)});

  const auto score = tally.score();

  EXPECT_EQ(score.deliveries, 4U);
  EXPECT_EQ(score.never_passed, 1U);
  EXPECT_EQ(score.accepted_mean, 4min);
  EXPECT_EQ(score.accepted_median, 2min);
  EXPECT_EQ(score.accepted_95, 9min);
  EXPECT_EQ(score.attempts_mean, 2.75);
  EXPECT_EQ(score.delay_notices, 1U) << "one message";
  EXPECT_EQ(score.busiest_minute, 4U);
  EXPECT_EQ(score.recorded, 4U);
  EXPECT_EQ(score.modelled, 3U);
}

}  // namespace
}  // namespace greyhound::cli
