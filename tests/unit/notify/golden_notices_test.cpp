// Every kind of notice in every shipped language, plain and with the worst that can be in it,
// against stored ones; and all of them against a checker that is not ours.
// To renew the files after a wanted change: GREYHOUND_RENEW_GOLDEN=1 unit_notify, then read the
// diff.
#include <array>
#include <cstdlib>
#include <filesystem>
#include <fstream>

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <stdlib.h>

#include "notify/dsn_composer.hpp"
#include "unit/notify/golden_file.hpp"
#include "unit/notify/notice_builders.hpp"
#include "unit/notify/report_parser.hpp"

namespace greyhound::notify {
namespace {

using testing::a_delay;
using testing::a_failure;
using testing::a_recipient;
using testing::address;
using testing::deferred;
using testing::noon;
using testing::refused;
using testing::words;
using namespace std::chrono_literals;

const std::array<std::string, 4> kinds{"delay", "failure", "relay", "bounce"};
const std::array<std::string, 4> languages{"en", "de", "fr", "es"};
const std::array<std::string, 5> cases{"plain", "utf8", "lines", "huge", "hostile"};

constexpr auto filler = "X-Filler: ffffffffffffffffffffffffffffffffffffffff\r\n";

NoticeFacts facts_of(const std::string& kind) {
  if (kind == "delay") {
    auto delay = a_delay();
    delay.recipients[0].further_attempts = {noon + 65min, noon + 155min};
    delay.recipients[0].usual_passage = 10min;
    return delay;
  }
  auto facts = a_failure();
  if (kind == "failure") {
    facts.delay_notice_at = noon + 15min;
    facts.original_whole = facts.original_head + "\r\nHello Bob,\r\n-- \r\nAlice\r\n";
    return facts;
  }
  facts.kind = kind == "relay" ? NoticeKind::relay : NoticeKind::bounce;
  if (kind == "bounce") {
    facts.to = address("postmaster@example.org");
    facts.kept_until = noon + 24h * 30;
    return facts;
  }
  auto reply = mail::make_reply(250, {"2.0.0 queued as 7F3"});
  facts.recipients[0].outcome = {.verdict = mail::Verdict::delivered,
                                 .stage = mail::Stage::eom,
                                 .status = *reply.status,
                                 .reply = reply,
                                 .reason = {}};
  return facts;
}

void set_text(NoticeFacts& facts, std::vector<std::string> lines) {
  auto& reply = facts.recipients[0].outcome.reply;
  ASSERT_TRUE(reply.has_value());
  reply->lines = std::move(lines);
}

void make_hostile(NoticeFacts& facts) {
  facts.envelope_id = "x+0D+0ABcc:+20eve@example.net";
  facts.original_message_id = "<a@b>\r\nX-Injected: yes";
  facts.original_head =
      "Subject: \x1b[31mred\r\nX-Bytes: \xff\xfe\nX-Long: " + std::string(1200, 'z') +
      "\r\n--=_01JD3K5M7N9QS_0=\r\n";
  facts.original_whole.reset();
  auto& about = facts.recipients[0];
  about.recipient.address = address("\"=?utf-8?Q?a=0D=0ABcc?= \\\" b\"@d.example");
  about.recipient.original = "rfc822;x+0D+0A+0D+0AAction:+20delivered";
  about.host = "mx\r\nAction: failed";
  set_text(
      facts,
      {std::string("later\r\nAction: delivered\r\n\r\nFinal-Recipient: rfc822; e@x.example") + '\0',
       "--=_01JD3K5M7N9QS_1=",
       "\xe2\x80\xae Gr\xc3\xbc\xc3\x9f\x65 \xff " + std::string(1100, 'w')});
}

NoticeFacts facts_of(const std::string& kind,
                     const std::string& language,
                     const std::string& variant) {
  auto facts = facts_of(kind);
  facts.texts = {words(language)};
  if (variant == "utf8") {
    facts.to = address("zo\xc3\xa9@example.org");
    facts.recipients[0].recipient.address = address("j\xc3\xb6rg@empf\xc3\xa4nger.example");
    facts.recipients[0].recipient.original = "utf-8;j\\x{F6}rg@old.example";
    facts.original_head += "X-Note: \xe2\x82\xac 5\r\n";
    if (facts.original_whole) facts.original_whole = facts.original_head + "\r\nHallo\r\n";
    set_text(facts, {"Empf\xc3\xa4nger"});
  } else if (variant == "lines") {
    facts.recipients.push_back(a_recipient("carol@e.example", facts.recipients[0].outcome));
    facts.recipients[1].expires = facts.recipients[0].expires;
    facts.recipients[1].recipient.original = "rfc822;caro+2Bwork@old.example";
    facts.recipients[1].host = "192.0.2.25";
    set_text(facts, {"Come back for these reasons:", "", "no such sender,", "and goodbye"});
  } else if (variant == "huge") {
    facts.original_whole.reset();
    for (int i = 0; i < 1500; ++i)
      facts.original_head += filler;
  } else if (variant == "hostile") {
    make_hostile(facts);
  }
  return facts;
}

// Many equal lines are counted in the stored file.
std::string abridged(const std::string& notice) {
  std::string out;
  std::size_t at = 0;
  for (auto next = notice.find(filler); next != std::string::npos; next = notice.find(filler, at)) {
    out += notice.substr(at, next - at);
    std::size_t count = 0;
    for (; notice.compare(next, std::string_view(filler).size(), filler) == 0; ++count)
      next += std::string_view(filler).size();
    out += "[" + std::to_string(count) + " times] " + filler;
    at = next;
  }
  return out + notice.substr(at);
}

class GoldenNotice
    : public ::testing::TestWithParam<std::tuple<std::string, std::string, std::string>> {};

TEST_P(GoldenNotice, IsAsStored_Line79And115) {
  const auto& [kind, language, variant] = GetParam();
  const auto composed = compose(facts_of(kind, language, variant), testing::a_reporter());
  const auto stored = testing::golden_path(kind + "_" + language + "_" + variant);

  EXPECT_THAT(testing::parse_report(composed).faults, ::testing::IsEmpty());
  if (std::getenv("GREYHOUND_RENEW_GOLDEN") != nullptr) {
    std::ofstream(stored, std::ios::binary) << abridged(composed);
    GTEST_SKIP() << stored << " was written anew";
  }
  EXPECT_EQ(abridged(composed), testing::read_file(stored));
}

INSTANTIATE_TEST_SUITE_P(All,
                         GoldenNotice,
                         ::testing::Combine(::testing::ValuesIn(kinds),
                                            ::testing::ValuesIn(languages),
                                            ::testing::ValuesIn(cases)),
                         [](const auto& chosen) {
                           return std::get<0>(chosen.param) + "_" + std::get<1>(chosen.param) +
                                  "_" + std::get<2>(chosen.param);
                         });

TEST(IndependentChecker, FindsNoFaultInAnyOfThem) {
  if (!testing::has_python()) GTEST_SKIP() << "python3 with its email package is not here";
  auto folder = (std::filesystem::temp_directory_path() / "greyhound-notices-XXXXXX").string();
  ASSERT_NE(mkdtemp(folder.data()), nullptr);
  for (const auto& kind : kinds)
    for (const auto& language : languages)
      for (const auto& variant : cases) {
        const auto name = kind + "_" + language + "_" + variant + ".eml";
        std::ofstream(std::filesystem::path(folder) / name, std::ios::binary)
            << compose(facts_of(kind, language, variant), testing::a_reporter());
      }

  const auto checked = testing::run_script("check_reports.py", folder);

  EXPECT_EQ(checked.output, "80 notices, 0 faults\n");
  std::filesystem::remove_all(folder);
}

}  // namespace
}  // namespace greyhound::notify
