// Every way in which a connection can end: after each byte that the server says, and after each
// that it hears, in an orderly way and by a reset, with what arrives in one piece and byte by byte.
// Source: RFC 5321 section 4.5.3.1.10; RFC 1047 (in doubt); RFC 2920; RFC 3030.
#include <algorithm>

#include <gtest/gtest.h>

#include "unit/smtp_client/courier_fixture.hpp"

namespace greyhound::smtp {
namespace {

using mail::Verdict;
using peers::Script;

const std::string greeting = "220-mx.test\r\n220 ESMTP\r\n";
const std::string body = "Hi\r\n.hello\r\n";
const std::string ok = "250 2.0.0 ok\r\n";
const std::string later = "450 4.2.0 later\r\n";
const std::string unknown = "550-5.1.1 unknown\r\n550 5.1.1 here\r\n";

// A whole dialogue by what the server says in it.
struct Course {
  const char* name;
  std::string ehlo;
  std::string helo = {};  // where EHLO is refused
  // To MAIL of each message; those before the last one have a single recipient and are taken.
  std::vector<std::string> mail = {ok};
  std::vector<std::string> rcpt = {ok, ok};
  std::string go_ahead = {};  // to DATA; empty: goes by BDAT
  std::string end = ok;
  bool is_at_once = false;  // the last message goes along with its envelope

  friend void PrintTo(const Course& course, std::ostream* out) { *out << course.name; }

  std::size_t messages_before() const { return mail.size() - 1; }
  std::size_t recipients() const { return rcpt.size() - messages_before(); }
};

struct Word {
  std::string verb;
  std::string reply;
};

std::vector<Word> words_of(const Course& course) {
  std::vector<Word> words{{"greeting", greeting}, {"EHLO", course.ehlo}};
  if (!course.helo.empty()) words.push_back({"HELO", course.helo});
  std::size_t next_rcpt = 0;
  for (std::size_t i = 0; i < course.mail.size(); ++i) {
    const bool is_last = i + 1 == course.mail.size();
    words.push_back({"MAIL", course.mail[i]});
    do {
      words.push_back({"RCPT", course.rcpt[next_rcpt++]});
    } while (is_last && next_rcpt < course.rcpt.size());
    if (!course.go_ahead.empty()) words.push_back({"DATA", course.go_ahead});
    words.push_back({course.go_ahead.empty() ? "BDAT" : ".", is_last ? course.end : ok});
  }
  return words;
}

Script script_of(const Course& course) {
  Script script{.greeting = greeting};
  for (const auto& word : words_of(course))
    if (word.verb != "greeting") script.replies[word.verb].push_back(word.reply);
  return script;
}

// How a cut dialogue comes out by what of it was read: said in another way than the client does it.
struct Reading {
  const Course& course;
  std::size_t replies_read;
  bool is_way_closed = false;  // nothing can be sent once they are read

  bool has_read(std::size_t word) const { return word < replies_read; }
  std::size_t last() const { return words_of(course).size() - 1; }
  std::size_t first_rcpt() const {
    return last() - (course.go_ahead.empty() ? 0 : 1) - course.recipients();
  }
  bool is_envelope_read() const { return replies_read >= first_rcpt() + course.recipients(); }
  const std::string& rcpt(std::size_t recipient) const {
    return course.rcpt[course.messages_before() + recipient];
  }

  bool is_some_recipient_taken() const {
    for (std::size_t i = 0; i < course.recipients(); ++i)
      if (has_read(first_rcpt() + i) && rcpt(i)[0] == '2') return true;
    return false;
  }

  // The message has been sent to its end.
  bool is_sent() const {
    if (course.is_at_once) return true;
    if (!is_envelope_read() || !is_some_recipient_taken()) return false;
    if (course.go_ahead.empty()) return true;
    const bool has_begun = !is_way_closed || replies_read > last();
    return course.go_ahead[0] == '3' && has_read(last() - 1) && has_begun;
  }

