// decision_bench: how many attempts one core can decide on, replies read included; see ./dev bench.
#include <array>
#include <chrono>
#include <ctime>
#include <fstream>
#include <sstream>

#include <CLI/App.hpp>
#include <CLI/Config.hpp>
#include <CLI/Formatter.hpp>

#include "bench/callers.hpp"
#include "bench/figures.hpp"
#include "config/loader.hpp"
#include "runtime/must.hpp"
#include "scheduler/decision.hpp"
#include "scheduler/delivery_plan.hpp"

namespace greyhound::bench {
namespace {

using namespace std::chrono_literals;
using namespace scheduler;

constexpr Instant noon{std::chrono::hours(480'012)};

mail::Address address(const std::string& text) {
  auto parsed = mail::Address::parse(text);
  MUST(parsed.has_value());
  return std::move(*parsed);
}

mail::AttemptReport report_of(mail::Outcome outcome) {
  mail::AttemptReport report;
  report.outcomes.push_back(std::move(outcome));
  report.host = "mx.there.example";
  report.source = IpAddress::parse("192.0.2.7");
  return report;
}

// The same text as somebody else hears it: every letter of an address and every digit of a longer
// number is another one.
std::string as_told_another(const std::string& text, std::size_t who) {
  std::string told = text;
  const auto is_digit = [&told](std::size_t at) {
    return at < told.size() && told[at] >= '0' && told[at] <= '9';
  };
  for (std::size_t at = 0; at < told.size(); ++at) {
    const bool is_of_longer = is_digit(at) && (is_digit(at + 1) || (at > 0 && is_digit(at - 1)));
    if (is_of_longer) told[at] = static_cast<char>('1' + (who + at) % 9);
  }
  const auto mark = told.find('@');
  for (auto at = mark; mark != told.npos && at > 0; --at) {
    const char c = told[at - 1];
    if (c < 'a' || c > 'z') break;
    told[at - 1] = static_cast<char>('a' + (who + at) % 26);
  }
  return told;
}

// What servers say who greylist, as it was seen, each as `most_told` senders would hear it.
std::vector<mail::AttemptReport> refusals(const std::string& file) {
  constexpr std::size_t most_told = 32;
  std::ifstream in(file);
  MUST(in.is_open());
  std::vector<mail::AttemptReport> reports;
  for (std::string row; std::getline(in, row);) {
    std::array<std::string, 7> cells;
    std::istringstream columns(row);
    for (auto& cell : cells)
      std::getline(columns, cell, '\t');
    const auto& [code, status, stage, reply_class, hint, text, source] = cells;
    if (reply_class != "greylist" || !code.starts_with('4')) continue;
    const auto said = status == "-" ? text : status + " " + text;
    for (std::size_t who = 0; who < most_told; ++who) {
      const auto reply = mail::make_reply(std::stoi(code), {as_told_another(said, who)});
      reports.push_back(report_of({.verdict = mail::Verdict::deferred,
                                   .stage = stage == "rcpt" ? mail::Stage::rcpt : mail::Stage::eom,
                                   .status = {mail::EnhancedStatus::Class::transient, 7, 1},
                                   .reply = reply,
                                   .reason = ""}));
    }
  }
  MUST(!reports.empty());
  return reports;
}

class DecisionBench {
 public:
  explicit DecisionBench(double seconds) : seconds_(seconds) {
    site_.learn({.site = "mx.there.example", .age = 6min, .has_passed = true, .at = noon});
  }

  void measure(FigureSheet& sheet) {
    const auto all = refusals(GREYHOUND_LABELLED_REPLIES);
    const auto taken = report_of({.verdict = mail::Verdict::delivered,
                                  .stage = mail::Stage::eom,
                                  .status = {mail::EnhancedStatus::Class::success, 0, 0},
                                  .reply = mail::make_reply(250, {"2.0.0 queued as 4XyZ"}),
                                  .reason = ""});
    add(sheet, "delivered", rate({taken}, nullptr));
    add(sheet, "greylisted, a stranger", rate(all, nullptr));
    add(sheet, "greylisted, a learned site", rate(all, &site_));
  }

 private:
  static void add(FigureSheet& sheet, const std::string& what, double value) {
    sheet.add({.name = "decisions: " + what,
               .value = value,
               .unit = "1/s",
               .scale = "one core",
               .target = at_least(500'000)});
  }

  double rate(const std::vector<mail::AttemptReport>& reports, const KnownSite* site) const {
    constexpr std::size_t decisions_between_looks = 1'000;  // at the clock, which is not free
    const std::vector<std::size_t> tried{0};
    const auto begin = std::clock();  // what the core has worked: others may be on it too
    std::size_t open = 0;
    for (std::size_t count = 0;;) {
      const auto& report = reports[count % reports.size()];
      const DecisionFacts facts{.message = message_,
                                .delivery = delivery_,
                                .retry = settings_.retry,
                                .notification = settings_.notification,
                                .now = noon,
                                .site = site};
      open += decide(facts, tried, report).after.has_open_recipients() ? 1 : 0;
      if (++count % decisions_between_looks != 0) continue;
      const auto spent = static_cast<double>(std::clock() - begin) / CLOCKS_PER_SEC;
      if (spent < seconds_) continue;
      MUST(open == 0 || open == count);
      return static_cast<double>(count) / spent;
    }
  }

  double seconds_;
  config::Settings settings_ = config::defaults();
  queue::Message message_{.id = queue::MessageId(1ULL << 40),
                          .arrived = noon,
                          .reverse_path = address("sender@here.example"),
                          .deliveries = 1,
                          .open_deliveries = 1};
  queue::Delivery delivery_ =
      plan_deliveries(settings_.retry, message_, {{.address = address("rcpt@there.example")}})[0];
  KnownSite site_{queue::SiteFacts{.site = "mx.there.example"}};
};

int main(int argc, char** argv) {
  bool is_quick = false;
  std::string json;
  CLI::App app("how many attempts one core can decide on", "decision_bench");
  app.add_flag("--quick", is_quick, "less exactly");
  app.add_option("--json", json, "write one object a line to this file");
  CLI11_PARSE(app, argc, argv);
  FigureSheet sheet;
  DecisionBench(is_quick ? 1 : 5).measure(sheet);
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
