#include "cli/command_line.hpp"

#include <cstdlib>
#include <exception>
#include <filesystem>
#include <functional>
#include <ostream>

#include <CLI/App.hpp>
#include <CLI/Config.hpp>
#include <CLI/Formatter.hpp>
#include <CLI/Validators.hpp>

#include "agent/password_line.hpp"
#include "cli/commands.hpp"
#include "cli/config_check.hpp"
#include "cli/exit_codes.hpp"

namespace greyhound::cli {
namespace {

constexpr const char* description =
    "greyhound " GREYHOUND_VERSION
    ": outbound mail transfer agent that gets mail past greylisting.\n"
    "Called as sendmail or mailq it does what these do.";

// What the options of all commands were set to.
struct Chosen {
  std::string config_folder;
  bool as_json = false;
  std::string id;
  std::string state;
  std::string notice_kind = "delay";
  std::string backup;
  std::string file;
  RetryOptions retry;
  LedgerOptions ledger;
  TraceOptions trace;
  SimulateOptions simulate;
  CheckOptions check;
  RestoreOptions restore;
  PasswordOptions password;
  std::function<int()> command;        // of the command that was named
  std::function<int()> sites_command;  // of the word behind `sites`

  QueueOptions queue_options() const {
    return {.config_folder = config_folder, .as_json = as_json, .state = state};
  }
};

void add_json_flag(CLI::App& command, Chosen& chosen) {
  command.add_flag("--json", chosen.as_json, "one JSON object a line");
}

void add_queue_commands(CLI::App& app, Chosen& chosen, Console& console) {
  auto& queue = *app.add_subcommand("queue", "what waits, and acting on it");
  queue.require_subcommand(1);

  auto& list = *queue.add_subcommand("list", "open deliveries, one a line");
  add_json_flag(list, chosen);
  list.add_option("--state", chosen.state, "only deliveries in this state")
      ->check(CLI::IsMember(
          {"new", "waiting", "active", "in_doubt", "held", "undeliverable", "quarantined"}));
  list.callback([&chosen, &console] {
    chosen.command = [&chosen, &console] { return queue_list(chosen.queue_options(), console); };
  });

  auto& show = *queue.add_subcommand("show", "the whole state of one message");
  show.add_option("ID", chosen.id, "message or delivery, or the beginning of its id")->required();
  add_json_flag(show, chosen);
  show.callback([&chosen, &console] {
    chosen.command = [&chosen, &console] {
      return queue_show(chosen.queue_options(), chosen.id, console);
    };
  });

  auto& explain = *queue.add_subcommand("explain", "why the next attempt is when it is");
  explain.add_option("ID", chosen.id, "message or delivery, or the beginning of its id")
      ->required();
  add_json_flag(explain, chosen);
  explain.callback([&chosen, &console] {
    chosen.command = [&chosen, &console] {
      return queue_explain(chosen.queue_options(), chosen.id, console);
    };
  });

  auto& notice = *queue.add_subcommand("notice", "what the sender would be told, unsent");
  notice.add_option("ID", chosen.id, "message or delivery, or the beginning of its id")->required();
  notice.add_option("--kind", chosen.notice_kind, "delay or failure")
      ->check(CLI::IsMember({"delay", "failure"}));
  notice.callback([&chosen, &console] {
    chosen.command = [&chosen, &console] {
      return queue_notice(chosen.queue_options(), chosen.id, chosen.notice_kind, console);
    };
  });

  auto& retry = *queue.add_subcommand("retry", "try deliveries now instead of later");
  retry.add_option("ID", chosen.retry.ids, "messages or deliveries")->required();
  retry.add_flag("--dry-run", chosen.retry.is_dry_run, "only say what would move");
  add_json_flag(retry, chosen);
  retry.callback([&chosen, &console] {
    chosen.command = [&chosen, &console] {
      return queue_retry(chosen.queue_options(), chosen.retry, console);
    };
  });
}

void add_records_commands(CLI::App& app, Chosen& chosen, Console& console) {
  auto& ledger = *app.add_subcommand("ledger", "attempts made, one a line, oldest first");
  ledger.add_option("--domain", chosen.ledger.domain, "only to this domain");
  ledger.add_option("--site", chosen.ledger.site, "only at this site");
  ledger.add_option(
      "--delivery", chosen.ledger.delivery, "only of this one: the beginning of its id");
  ledger.add_option("--since", chosen.ledger.since, "only so far back: 90m, 2d");
  add_json_flag(ledger, chosen);
  ledger.callback([&chosen, &console] {
    chosen.command = [&chosen, &console] {
      return greyhound::cli::ledger(chosen.queue_options(), chosen.ledger, console);
    };
  });
}

void add_sites_commands(CLI::App& app, Chosen& chosen, Console& console) {
  auto& sites = *app.add_subcommand("sites", "what is known of each site, and steering them");
  add_json_flag(sites, chosen);
  const auto list = [&chosen, &console] {
    return greyhound::cli::sites(chosen.queue_options(), console);
  };
  chosen.sites_command = list;
  sites.add_subcommand("list", "all of them, the same as without a word");
  auto& show = *sites.add_subcommand("show", "all that is known of one");
  show.add_option("SITE", chosen.id, "as `sites list` has it")->required();
  show.callback([&chosen, &console] {
    chosen.sites_command = [&chosen, &console] {
      return site_show(chosen.queue_options(), chosen.id, console);
    };
  });
  const auto add_order = [&](const char* name, SiteOrder order, const char* what) {
    auto& command = *sites.add_subcommand(name, what);
    command.add_option("SITE", chosen.id, "a site as `sites list` has it, or a domain")->required();
    command.callback([&chosen, &console, order] {
      chosen.sites_command = [&chosen, &console, order] {
        return site_order(chosen.queue_options(), order, chosen.id, console);
      };
    });
  };
  add_order("suspend", SiteOrder::suspend, "no attempts there until it is resumed");
  add_order("resume", SiteOrder::resume, "what waited meanwhile goes, by the ramp");
  add_order("forget", SiteOrder::forget, "begins with it as with one that nobody knows");
  sites.require_subcommand(0, 1);
  sites.callback([&chosen] { chosen.command = chosen.sites_command; });
}

void add_trace_command(CLI::App& app, Chosen& chosen, Console& console) {
  auto& trace = *app.add_subcommand("trace", "attempts as they happen, until Ctrl-C");
  auto& what = *trace.add_option_group("what", "whose attempts");
  what.add_option("ID", chosen.trace.ids, "messages or deliveries in the queue");
  what.add_option("--site", chosen.trace.site, "to this domain, or at this MX host");
  what.add_option("--address", chosen.trace.address, "at this IP address");
  what.require_option(1);
  add_json_flag(trace, chosen);
  trace.callback([&chosen, &console] {
    chosen.command = [&chosen, &console] {
      return greyhound::cli::trace(chosen.queue_options(), chosen.trace, console);
    };
  });
}

void add_simulate_command(CLI::App& app, Chosen& chosen, Console& console) {
  auto& simulate =
      *app.add_subcommand("simulate", "what retry.json does at known greylisters, in virtual time");
  auto& wanted = chosen.simulate;
  simulate.add_option("--retry", wanted.retry, "retry.json to try, several to compare");
  simulate.add_option("--peers", wanted.peers, "schedules of other senders to compare with");
  simulate.add_option("--receivers", wanted.receivers, "greylisters, instead of the known ones");
  simulate.add_option("--ledger",
                      wanted.ledger,
                      "what `ledger --json` printed, instead of greylisters; -: standard input");
  simulate.add_option("--mails", wanted.mails, "mails one after the other to each of them")
      ->check(CLI::Range(1U, 10'000U));
  simulate.add_option("--gap", wanted.gap, "from the end of one to the next")
      ->capture_default_str();
  simulate.add_flag("--withhold-texts",
                    wanted.withholds_texts,
                    "they say no more than 451 4.7.1 Try again later");
  simulate
      .add_option("--first-contact-age",
                  wanted.first_contact_age,
                  "nobody could be reached for so long before")
      ->capture_default_str();
  simulate
      .add_option("--hosts", wanted.hosts, "MX hosts of each, that share what they know or do not")
      ->check(CLI::Range(1U, 100U))
      ->capture_default_str();
  simulate.add_flag("--one-sender",
                    wanted.is_one_sender,
                    "one sender, whom they come to know, instead of new triplets");
  simulate.add_option("--seed", wanted.seed, "of the jitter")->capture_default_str();
  simulate.add_option("--chart", wanted.chart, "a picture of it, SVG");
  add_json_flag(simulate, chosen);
  simulate.callback([&chosen, &console] {
    chosen.command = [&chosen, &console] {
      return greyhound::cli::simulate(chosen.queue_options(), chosen.simulate, console);
    };
  });
}

void add_db_commands(CLI::App& app, Chosen& chosen, Console& console) {
  auto& db = *app.add_subcommand("db", "care of the queue on disk");
  db.require_subcommand(1);

  auto& check = *db.add_subcommand("check", "whether all of it can be read and fits together");
  check.add_flag("--repair",
                 chosen.check.repairs,
                 "put aside what cannot be used; the agent must be stopped, nothing is deleted");
  add_json_flag(check, chosen);
  check.callback([&chosen, &console] {
    chosen.command = [&chosen, &console] {
      return db_check(chosen.queue_options(), chosen.check, console);
    };
  });

  auto& backup = *db.add_subcommand("backup", "a copy of the queue, also while the agent runs");
  backup.add_option("DIR", chosen.backup, "folder to make")->required();
  backup.callback([&chosen, &console] {
    chosen.command = [&chosen, &console] {
      return db_backup(chosen.queue_options(), chosen.backup, console);
    };
  });

  auto& restore = *db.add_subcommand("restore", "put a backup in the place of the queue");
  restore.add_option("DIR", chosen.restore.backup, "the backup")->required();
  restore.add_flag("--replace", chosen.restore.replaces, "also over mail, which is moved aside");
  restore.callback([&chosen, &console] {
    chosen.command = [&chosen, &console] {
      return db_restore(chosen.queue_options(), chosen.restore, console);
    };
  });
}

void add_config_commands(CLI::App& app, Chosen& chosen, Console& console) {
  auto& config = *app.add_subcommand("config", "the JSON files");
  config.require_subcommand(1);
  auto& check = *config.add_subcommand("check", "all problems at once; exits 1 if there is one");
  add_json_flag(check, chosen);
  check.callback([&chosen, &console] {
    chosen.command = [&chosen, &console] {
      return config_check(chosen.config_folder, chosen.as_json, console.out, console.err);
    };
  });
}

void add_classify_command(CLI::App& app, Chosen& chosen, Console& console) {
  auto& classify = *app.add_subcommand("classify", "how replies would be read");
  classify.add_option("FILE",
                      chosen.file,
                      "lines of code, enhanced code or -, stage and text, with tabs between them; "
                      "without it standard input");
  add_json_flag(classify, chosen);
  classify.callback([&chosen, &console] {
    chosen.command = [&chosen, &console] {
      return greyhound::cli::classify(chosen.queue_options(), chosen.file, console);
    };
  });
}

void add_password_command(CLI::App& app, Chosen& chosen, Console& console) {
  auto& password = *app.add_subcommand(
      "password", "a line of a password file; the password comes from standard input");
  password.add_option("USER", chosen.password.user, "who logs in with it")->required();
  password
      .add_option("--iterations",
                  chosen.password.iterations,
                  "what each guess costs whoever steals the file, and each login the server")
      ->check(CLI::Range(agent::least_password_iterations, agent::max_password_iterations))
      ->capture_default_str();
  password.callback([&chosen, &console] {
    chosen.command = [&chosen, &console] {
      return greyhound::cli::password(chosen.password, console);
    };
  });
}

// Its options are another world's: only its name is seen here, its words are read by sendmail().
struct SendmailCall {
  std::string config_folder;
  std::vector<std::string> arguments;
};

std::optional<SendmailCall> as_sendmail(const Invocation& invocation) {
  SendmailCall call{.config_folder = invocation.default_config, .arguments = {}};
  const auto& words = invocation.words;
  std::size_t next = 0;
  while (invocation.program != "sendmail") {
    if (next < words.size() && words[next].starts_with("--config=")) {
      call.config_folder = words[next++].substr(std::string_view("--config=").size());
    } else if (next + 1 < words.size() && words[next] == "--config") {
      call.config_folder = words[next + 1];
      next += 2;
    } else if (next < words.size() && words[next] == "sendmail") {
      ++next;
      break;
    } else {
      return std::nullopt;
    }
  }
  call.arguments.assign(words.begin() + static_cast<std::ptrdiff_t>(next), words.end());
  return call;
}

int parse_and_run(std::vector<std::string> words,
                  const std::string& default_config,
                  Console& console) {
  CLI::App app(description, "greyhound");
  Chosen chosen;
  chosen.config_folder = default_config;
  app.add_option("--config", chosen.config_folder, "folder with the JSON files")
      ->capture_default_str();
  app.set_version_flag("--version", "greyhound " GREYHOUND_VERSION);
  app.require_subcommand(1);
  app.fallthrough();
  app.add_subcommand("run", "the delivery agent, in the foreground")->callback([&chosen, &console] {
    chosen.command = [&chosen, &console] { return run(chosen.config_folder, console); };
  });
  app.add_subcommand("sendmail", "hand in a message from standard input, as sendmail does");
  add_queue_commands(app, chosen, console);
  add_records_commands(app, chosen, console);
  add_sites_commands(app, chosen, console);
  add_trace_command(app, chosen, console);
  add_simulate_command(app, chosen, console);
  add_db_commands(app, chosen, console);
  add_config_commands(app, chosen, console);
  add_classify_command(app, chosen, console);
  add_password_command(app, chosen, console);
  try {
    std::reverse(words.begin(), words.end());  // as CLI11 wants them
    app.parse(std::move(words));
  } catch (const CLI::ParseError& answer) {
    const int code = app.exit(answer, console.out, console.err);
    return code == 0 ? exit_done : exit_wrong_usage;
  }
  return chosen.command ? chosen.command() : exit_wrong_usage;
}

}  // namespace

int dispatch(const Invocation& invocation, Console& console) {
  if (const auto call = as_sendmail(invocation)) {
    return sendmail(call->config_folder, call->arguments, console);
  }
  auto words = invocation.words;
  if (invocation.program == "mailq") words.insert(words.begin(), {"queue", "list"});
  return parse_and_run(std::move(words), invocation.default_config, console);
}

int main(int argc, char** argv) {
  Invocation invocation;
  if (argc > 0) invocation.program = std::filesystem::path(argv[0]).filename().string();
  for (int i = 1; i < argc; ++i)
    invocation.words.emplace_back(argv[i]);
  // Of the caller's environment; sendmail is not setuid, so it may be believed.
  const char* const folder = std::getenv("GREYHOUND_CONFIG");
  if (folder != nullptr && *folder != '\0') invocation.default_config = folder;
  auto console = process_console();
  return dispatch(invocation, console);
}

}  // namespace greyhound::cli