  // Verdict and code of a recipient; 0: no reply decided.
  std::pair<Verdict, int> outcome(std::size_t recipient) const {
    const auto by = [](const std::string& reply) {
      const auto verdict = reply[0] == '2'   ? Verdict::delivered
                           : reply[0] == '5' ? Verdict::refused
                                             : Verdict::deferred;
      return std::pair(verdict, std::stoi(reply));
    };
    const auto& mail = course.mail.back();
    if (mail[0] != '2' && has_read(first_rcpt() - 1)) return by(mail);
    const bool is_answered = has_read(first_rcpt() + recipient);
    if (is_answered && rcpt(recipient)[0] != '2') return by(rcpt(recipient));
    const bool has_data_reply = !course.go_ahead.empty() && has_read(last() - 1);
    if (has_data_reply && course.go_ahead[0] != '3') return by(course.go_ahead);
    if (!is_sent()) return {Verdict::deferred, 0};
    if (!has_read(last())) return {Verdict::unknown, 0};
    return by(course.end);
  }
};

const Course courses[] = {
    {.name = "helo", .ehlo = "502 what\r\n", .helo = ok, .rcpt = {ok}, .go_ahead = "354 go\r\n"},
    {.name = "lock_step",
     .ehlo = "250-mx.test\r\n250 ENHANCEDSTATUSCODES\r\n",
     .rcpt = {ok, later, unknown},
     .go_ahead = "354-go\r\n354 on\r\n"},
    {.name = "pipelined",
     .ehlo = "250-mx.test\r\n250-PIPELINING\r\n250 ENHANCEDSTATUSCODES\r\n",
     .rcpt = {unknown, ok, later},
     .go_ahead = "354 go\r\n"},
    {.name = "pipelined_and_put_off_at_the_end",
     .ehlo = "250-mx.test\r\n250 PIPELINING\r\n",
     .rcpt = {ok, unknown, ok},
     .go_ahead = "354 go\r\n",
     .end = "451-4.3.0 no\r\n451 4.3.0 room\r\n"},
    {.name = "refused_at_data",
     .ehlo = "250-mx.test\r\n250 PIPELINING\r\n",
     .rcpt = {ok, later},
     .go_ahead = "554 5.7.1 no\r\n"},
    {.name = "refused_at_mail",
     .ehlo = "250-mx.test\r\n250 ENHANCEDSTATUSCODES\r\n",
     .mail = {"550-5.7.1 not\r\n550 5.7.1 you\r\n"},
     .rcpt = {"503 5.5.1 MAIL first\r\n"},
     .go_ahead = "503 5.5.1 MAIL first\r\n"},
    {.name = "bdat",
     .ehlo = "250-mx.test\r\n250-CHUNKING\r\n250-PIPELINING\r\n250 ENHANCEDSTATUSCODES\r\n",
     .rcpt = {later, ok, unknown}},
    {.name = "bdat_in_lock_step",
     .ehlo = "250-mx.test\r\n250 CHUNKING\r\n",
     .rcpt = {ok, unknown},
     .end = "554 5.6.0 spam\r\n"},
    {.name = "bdat_at_once",
     .ehlo = "250-mx.test\r\n250-CHUNKING\r\n250 PIPELINING\r\n",
     .mail = {ok, ok},
     .rcpt = {ok, unknown, ok, later},
     .is_at_once = true},
};

class CutTest : public testing::TestWithParam<Course> {
 protected:
  const Course& course() const { return GetParam(); }

  // How the last message of the course fares.
  struct Result {
    mail::AttemptReport report;
    bool was_marked;
    peers::HeardSession heard;
  };

  Result play(const Script& script, std::size_t piece_bytes) const {
    auto place = std::make_unique<Simulation>();
    place->path.piece_bytes = piece_bytes;
    TestCourier courier(std::move(place));
    courier.keeps_sessions = true;
    const auto receiver = courier.receiver_of({script, Script{.greeting = "421 not again\r\n"}});
    const auto site = TestCourier::site_at({receiver->endpoint()});
    for (std::size_t i = 0; i < course().messages_before(); ++i)
      static_cast<void>(courier.run_attempt(a_request({"first@d.example"}, body), site));
    courier.marks->clear();
    std::vector<std::string> recipients;
    for (std::size_t i = 0; i < course().recipients(); ++i)
      recipients.push_back("b" + std::to_string(i) + "@d.example");
    auto report = courier.run_attempt(a_request(recipients, body), site);
    courier.let_go();
    return {std::move(report), !courier.marks->empty(), receiver->heard(1).at(0)};
  }

