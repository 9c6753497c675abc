#include <algorithm>
#include <fstream>
#include <ostream>

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include "agent/queue_view.hpp"
#include "cli/commands.hpp"
#include "cli/exit_codes.hpp"
#include "cli/history_simulation.hpp"
#include "cli/ledger_reader.hpp"
#include "cli/schedule_chart.hpp"
#include "cli/simulation.hpp"
#include "cli/table.hpp"
#include "config/greylisters_json.hpp"
#include "config/loader.hpp"
#include "config/peer_schedules_json.hpp"
#include "runtime/duration_text.hpp"

namespace greyhound::cli {
namespace {

using Json = nlohmann::ordered_json;
using scheduler::Greylister;
using scheduler::Greylisters;

// What takes part.
struct Field {
  std::vector<Contender> contenders;
  Greylisters receivers;
  scheduler::RehearsalTerms terms;
  notify::NotificationSettings notification;
};

bool report(const config::Problems& problems, Console& console) {
  bool is_good = true;
  for (const auto& problem : problems) {
    if (problem.severity == config::Problem::Severity::note) continue;
    console.err << printable(problem.to_string()) << '\n';
    if (problem.severity == config::Problem::Severity::error) is_good = false;
  }
  return is_good;
}

bool add_own(const config::Settings& settings,
             const SimulateOptions& wanted,
             Field& field,
             Console& console) {
  if (wanted.retry.empty()) field.contenders.push_back({"retry.json", settings.retry});
  for (const auto& file : wanted.retry) {
    auto loaded = config::load_retry(file);
    if (!report(loaded.problems, console)) return false;
    loaded.settings.catalogue = settings.retry.catalogue;
    loaded.settings.reply_rules = settings.retry.reply_rules;
    field.contenders.push_back({file, std::move(loaded.settings)});
  }
  return true;
}

bool add_peers(const SimulateOptions& wanted, Field& field, Console& console) {
  if (wanted.peers.empty()) return true;
  config::Problems problems;
  const auto text = config::read_list(wanted.peers, problems);
  auto peers = text ? config::read_peer_schedules(wanted.peers, *text, problems)
                    : std::vector<scheduler::FixedSchedule>();
  if (!report(problems, console)) return false;
  for (auto& peer : peers) {
    const auto name = peer.name;
    field.contenders.push_back({name, std::move(peer)});
  }
  return true;
}

bool choose_receivers(const config::Settings& settings,
                      const SimulateOptions& wanted,
                      Field& field,
                      Console& console) {
  if (wanted.receivers.empty()) {
    field.receivers = settings.retry.catalogue->greylisters();
    return true;
  }
  config::Problems problems;
  const auto text = config::read_list(wanted.receivers, problems);
  if (text) field.receivers = config::read_greylisters(wanted.receivers, *text, problems);
  return report(problems, console);
}

// The sites of what was recorded.
std::optional<std::vector<scheduler::RecordedSite>> read_history(const config::Settings& settings,
                                                                 const std::string& file,
                                                                 Console& console) {
  scheduler::History history(settings.retry.reply_rules);
  const bool is_piped = file == "-";
  std::ifstream opened;
  if (!is_piped) opened.open(file, std::ios::binary);
  const auto problems = !is_piped && !opened
                            ? config::Problems{{config::Problem::Severity::error,
                                                file,
                                                0,
                                                "",
                                                "could not be opened",
                                                "give what `greyhound ledger --json` prints"}}
                            : read_ledger(is_piped ? console.in : opened, file, history);
  if (!report(problems, console)) return std::nullopt;
  if (const auto headless = history.headless(); headless > 0) {
    console.err << "greyhound: left out, as they began before the record: " << headless
                << " deliveries\n";
  }
  return history.sites(settings.retry.catalogue->greylisters());
}

bool read_terms(const SimulateOptions& wanted, Field& field, Console& console) {
  if (!wanted.ledger.empty() && wanted.receivers.empty() && !wanted.chart.empty()) {
    console.err << "greyhound: --chart draws greylisters: with --ledger name them by --receivers\n";
    return false;
  }
  const auto gap = parse_duration(wanted.gap);
  const auto age = parse_duration(wanted.first_contact_age);
  if (!gap || !age) {
    console.err << "greyhound: " << (gap ? "--first-contact-age" : "--gap")
                << " takes a duration such as 90m or 2d\n";
    return false;
  }
  field.terms = {.mails = wanted.mails,
                 .gap = *gap,
                 .texts = wanted.withholds_texts ? scheduler::Texts::withheld
                                                 : scheduler::Texts::as_catalogued,
                 .first_contact_age = *age,
                 .seed = wanted.seed,
                 .hosts = wanted.hosts,
                 .is_one_sender = wanted.is_one_sender};
  return true;
}

// Those with a window; the others are named, as nothing can be said of them.
std::vector<const Greylister*> with_window(const Greylisters& all, Console& console) {
  std::vector<const Greylister*> known;
  std::string others;
  for (const auto& one : all) {
    if (one.window) {
      known.push_back(&one);
    } else {
      others += (others.empty() ? "" : ", ") + one.id;
    }
  }
  if (!others.empty()) {
    console.err << "greyhound: left out, as their windows are not known: " << printable(others)
                << '\n';
  }
  return known;
}

Duration window_of(const Bout& bout) {
  return bout.receiver->window.value_or(Duration::zero());
}

void print_json(const Result& result, Console& console) {
  for (const auto& bout : result.bouts) {
    for (std::size_t i = 0; i < bout.mails.size(); ++i) {
      const auto& mail = bout.mails[i];
      Json line{{"schedule", result.name},
                {"receiver", bout.receiver->id},
                {"mail", i + 1},
                {"window_s", seconds(window_of(bout))},
                {"passed", mail.has_passed},
                {"accepted_after_s", nullptr},
                {"excess_s", nullptr},
                {"attempts", mail.attempts},
                {"delay_notice", mail.had_delay_notice}};
      if (mail.has_passed) {
        line["accepted_after_s"] = seconds(mail.accepted_after);
        line["excess_s"] = seconds(mail.excess);
      }
      console.out << agent::to_line(line) << '\n';
    }
  }
}

void print_json_summary(const Result& result, Console& console) {
  const auto& score = result.score;
  const Json line{{"schedule", result.name},
                  {"summary",
                   {{"receivers", score.receivers},
                    {"never_passed", score.never_passed},
                    {"excess_mean_s", seconds(score.excess_mean)},
                    {"excess_median_s", seconds(score.excess_median)},
                    {"attempts_mean", score.attempts_mean},
                    {"delay_notices", score.delay_notices},
                    {"accepted_median_s", seconds(score.accepted_median)},
                    {"accepted_90_s", seconds(score.accepted_90)},
                    {"accepted_last_s", seconds(score.accepted_last)},
                    {"busiest_minute", score.busiest_minute}}}};
  console.out << agent::to_line(line) << '\n';
}

void print_tables(const std::vector<Result>& results, Console& console) {
  const auto& own = results.front();
  console.out << printable(own.name) << ", last mail to each, in minutes:\n\n";
  Table bouts({"RECEIVER", "WINDOW", "ACCEPTED", "WASTED", "ATTEMPTS", "NOTICE"},
              console.out,
              console.width);
  for (const auto& bout : own.bouts) {
    const auto& mail = bout.mails.back();
    bouts.add({bout.receiver->id,
               minutes(window_of(bout)),
               mail.has_passed ? minutes(mail.accepted_after) : "never",
               mail.has_passed ? minutes(mail.excess) : "-",
               std::to_string(mail.attempts),
               mail.had_delay_notice ? "yes" : "no"});
  }
  bouts.finish();
  console.out << '\n';
  Table scores({"SCHEDULE",
                "WASTED",
                "MEDIAN",
                "ACCEPTED",
                "90%",
                "LAST",
                "ATTEMPTS",
                "NOTICES",
                "NEVER",
                "PEAK/MIN"},
               console.out,
               console.width);
  for (const auto& result : results) {
    const auto& score = result.score;
    scores.add({result.name,
                minutes(score.excess_mean),
                minutes(score.excess_median),
                minutes(score.accepted_median),
                minutes(score.accepted_90),
                minutes(score.accepted_last),
                fmt::format("{:.2f}", score.attempts_mean),
                std::to_string(score.delay_notices),
                std::to_string(score.never_passed),
                std::to_string(score.busiest_minute)});
  }
  scores.finish();
}

ChartedSchedule charted(const Result& result) {
  ChartedSchedule chart{.name = result.name, .receivers = {}, .summary = {}};
  for (const auto& bout : result.bouts) {
    const auto& mail = bout.mails.back();
    chart.receivers.push_back(
        {.name = bout.receiver->id,
         .window = window_of(bout),
         .accepted_after = mail.has_passed ? std::optional(mail.accepted_after) : std::nullopt,
         .excess = mail.excess,
         .attempts = mail.attempts,
         .had_delay_notice = mail.had_delay_notice});
  }
  chart.summary = {.mean_excess = result.score.excess_mean,
                   .mean_attempts = result.score.attempts_mean,
                   .delay_notices = result.score.delay_notices,
                   .never_passed = result.score.never_passed};
  return chart;
}

bool write_chart(const std::vector<Result>& results, const std::string& file, Console& console) {
  std::vector<ChartedSchedule> schedules;
  schedules.reserve(results.size());
  for (const auto& result : results)
    schedules.push_back(charted(result));
  std::ofstream out(file, std::ios::binary);
  out << schedule_chart(schedules);
  out.close();
  if (out) return true;
  console.err << "greyhound: " << printable(file) << " could not be written\n";
  return false;
}

int meet_receivers(const Field& field,
                   const QueueOptions& options,
                   const SimulateOptions& wanted,
                   Console& console) {
  const auto receivers = with_window(field.receivers, console);
  std::vector<Result> results;
  for (const auto& contender : field.contenders) {
    results.push_back(compete(contender, field.notification, receivers, field.terms));
    if (options.as_json) print_json(results.back(), console);
  }
  if (options.as_json) {
    for (const auto& result : results)
      print_json_summary(result, console);
  } else {
    print_tables(results, console);
  }
  const bool is_drawn = wanted.chart.empty() || write_chart(results, wanted.chart, console);
  return is_drawn ? exit_done : exit_io_error;
}

}  // namespace

int simulate(const QueueOptions& options, const SimulateOptions& wanted, Console& console) {
  Field field;
  if (!read_terms(wanted, field, console)) return exit_wrong_usage;
  const auto settings = load_settings_or_defaults(options.config_folder, console);
  if (!settings) return exit_config_error;
  field.notification = settings->notification;
  const bool is_read = add_own(*settings, wanted, field, console) &&
                       add_peers(wanted, field, console) &&
                       choose_receivers(*settings, wanted, field, console);
  if (!is_read) return exit_config_error;
  if (!wanted.ledger.empty()) {
    const auto history = read_history(*settings, wanted.ledger, console);
    if (!history) return exit_config_error;
    const auto& play = options.as_json ? simulate_history_json : simulate_history;
    play(field.contenders, field.notification, *history, console);
    if (wanted.receivers.empty()) return exit_done;
    if (!options.as_json) console.out << '\n';
  }
  return meet_receivers(field, options, wanted, console);
}

}  // namespace greyhound::cli
