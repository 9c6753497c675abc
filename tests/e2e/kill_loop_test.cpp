#include <algorithm>
#include <chrono>
#include <csignal>
#include <cstdlib>
#include <iostream>
#include <memory>

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

#include "e2e/agent_process.hpp"
#include "e2e/mail_tally.hpp"
#include "e2e/numbered_letter.hpp"
#include "e2e/receiver_process.hpp"
#include "e2e/submitters.hpp"
#include "runtime/random.hpp"

namespace greyhound::e2e {
namespace {

using namespace std::chrono_literals;
using testing::IsEmpty;

constexpr std::size_t submitter_count = 4;
constexpr unsigned quick_retries = 4;  // of what is deferred for ever; then it waits an hour
constexpr Duration drain_limit = 90s;

std::uint64_t number_from(const char* variable, std::uint64_t otherwise) {
  const char* const text = std::getenv(variable);
  return text == nullptr || *text == '\0' ? otherwise : std::strtoull(text, nullptr, 10);
}

std::string milliseconds(Duration duration) {
  return std::to_string(std::chrono::duration_cast<std::chrono::milliseconds>(duration).count()) +
         " ms";
}

class KillLoop : public testing::Test {
 protected:
  void SetUp() override {
    for (auto* receiver : {&open_, &grey_, &full_, &sender_})
      ASSERT_TRUE(receiver->start());
    AgentConfig config{.routes = {{std::string(open_domain), open_.endpoint()},
                                  {std::string(grey_domain), grey_.endpoint()},
                                  {std::string(full_domain), full_.endpoint()},
                                  {std::string(sender_domain), sender_.endpoint()}},
                       .retry = std::vector<std::string>(quick_retries, "1s"),
                       .greylist = {"1s"},
                       .lifetime = "12h"};
    config.retry.emplace_back("1h");
    agent_ = std::make_unique<AgentProcess>(config);
    std::cout << "seed " << seed_ << "; again: ./dev crash --rounds " << rounds_ << " --seed "
              << seed_ << '\n';
  }

  void TearDown() override {
    if (!HasFailure()) return;
    constexpr std::ptrdiff_t most = 40;
    std::cout << "The last that the agent printed:\n";
    const auto count = std::min<std::ptrdiff_t>(most, std::ssize(last_lines_));
    for (auto line = last_lines_.end() - count; line != last_lines_.end(); ++line)
      std::cout << "  " << *line << '\n';
  }

  // False: it did not become ready, or it ended.
  bool start_agent() {
    process_ = agent_->launch();
    const auto is_wanted = [this](const std::string& line) {
      const auto event = LogEvent::parse(line);
      if (!event) return false;
      const auto address = event->field("address");
      if (event->event == "listening" && !address.empty()) intake_ = Endpoint::parse(address, 25);
      return event->event == "ready";
    };
    intake_.reset();
    return process_->wait_for_line(is_wanted, AgentProcess::patience) && intake_;
  }

  void kill_agent() {
    process_->signal(SIGKILL);  // itself first: it may not lead its group yet
    process_->kill();
    take_agent_lines();
  }

  void take_agent_lines() {
    // Its last words may still be in the pipe.
    process_->wait_for_line([](const std::string&) { return false; }, AgentProcess::patience);
    last_lines_ = process_->lines();
    for (const auto& line : last_lines_)
      tally_.take_agent_line(line);
    process_.reset();
  }

  // Runs the agent for a while that chance decides, in one round of eight not even until it is
  // ready, and kills it. It must not end by itself.
  void play_round(std::uint64_t round) {
    const bool is_early = chance_.below(8) == 0;
    const auto life = std::chrono::microseconds(chance_.below(is_early ? 120'000 : 900'000));
    if (is_early) {
      process_ = agent_->launch();
    } else {
      const bool is_ready = start_agent();
      if (is_ready) submitters_.go_to(*intake_);
      EXPECT_TRUE(is_ready) << "round " << round;
    }
    EXPECT_FALSE(process_->wait(life).has_value()) << "the agent ended by itself, round " << round;
    kill_agent();
    count();
    report("round " + std::to_string(round) + "/" + std::to_string(rounds_) + ": killed " +
           milliseconds(life) + (is_early ? " after its start" : " after it was ready"));
  }

  void count() {
    for (const auto& letter : submitters_.take_accepted())
      tally_.take_accepted(letter);
    for (auto* receiver : {&open_, &grey_, &full_, &sender_}) {
      for (const auto& line : receiver->new_lines())
        tally_.take_journal_line(line);
    }
  }

  void report(const std::string& when) const {
    const auto totals = tally_.totals();
    std::cout << when << "; so far " << totals.accepted << " letters accepted, " << totals.arrived
              << " recipients reached, " << totals.in_doubt << " deliveries in doubt, "
              << totals.repeated << " second arrivals, " << totals.notices << " delay notices\n"
              << std::flush;
  }

  // Nothing is left but what is deferred for ever, and that has had its quick retries.
  bool is_drained() const {
    const auto listed = agent_->run({"queue", "list", "--json"});
    return listed.exit_code == 0 && std::ranges::all_of(listed.lines, [](const auto& line) {
             const auto entry = nlohmann::json::parse(line, nullptr, false);
             return entry.is_object() && entry.value("domain", "") == full_domain &&
                    entry.value("state", "") == "waiting" &&
                    entry.value("attempts", 0U) > quick_retries;
           });
  }

  std::uint64_t rounds_ = number_from("GREYHOUND_CRASH_ROUNDS", 20);
  std::uint64_t seed_ =
      number_from("GREYHOUND_CRASH_SEED", Random::from_system().below(1'000'000'000));
  Random chance_{seed_};
  ReceiverProcess open_{{"--rule", "* accept"}};
  ReceiverProcess grey_{{"--initial-denial", "1500ms"}};
  ReceiverProcess full_{{"--rule", "* defer 452 4.2.2 Mailbox full"}};
  ReceiverProcess sender_{{"--rule", "* accept"}};
  std::unique_ptr<AgentProcess> agent_;  // its configuration and state; we start it ourselves
  std::unique_ptr<ChildProcess> process_;
  std::optional<Endpoint> intake_;
  std::vector<std::string> last_lines_;
  MailTally tally_{seed_};
  Submitters submitters_{seed_, submitter_count};
};

TEST_F(KillLoop, LosesNothingAndRepeatsOnlyWhatWasInDoubt) {
  for (std::uint64_t round = 1; round <= rounds_ && !HasFailure(); ++round)
    play_round(round);
  submitters_.stop();
  ASSERT_TRUE(start_agent());
  EXPECT_TRUE(holds_within(drain_limit, [this] { return is_drained(); }));
  process_->signal(SIGTERM);
  EXPECT_EQ(process_->wait(AgentProcess::patience), 0);
  take_agent_lines();
  count();
  report("drained");

  EXPECT_GT(tally_.totals().accepted, 0U);
  EXPECT_THAT(tally_.lost(), IsEmpty());
  EXPECT_THAT(tally_.damaged(), IsEmpty());
  EXPECT_THAT(tally_.repeated_without_doubt(), IsEmpty());
  EXPECT_THAT(tally_.queued_twice(), IsEmpty());
  EXPECT_THAT(tally_.notified_twice(), IsEmpty());
  EXPECT_THAT(tally_.never_notified(), IsEmpty());
  EXPECT_THAT(tally_.rarely_deferred(), IsEmpty());
  EXPECT_THAT(submitters_.refusals(), IsEmpty());
}

}  // namespace
}  // namespace greyhound::e2e