  void expect_right(const Result& result, const Reading& reading) const {
    ASSERT_EQ(result.report.outcomes.size(), course().recipients());
    for (std::size_t i = 0; i < course().recipients(); ++i) {
      const auto& outcome = result.report.outcomes[i];
      const std::pair got(outcome.verdict, outcome.reply ? outcome.reply->code : 0);
      EXPECT_EQ(got, reading.outcome(i)) << "recipient " << i << ": " << outcome.to_string();
    }
    EXPECT_EQ(result.was_marked, reading.is_sent());
    EXPECT_TRUE(reading.is_sent() || result.heard.bytes.find("hello") == std::string::npos);
    EXPECT_EQ(result.report.our_fault, std::nullopt);
  }
};

constexpr std::size_t whole = SIZE_MAX;
constexpr std::size_t byte_by_byte = 1;

// Bytes of the server's up to the end of each of its words.
std::vector<std::size_t> ends_of_words(const Course& course) {
  std::vector<std::size_t> ends;
  for (const auto& word : words_of(course))
    ends.push_back(word.reply.size() + (ends.empty() ? 0 : ends.back()));
  return ends;
}

// Bytes of the client's that it takes for each word to be said.
std::vector<std::size_t> ends_of_commands(const Course& course, const std::string& bytes) {
  std::vector<std::size_t> ends{0};  // the greeting takes none
  for (const auto& word : words_of(course)) {
    if (word.verb == "greeting") continue;
    const auto line_end = bytes.find(word.verb == "." ? "\r\n.\r\n" : "\r\n", ends.back());
    if (line_end == std::string::npos) break;
    const auto behind_line = word.verb == "BDAT" ? body.size() : word.verb == "." ? 3 : 0;
    ends.push_back(line_end + 2 + behind_line);
  }
  return ends;
}

std::size_t count_up_to(const std::vector<std::size_t>& ends, std::size_t bytes) {
  const auto is_reached = [bytes](std::size_t end) { return end <= bytes; };
  return static_cast<std::size_t>(std::count_if(ends.begin(), ends.end(), is_reached));
}

// The words before those to the message that counts.
std::size_t words_before(const Course& course) {
  return course.messages_before() == 0 ? 0 : 2 + 3 * course.messages_before();
}

TEST_P(CutTest, LeavesTheRightOutcomeWhereverTheServersWordsEnd_Line24) {
  const auto ends = ends_of_words(course());
  const auto first = words_before(course());
  for (const bool resets : {false, true}) {
    for (const auto piece_bytes : {whole, byte_by_byte}) {
      for (auto cut = first == 0 ? 0 : ends[first - 1]; cut <= ends.back(); ++cut) {
        SCOPED_TRACE(testing::Message() << "cut after " << cut << " bytes, resets: " << resets
                                        << ", in pieces of " << piece_bytes);
        auto script = script_of(course());
        script.cut_after_bytes = cut;
        script.resets = resets;

        expect_right(play(script, piece_bytes), {course(), count_up_to(ends, cut)});
        if (HasFailure()) return;
      }
    }
  }
}

TEST_P(CutTest, LeavesTheRightOutcomeWhereverTheServerStopsListening_Line24) {
  const auto all = play(script_of(course()), whole).heard.bytes;
  const auto ends = ends_of_commands(course(), all);
  const auto first = words_before(course());
  for (const bool resets : {false, true}) {
    for (auto cut = first == 0 ? 0 : ends[first - 1] + 1; cut <= all.size(); ++cut) {
      SCOPED_TRACE(testing::Message() << "cut after " << cut << " heard, resets: " << resets);
      auto script = script_of(course());
      script.cut_after_hearing = cut;
      script.resets = resets;

      // A reset that comes with the go-ahead keeps the message from being sent at all.
      const bool is_way_closed = resets && std::find(ends.begin(), ends.end(), cut) != ends.end();
      expect_right(play(script, whole), {course(), count_up_to(ends, cut), is_way_closed});
      if (HasFailure()) return;
    }
  }
}

INSTANTIATE_TEST_SUITE_P(, CutTest, testing::ValuesIn(courses), [](const auto& course) {
  return course.param.name;
});

// The last 64 KiB of a message are kept back until all else has gone, and as much again may be on
// its way when the server stops listening.
TEST(CutOfALargeMessage, LeavesItInDoubtOnlyOnceItsLastBlockIsOnItsWay) {
  constexpr std::size_t block_bytes = std::size_t{64} * 1024;
  std::string large;
  while (large.size() < 20 * block_bytes)
    large += "0123456789012345678901234567890123456789\r\n";
  for (const auto* extension : {"8BITMIME", "CHUNKING"}) {
    Script script{.replies = {{"EHLO", {"250-mx.test\r\n250 " + std::string(extension) + "\r\n"}}}};
    for (std::size_t cut = 0; cut < large.size(); cut += 40'009) {
      SCOPED_TRACE(testing::Message() << extension << ", cut after " << cut << " bytes");
      script.cut_after_hearing = cut;
      TestCourier courier(in_simulation());
      const auto receiver = courier.receiver_of(script);
      auto request = a_request({"b@d.example"});
      request.body = std::make_unique<StringBody>(large, block_bytes);

      const auto report =
          courier.run_attempt(std::move(request), TestCourier::site_at({receiver->endpoint()}));

      const auto verdict = report.outcomes.at(0).verdict;
      EXPECT_EQ(verdict, courier.marks->empty() ? Verdict::deferred : Verdict::unknown);
      const bool is_early = cut + 2 * block_bytes < large.size();
      const bool is_late = cut + block_bytes / 2 > large.size();
      EXPECT_TRUE(!is_early || verdict == Verdict::deferred);
      EXPECT_TRUE(!is_late || verdict == Verdict::unknown);
    }
  }
}

}  // namespace
}  // namespace greyhound::smtp
