// notice_bench: how many notices one core can compose; see ./dev bench notice.
#include <chrono>
#include <ctime>

#include <CLI/App.hpp>
#include <CLI/Config.hpp>
#include <CLI/Formatter.hpp>

#include "bench/callers.hpp"
#include "bench/figures.hpp"
#include "config/notice_texts_json.hpp"
#include "notify/dsn_composer.hpp"
#include "runtime/must.hpp"

namespace greyhound::bench {
namespace {

using namespace std::chrono_literals;
using notify::NoticeFacts;

constexpr Instant noon{std::chrono::hours(480'012)};

mail::Address address(const std::string& text) {
  auto parsed = mail::Address::parse(text);
  MUST(parsed.has_value());
  return std::move(*parsed);
}

// About a message of 4 KiB, a quarter of it header, of which the notice returns the header.
NoticeFacts a_notice(notify::NoticeKind kind, const std::string& language) {
  std::string head = "From: ann@here.example\r\nTo: bob@there.example\r\nSubject: hello\r\n";
  while (head.size() < 1024)
    head += "X-Trace: 0123456789abcdef0123456789abcdef0123456789abcdef\r\n";
  const bool is_delay = kind == notify::NoticeKind::delay;
  const auto reply =
      is_delay ? mail::make_reply(451, {"4.7.1 Greylisted, please try again in 300 seconds"})
               : mail::make_reply(550, {"5.1.1 No such user"});
  notify::NoticeRecipient recipient{
      .recipient = {.address = address("bob@there.example")},
      .outcome = {.verdict = is_delay ? mail::Verdict::deferred : mail::Verdict::refused,
                  .stage = mail::Stage::rcpt,
                  .status = *reply.status,
                  .reply = reply,
                  .reason = {}},
      .host = "mx.there.example",
      .last_attempt = noon + 16min};
  if (is_delay) {
    recipient.next_attempt = noon + 31min;
    recipient.further_attempts = {noon + 61min, noon + 106min};
    recipient.expires = noon + 120h;
    recipient.usual_passage = 10min;
    recipient.reply_class = mail::ReplyClass::greylist;
  }
  return {.kind = kind,
          .id = "01JD3K5M7N9QS",
          .original_id = "01JD3K5M7N9QR",
          .to = address("ann@here.example"),
          .envelope_id = "QQ314159",
          .arrived = noon,
          .now = noon + 16min,
          .delay_notice_at = {},
          .original_message_id = "<monday@here.example>",
          .original_head = head,
          .original_whole = {},
          .recipients = {recipient},
          .texts = {config::shipped_notice_texts().at(language)}};
}

double rate(const NoticeFacts& facts, double seconds) {
  constexpr std::size_t notices_between_looks = 100;  // at the clock, which is not free
  const notify::Reporter reporter{.hostname = "mail.here.example",
                                  .postmaster = "postmaster@here.example"};
  const auto begin = std::clock();  // what the core has worked: others may be on it too
  std::size_t bytes = 0;
  for (std::size_t count = 0;;) {
    bytes += notify::compose(facts, reporter).size();
    if (++count % notices_between_looks != 0) continue;
    const auto spent = static_cast<double>(std::clock() - begin) / CLOCKS_PER_SEC;
    if (spent < seconds) continue;
    MUST(bytes > count * facts.original_head.size());
    return static_cast<double>(count) / spent;
  }
}

int main(int argc, char** argv) {
  bool is_quick = false;
  std::string json;
  CLI::App app("how many notices one core can compose", "notice_bench");
  app.add_flag("--quick", is_quick, "less exactly");
  app.add_option("--json", json, "write one object a line to this file");
  CLI11_PARSE(app, argc, argv);
  FigureSheet sheet;
  const auto add = [&](const std::string& what, const NoticeFacts& facts) {
    sheet.add({.name = "notices: " + what,
               .value = rate(facts, is_quick ? 1 : 5),
               .unit = "1/s",
               .scale = "one core",
               .target = at_least(20'000)});
  };
  add("delay, English", a_notice(notify::NoticeKind::delay, "en"));
  add("delay, German", a_notice(notify::NoticeKind::delay, "de"));
  add("failure, English", a_notice(notify::NoticeKind::failure, "en"));
  add("failure, French", a_notice(notify::NoticeKind::failure, "fr"));
  sheet.publish(json);
  return 0;
}

}  // namespace
}  // namespace greyhound::bench

int main(int argc, char** argv) {
  try {
    return greyhound::bench::main(argc, argv);
  } catch (const std::exception& thrown) {
    greyhound::bench::give_up(thrown.what());
  }
}
