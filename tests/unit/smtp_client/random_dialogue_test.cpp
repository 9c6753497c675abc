// Whatever servers say and whenever they fall silent, what an attempt reports is true.
#include "unit/smtp_client/random_dialogue.hpp"

#include <regex>

#include <gtest/gtest.h>

#include "unit/smtp_client/courier_fixture.hpp"

namespace greyhound::smtp {
namespace {

using namespace std::chrono_literals;
using mail::Verdict;
using peers::HeardSession;

// Takes a moment, in which everything that was sent before it arrives.
class WatchfulMark final : public mail::InDoubtMark {
 public:
  WatchfulMark(Simulation& place, std::vector<std::set<std::size_t>>& marks)
      : place_(place), marks_(marks) {}

  Awaitable<Result<>> set(std::vector<std::size_t> accepted) override {
    co_await place_.time.sleep(moment);
    EXPECT_LE(place_.net.messages_heard(), marks_.size()) << "a message left before its mark";
    marks_.emplace_back(accepted.begin(), accepted.end());
    co_return Result<>{};
  }

  static constexpr Duration moment = 2s;

 private:
  Simulation& place_;
  std::vector<std::set<std::size_t>>& marks_;
};

// Where a reply was said: "host-connection/verb#use".
struct Origin {
  std::size_t host;
  std::size_t connection;
  std::string verb;
  std::size_t use;
};

std::optional<Origin> origin_of(const mail::Reply& reply) {
  static const std::regex tag(R"((\d)-(\d)/([A-Za-z.]+)#(\d)$)");
  const auto& line = reply.lines.back();
  std::smatch found;
  if (!std::regex_search(line, found, tag)) return std::nullopt;
  return Origin{.host = std::stoul(found[1]),
                .connection = std::stoul(found[2]),
                .verb = found[3],
                .use = std::stoul(found[4])};
}

constexpr std::size_t hosts = 2;
constexpr std::size_t scripts_per_host = 3;

// Two messages, one after the other, to a site of two hosts.
class Play {
 public:
  explicit Play(std::uint64_t seed) : dialogue_(seed) {
    courier_.keeps_sessions = true;
    courier_.keeps_mark = true;
    for (std::size_t host = 0; host < hosts; ++host) {
      for (std::size_t i = 0; i < scripts_per_host; ++i)
        scripts_[host].push_back(dialogue_.script(std::to_string(host) + "-" + std::to_string(i)));
      place_->path = dialogue_.path();
      receivers_.push_back(courier_.receiver_of(scripts_[host]));
    }
  }

  void run() {
    const auto begin = place_->time.steady();
    attempt();
    attempt();
    courier_.let_go();
    const auto took = place_->time.steady() - begin;
    for (const auto& receiver : receivers_)
      heard_.push_back(receiver->heard(SIZE_MAX));

    EXPECT_LE(took, sum_of_limits());
    EXPECT_LE(place_->net.messages_heard(), marks_.size());
    for (const auto& attempt : attempts_)
      check(attempt);
  }

  std::map<Verdict, std::size_t> verdicts;

 private:
  struct Attempt {
    std::vector<std::string> recipients;
    std::vector<mail::Outcome> outcomes = {};
    std::set<std::size_t> marked = {};
  };

  void attempt() {
    Attempt made{.recipients = dialogue_.recipients()};
    auto request = a_request(made.recipients);
    request.body = std::make_unique<StringBody>(dialogue_.body(), std::size_t{64} * 1024);
    request.in_doubt = std::make_unique<WatchfulMark>(*place_, marks_);
    const auto before = marks_.size();
    const auto site = TestCourier::site_at({receivers_[0]->endpoint(), receivers_[1]->endpoint()});
    made.outcomes = courier_.run_attempt(std::move(request), site).outcomes;
    for (auto i = before; i < marks_.size(); ++i)
      made.marked.insert(marks_[i].begin(), marks_[i].end());
    attempts_.push_back(std::move(made));
  }

  // Of every command that was heard, and one more on each connection that may not have been.
  Duration sum_of_limits() const {
    const Timeouts limits;
    Duration sum{0};
    for (const auto& sessions : heard_) {
      for (const auto& session : sessions) {
        const auto blocks = session.bytes.size() / 65'536 + 2;
        sum += limits.connect + limits.greeting + limits.ehlo + limits.final;
        sum += blocks * limits.block;
        for (const auto& command : session.commands) {
          const bool ends = command.starts_with("DATA") || command.starts_with("BDAT");
          sum += ends ? limits.data + limits.block + limits.final + WatchfulMark::moment
                      : Duration(limits.rcpt);
        }
      }
    }
    return sum;
  }

