// greylisting_receiver: the receiver as a program. Prints one "listening ADDRESS:PORT" line per
// listener and runs until SIGTERM or SIGINT.
// Exit codes: 0 stopped by a signal, 2 wrong usage, 74 a listener cannot be opened.
#include <csignal>
#include <cstdio>
#include <iostream>
#include <memory>
#include <string>
#include <vector>

#include <CLI/CLI.hpp>

#include "peers/greylisting_receiver.hpp"
#include "runtime/duration_text.hpp"

namespace {

using namespace greyhound;
using namespace greyhound::peers;

constexpr int wrong_usage = 2;
constexpr int io_error = 74;

struct Arguments {
  std::vector<std::string> listeners{"127.0.0.1:0"};
  std::vector<std::string> rules;
  std::vector<std::string> allow_clients;
  std::string initial_denial = "5m";
  std::string unverified_expiry = "4h";
  std::string verified_expiry = "36d";
  std::string stage = "rcpt";
  std::string max_message = "64MiB";
  std::string database;
  ReceiverSetup setup;
};

void declare_greylisting(CLI::App& app, Arguments& to) {
  auto& greylister = to.setup.greylister;
  app.add_option("--initial-denial", to.initial_denial, "refuse a new triplet for so long");
  app.add_option("--unverified-expiry", to.unverified_expiry, "forget one that stays away so long");
  app.add_option("--verified-expiry", to.verified_expiry, "forget one that passed after so long");
  app.add_flag_callback(
      "--sender-domain-only",
      [&greylister] { greylister.sender_key = SenderKey::domain; },
      "the triplet holds only the domain part of the sender");
  app.add_flag_callback(
      "--client-network",
      [&greylister] { greylister.client_key = ClientKey::network; },
      "the triplet holds the client's /24 (IPv6: /64), not its address");
  app.add_option("--code", greylister.reply.code, "reply code")->check(CLI::Range(200, 599));
  app.add_option("--status", greylister.reply.status, "enhanced status code; empty: none");
  app.add_option("--text",
                 greylister.reply.text,
                 "reply text; %CLIENT% %HELO% %SENDER% %SENDERDOMAIN% %RECIPIENT% "
                 "%RECIPIENTDOMAIN% %SECONDS% %MINUTES% are filled in");
  app.add_option("--allow-client", to.allow_clients, "network that is never greylisted");
  app.add_option("--allow-sender", greylister.allow.senders, "sender (glob), likewise");
  app.add_option(
      "--allow-sender-domain", greylister.allow.sender_domains, "sender domain (glob), likewise");
  app.add_option("--database", to.database, "file of triplets; receivers may share it");
}

void declare_receiver(CLI::App& app, Arguments& to) {
  app.add_option("--listen", to.listeners, "ADDRESS:PORT, port 0: any; may be repeated");
  app.add_option("--hostname", to.setup.receiver.hostname, "name in the greeting");
  app.add_option("--stage", to.stage, "where greylisting speaks")
      ->check(CLI::IsMember({"rcpt", "data", "eom"}));
  app.add_option("--rule",
                 to.rules,
                 "\"GLOB accept|greylist|defer|refuse [rcpt|data|eom] [CODE STATUS TEXT]\" on the "
                 "recipient; first match wins; no match: greylist");
  app.add_option("--max-message", to.max_message, "largest message, as 64MiB");
  app.add_option("--max-sessions", to.setup.receiver.max_sessions, "sessions at one time");
  app.add_option("--log", to.setup.journal.log_file, "JSON lines; -: standard output");
  app.add_flag("--log-bytes", to.setup.journal.logs_message_bytes, "with the message itself");
  app.add_option("--store", to.setup.journal.store_folder, "folder for accepted messages (.eml)")
      ->check(CLI::ExistingDirectory);
}

// The library's parse() has no port 0, which means nothing to a client.
std::optional<Endpoint> parse_listener(const std::string& text) {
  if (!text.ends_with(":0")) return Endpoint::parse(text, 25);
  auto where = Endpoint::parse(text.substr(0, text.size() - 1) + "1", 25);
  if (where) where->port = 0;
  return where;
}

std::string complete_greylisting(Arguments& from) {
  auto& timers = from.setup.greylister.timers;
  const auto denial = parse_duration(from.initial_denial);
  const auto unverified = parse_duration(from.unverified_expiry);
  const auto verified = parse_duration(from.verified_expiry);
  if (!denial || !unverified || !verified) return "a timer is not a duration such as 90s or 5m";
  timers = {*denial, *unverified, *verified};
  for (const auto& problem : problems_of(timers))
    return problem;
  for (const auto& text : from.allow_clients) {
    const auto network = IpNetwork::parse(text);
    if (!network) return "--allow-client: not a network: " + text;
    from.setup.greylister.allow.clients.push_back(*network);
  }
  if (!from.database.empty()) {
    from.setup.database = std::make_shared<GreylistDatabase>(from.database);
  }
  return {};
}

std::string complete_receiver(Arguments& from) {
  auto& receiver = from.setup.receiver;
  if (from.stage == "data") receiver.stage = RefusalStage::data;
  if (from.stage == "eom") receiver.stage = RefusalStage::eom;
  const auto max_message = parse_size(from.max_message);
  if (!max_message) return "--max-message: not a size: " + from.max_message;
  receiver.max_message_bytes = *max_message;
  for (const auto& text : from.rules) {
    auto rule = ReceiverRule::parse(text);
    if (!rule) return "--rule: cannot be read: " + text;
    receiver.rules.push_back(std::move(*rule));
  }
  for (const auto& text : from.listeners) {
    const auto where = parse_listener(text);
    if (!where) return "--listen: not ADDRESS:PORT: " + text;
    from.setup.listeners.push_back(*where);
  }
  return {};
}

int serve_until_signalled(ReceiverSetup setup) {
  sigset_t signals;
  sigemptyset(&signals);
  sigaddset(&signals, SIGTERM);
  sigaddset(&signals, SIGINT);
  pthread_sigmask(SIG_BLOCK, &signals, nullptr);  // before the receiver's thread inherits it
  SystemClock clock;
  GreylistingReceiver receiver(std::move(setup), clock);
  if (const auto started = receiver.start(); !started) {
    std::cerr << "greylisting_receiver: " << started.error().what << '\n';
    return io_error;
  }
  for (const auto& endpoint : receiver.endpoints()) {
    std::cout << "listening " << endpoint.to_string() << '\n' << std::flush;
  }
  int signal = 0;
  sigwait(&signals, &signal);
  receiver.stop();
  return 0;
}

}  // namespace

int main(int argc, char** argv) try {
  Arguments arguments;
  CLI::App app("A mail receiver that greylists, for tests and demonstrations.");
  declare_receiver(app, arguments);
  declare_greylisting(app, arguments);
  try {
    app.parse(argc, argv);
  } catch (const CLI::ParseError& error) {
    return app.exit(error) == 0 ? 0 : wrong_usage;
  }
  auto problem = complete_greylisting(arguments);
  if (problem.empty()) problem = complete_receiver(arguments);
  if (!problem.empty()) {
    std::cerr << "greylisting_receiver: " << problem << '\n';
    return wrong_usage;
  }
  return serve_until_signalled(std::move(arguments.setup));
} catch (const std::exception& error) {
  std::fprintf(stderr, "greylisting_receiver: %s\n", error.what());
  return io_error;
}
