// Replies as people find them in their logs: the labelled set, with what has to be right in it.
#include "agent/reply_reading.hpp"

#include <array>
#include <fstream>
#include <sstream>
#include <string>
#include <vector>

#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

#include "config/greylisters_json.hpp"
#include "config/replies_json.hpp"

namespace greyhound::agent {
namespace {

using mail::ReplyClass;

constexpr Instant noon{std::chrono::hours(20'000 * 24 + 12)};

const scheduler::RetrySettings& shipped() {
  static const scheduler::RetrySettings settings{.rules = {},
                                                 .catalogue = config::shipped_catalogue(),
                                                 .reply_rules = config::shipped_reply_rules()};
  return settings;
}

ReplyReading read(const std::string& line) {
  return read_reply_line(line, shipped(), noon);
}

struct Labelled {
  std::string line;         // as classify takes it
  std::string reply_class;  // what it is
  std::string hint;         // seconds, "-" for none, "absolute" for an instant
};

std::vector<Labelled> labelled() {
  std::ifstream file(std::string(GREYHOUND_SOURCE_DIR) + "/tests/golden/replies/labelled.tsv");
  std::vector<Labelled> replies;
  std::string row;
  std::getline(file, row);  // the names of the columns
  while (std::getline(file, row)) {
    std::array<std::string, 7> cells;
    std::istringstream in(row);
    for (auto& cell : cells)
      std::getline(in, cell, '\t');
    const auto& [code, status, stage, reply_class, hint, text, source] = cells;
    replies.push_back({code + "\t" + status + "\t" + stage + "\t" + (text == "(empty)" ? "" : text),
                       reply_class,
                       hint});
  }
  return replies;
}

struct Share {
  std::size_t part = 0;
  std::size_t whole = 0;
  void count(bool is_part) {
    part += is_part ? 1 : 0;
    ++whole;
  }
  double value() const { return static_cast<double>(part) / static_cast<double>(whole); }
};

TEST(LabelledReplies, AreOfTheClassThatTheyAreLabelledWith) {
  Share right;
  Share found;
  Share meant;
  std::string wrong;
  for (const auto& [line, reply_class, hint] : labelled()) {
    const auto reading = read(line);
    const bool is_right = mail::to_string(reading.reply_class) == reply_class;
    const bool is_recognised = reading.reply_class == ReplyClass::greylist;
    right.count(is_right);
    if (reply_class == "greylist") found.count(is_recognised || reading.is_suspected);
    if (is_recognised) meant.count(reply_class == "greylist");
    if (!is_right) wrong += reply_class + ", not as by \"" + reading.rule + "\": " + line + "\n";
  }

  EXPECT_GT(right.whole, 300U);
  EXPECT_GE(right.value(), 0.95) << wrong;
  EXPECT_GE(found.value(), 0.97) << wrong;
  EXPECT_GE(meant.value(), 0.97) << wrong;
}

TEST(LabelledReplies, StateTheWaitThatTheyAreLabelledWithAndNoOther) {
  for (const auto& [line, reply_class, hint] : labelled()) {
    const auto seconds = read(line).hint_seconds;

    if (hint == "absolute") {
      EXPECT_TRUE(seconds) << line;
    } else {
      EXPECT_EQ(seconds ? std::to_string(*seconds) : "-", hint) << line;
    }
  }
}

TEST(ReplyReading, TellsAllThatIsKnown) {
  const auto reading = read(
      "450\t4.2.0\trcpt\t<a@b.example>: Recipient address rejected: Greylisted for 90 seconds");

  EXPECT_EQ(reading_view(reading).dump(),
            R"({"class":"greylist","suspected_greylist":false,"hint_seconds":90,)"
            R"("signature":"postgrey","rule":"greylisted"})");
}

TEST(ReplyReading, ReadsLinesThatAPersonHasBroken) {
  const auto reading = read("451\t4.7.1\trcpt\tGreylisted,\\nplease try again in 5\\nminutes");

  EXPECT_EQ(reading.reply_class, ReplyClass::greylist);
  EXPECT_EQ(reading.hint_seconds, 300);
}

TEST(ReplyReading, SuspectsOnlyWhatIsNotSaidAndNotForGood) {
  EXPECT_FALSE(read("451\t-\trcpt\tGreylisted").is_suspected);
  EXPECT_TRUE(read("451\t-\trcpt\tPlease try again later").is_suspected);
  EXPECT_TRUE(read("451\t-\trcpt\t").is_suspected);
  EXPECT_FALSE(read("551\t-\trcpt\tPlease try again later").is_suspected);
  EXPECT_FALSE(read("451\t-\tconnect\tPlease try again later").is_suspected);
  EXPECT_FALSE(read("452\t-\trcpt\tMailbox full").is_suspected);
}

TEST(ReplyReading, SaysWhatItCannotReadOfALine) {
  EXPECT_EQ(read("").complaint, "has fewer than four fields");
  EXPECT_EQ(read("451 4.7.1 Greylisted").complaint, "has fewer than four fields");
  EXPECT_EQ(read("45x\t-\trcpt\tGreylisted").complaint, "does not begin with a reply code");
  EXPECT_EQ(read("99\t-\trcpt\tGreylisted").reply_class, ReplyClass::unknown);
  EXPECT_EQ(read("451\t4.7\trcpt\tGreylisted").complaint,
            "has an enhanced code that is none; left aside");
  EXPECT_EQ(read("451\t-\tHELP\tGreylisted").reply_class, ReplyClass::greylist);
}

TEST(ReplyReading, TakesACodeOrAStageThatIsNotKnown) {
  const auto reading = read("-\t-\t?\thas been greylisted");

  EXPECT_EQ(reading.complaint, "");
  EXPECT_EQ(reading.reply_class, ReplyClass::greylist);
}

}  // namespace
}  // namespace greyhound::agent