  void check(const Attempt& attempt) {
    ASSERT_EQ(attempt.outcomes.size(), attempt.recipients.size());
    for (std::size_t i = 0; i < attempt.outcomes.size(); ++i) {
      const auto& outcome = attempt.outcomes[i];
      SCOPED_TRACE(attempt.recipients[i] + ": " + TestCourier::said({{outcome}}).at(0));
      ++verdicts[outcome.verdict];
      const bool may_be_there =
          outcome.verdict == Verdict::delivered || outcome.verdict == Verdict::unknown;
      EXPECT_TRUE(!may_be_there || attempt.marked.contains(i)) << "not marked";
      if (outcome.verdict == Verdict::refused) check_refusal(outcome, attempt.recipients[i]);
      if (outcome.verdict == Verdict::delivered) check_delivery(outcome);
    }
  }

  // Never without a 5yz to this recipient or to all.
  void check_refusal(const mail::Outcome& outcome, const std::string& recipient) const {
    ASSERT_TRUE(outcome.reply && outcome.reply->is_permanent());
    const auto origin = origin_of(*outcome.reply);
    ASSERT_TRUE(origin);
    if (!RandomDialogue::is_in_step(scripts_[origin->host][origin->connection])) return;
    EXPECT_TRUE(origin->verb != "RSET" && origin->verb != "QUIT");
    EXPECT_TRUE(origin->verb != "RCPT" || was_said_of(*origin, recipient));
  }

  // Never without a 2yz to a message that was heard to its end.
  void check_delivery(const mail::Outcome& outcome) const {
    ASSERT_TRUE(outcome.reply && outcome.reply->is_positive());
    const auto origin = origin_of(*outcome.reply);
    if (!origin) return;  // too early: was to the message all the same, for all the client knows
    if (!RandomDialogue::is_in_step(scripts_[origin->host][origin->connection])) return;
    EXPECT_TRUE(origin->verb == "." || origin->verb == "BDAT");
    const auto& sessions = heard_[origin->host];
    EXPECT_TRUE(std::any_of(sessions.begin(), sessions.end(), [](const auto& session) {
      return session.whole_messages > 0;
    }));
  }

  bool was_said_of(const Origin& origin, const std::string& recipient) const {
    const auto last = scripts_[origin.host][origin.connection].replies.at("RCPT").size() - 1;
    const auto& sessions = heard_[origin.host];
    for (std::size_t i = 0; i < sessions.size(); ++i) {
      if (std::min(i, scripts_per_host - 1) != origin.connection) continue;
      std::size_t use = 0;
      for (const auto& command : sessions[i].commands) {
        if (!command.starts_with("RCPT")) continue;
        const bool is_it = std::min(use++, last) == origin.use;
        if (is_it && command.find("<" + recipient + ">") != std::string::npos) return true;
      }
    }
    return false;
  }

  RandomDialogue dialogue_;
  std::unique_ptr<Simulation> made_ = std::make_unique<Simulation>();
  Simulation* const place_ = made_.get();
  TestCourier courier_{std::move(made_)};
  std::array<std::vector<peers::Script>, hosts> scripts_;
  std::vector<std::unique_ptr<peers::Receiver>> receivers_;
  std::vector<std::set<std::size_t>> marks_;
  std::vector<Attempt> attempts_;
  std::vector<std::vector<HeardSession>> heard_;
};

TEST(RandomDialogues, AreReportedAsTheyWere) {
  constexpr std::uint64_t plays = 1200;
  std::map<Verdict, std::size_t> verdicts;
  for (std::uint64_t seed = 1; seed <= plays && !testing::Test::HasFailure(); ++seed) {
    SCOPED_TRACE("seed " + std::to_string(seed));
    Play play(seed);
    play.run();
    for (const auto& [verdict, count] : play.verdicts)
      verdicts[verdict] += count;
  }
  // Chance has been everywhere.
  for (const auto verdict :
       {Verdict::delivered, Verdict::deferred, Verdict::refused, Verdict::unknown})
    EXPECT_GT(verdicts[verdict], plays / 20) << to_string(verdict);
}

}  // namespace
}  // namespace greyhound::smtp
