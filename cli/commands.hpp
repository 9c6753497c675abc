// The commands, one file each. All give the exit code of the process (cli/exit_codes.hpp; sendmail:
// sysexits) and print problems to `console.err`.
#pragma once

#include <filesystem>
#include <optional>
#include <string>
#include <vector>

#include "cli/console.hpp"
#include "config/settings.hpp"

namespace greyhound::cli {

// Settings for a command: prints every error and gives nothing if there is one. Warnings are for
// `run` and `config check`, and so are the files that the settings name: a caller of the agent may
// not read its keys, and need not.
enum class SettingsFor : std::uint8_t { the_agent, its_callers };
std::optional<config::Settings> load_settings(const std::filesystem::path& folder,
                                              SettingsFor whom,
                                              Console& console);

// The same for a command that needs no installation: without the folder the defaults hold.
std::optional<config::Settings> load_settings_or_defaults(const std::filesystem::path& folder,
                                                          Console& console);

int run(const std::filesystem::path& config_folder, Console& console);

struct QueueOptions {
  std::filesystem::path config_folder;
  bool as_json = false;
  std::string state = {};  // of a list, only those in it; empty: all that are open
};
int queue_list(const QueueOptions& options, Console& console);
int quarantine_list(const QueueOptions& options, Console& console);
int queue_show(const QueueOptions& options, const std::string& id, Console& console);
int queue_explain(const QueueOptions& options, const std::string& id, Console& console);
int queue_notice(const QueueOptions& options,
                 const std::string& id,
                 const std::string& kind,
                 Console& console);

struct RetryOptions {
  std::vector<std::string> ids;
  bool is_dry_run = false;
};
int queue_retry(const QueueOptions& options, const RetryOptions& retry, Console& console);

// Attempts made, one a line, oldest first. What is empty does not narrow them down.
struct LedgerOptions {
  std::string domain;
  std::string site;
  std::string delivery;  // or the beginning of its id
  std::string since;     // a duration
};
int ledger(const QueueOptions& options, const LedgerOptions& wanted, Console& console);

int sites(const QueueOptions& options, Console& console);
int site_show(const QueueOptions& options, const std::string& name, Console& console);

// To the agent that runs; `name`: a site, or a domain of recipients.
enum class SiteOrder : std::uint8_t { suspend, resume, forget };
int site_order(const QueueOptions& options,
               SiteOrder order,
               const std::string& name,
               Console& console);

struct TraceOptions {
  std::vector<std::string> ids;  // messages or deliveries
  std::string site;
  std::string address;
};
int trace(const QueueOptions& options, const TraceOptions& wanted, Console& console);

// What retry.json does, in virtual time.
struct SimulateOptions {
  std::vector<std::string> retry = {};  // files to compare; empty: the one in force
  std::string peers = {};               // schedules of other senders
  std::string receivers = {};           // greylisters; empty: the catalogue
  std::string ledger = {};              // what was recorded, instead; "-": standard input
  std::uint32_t mails = 1;
  std::string gap = "1h";
  bool withholds_texts = false;
  std::string first_contact_age = "0s";
  std::uint64_t seed = 1;
  std::uint32_t hosts = 1;     // MX hosts of each receiver
  bool is_one_sender = false;  // they remember him from mail to mail
  std::string chart = {};      // file to write
};
int simulate(const QueueOptions& options, const SimulateOptions& wanted, Console& console);

struct CheckOptions {
  bool repairs = false;
};
int db_check(const QueueOptions& options, const CheckOptions& check, Console& console);
int db_backup(const QueueOptions& options, const std::string& to, Console& console);
struct RestoreOptions {
  std::filesystem::path backup;
  bool replaces = false;
};
int db_restore(const QueueOptions& options, const RestoreOptions& restore, Console& console);

// Replies, one a line, from `file` or, where it is empty, standard input.
int classify(const QueueOptions& options, const std::string& file, Console& console);

// The line of a password file for a user whose password comes from standard input. 10 000
// iterations take a server 3 ms, which it can spare for a login, and a client of SCRAM no more;
// whoever steals the file is held up by them twice as long as by what RFC 7677 asks for at least.
// A password that nobody can guess needs no more, one that a person has thought up does.
struct PasswordOptions {
  std::string user;
  std::uint32_t iterations = 10'000;
};
int password(const PasswordOptions& options, Console& console);

int sendmail(const std::filesystem::path& config_folder,
             const std::vector<std::string>& arguments,
             Console& console);

}  // namespace greyhound::cli
