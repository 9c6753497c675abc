#include "bench/agent_process.hpp"

#include <algorithm>
#include <csignal>
#include <fstream>
#include <optional>

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include "bench/callers.hpp"
#include "bench/progress.hpp"
#include "e2e/log_event.hpp"

namespace greyhound::bench {
namespace {

using namespace std::chrono_literals;
using nlohmann::ordered_json;

constexpr Duration patience = 10min;  // with a large queue, a start that takes long is a figure

void write_config(const std::filesystem::path& folder, std::uint16_t receiver_port) {
  const ordered_json hop{{"host", "127.0.0.1"}, {"port", receiver_port}};
  const ordered_json route{{"domain", "*"}, {"next_hops", ordered_json::array({hop})}};
  const ordered_json listener{{"address", "127.0.0.1"}, {"port", 0}};
  const ordered_json config{
      {"hostname", "agent.example"},
      {"state_dir", folder.string()},
      {"control", {{"socket", (folder / "control.sock").string()}}},
      {"intake", {{"listeners", ordered_json::array({listener})}}},
      {"dns", {{"servers", {"127.0.0.1:9"}}, {"dnssec", "off"}}},  // no name is looked up
      {"routes", ordered_json::array({route})}};
  std::ofstream(folder / "greyhound.json") << config.dump(2) << '\n';
}

}  // namespace

AgentProcess::AgentProcess(const std::filesystem::path& state_dir, std::uint16_t receiver_port)
    : state_dir_(std::filesystem::absolute(state_dir)) {
  write_config(state_dir_, receiver_port);
}

void AgentProcess::change_settings(const std::string& changes) {
  const auto file = state_dir_ / "greyhound.json";
  auto config = ordered_json::parse(std::ifstream(file));
  config.merge_patch(ordered_json::parse(changes));
  std::ofstream(file) << config.dump(2) << '\n';
}

SteadyInstant AgentProcess::launch() {
  e2e::Command command{.arguments = {GREYHOUND_BINARY, "run", "--config", state_dir_.string()}};
  if (!log_file_.empty()) {
    std::filesystem::remove(log_file_);  // what an earlier one said
    const std::vector<std::string> shell{"sh", "-c", "exec \"$@\" >>\"$0\" 2>&1", log_file_};
    command.arguments.insert(command.arguments.begin(), shell.begin(), shell.end());
  }
  launched_ = steady_now();
  process_ = std::make_unique<e2e::ChildProcess>(command);
  return launched_;
}

double AgentProcess::wait_until_ready() const {
  const auto is_ready = [](const std::string& line) {
    const auto event = e2e::LogEvent::parse(line);
    return event && event->event == "ready";
  };
  bool has_come = false;
  if (log_file_.empty()) {
    has_come = process_->wait_for_line(is_ready, patience).has_value();
  } else {
    e2e::holds_within(patience, [this, &has_come, is_ready] {
      const auto lines = log_lines();
      has_come = std::any_of(lines.begin(), lines.end(), is_ready);
      return has_come || process_->wait(Duration::zero()).has_value();
    });
  }
  if (!has_come) {
    std::string said;
    for (const auto& line : log_lines())
      said += "\n  " + line;
    give_up("the agent did not start:" + said);
  }
  return seconds_since(launched_);
}

std::vector<std::string> AgentProcess::log_lines() const {
  if (log_file_.empty()) return process_->lines();
  std::vector<std::string> lines;
  std::ifstream in(log_file_);
  for (std::string line; std::getline(in, line);)
    lines.push_back(line);
  return lines;
}

void AgentProcess::kill() {
  process_->kill();
}

void AgentProcess::stop() {
  process_->signal(SIGTERM);
  if (!process_->wait(patience)) give_up("the agent does not stop");
}

Endpoint AgentProcess::intake() const {
  for (const auto& line : log_lines()) {
    const auto event = e2e::LogEvent::parse(line);
    if (!event || event->event != "listening") continue;
    if (const auto endpoint = Endpoint::parse(event->field("address"), 25)) return *endpoint;
  }
  give_up("the agent has logged no TCP listener");
}

}  // namespace greyhound::bench
