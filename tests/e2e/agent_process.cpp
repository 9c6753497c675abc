#include "e2e/agent_process.hpp"

#include <csignal>
#include <utility>

#include "runtime/must.hpp"

namespace greyhound::e2e {

AgentProcess::AgentProcess(const AgentConfig& config) {
  write_config(config, folder_.path());
}

std::unique_ptr<ChildProcess> AgentProcess::launch(
    const std::vector<std::string>& arguments) const {
  Command command{.arguments = {GREYHOUND_BINARY, "--config", folder_.path().string()}};
  command.arguments.insert(command.arguments.end(), arguments.begin(), arguments.end());
  return std::make_unique<ChildProcess>(command);
}

bool AgentProcess::start() {
  MUST(process_ == nullptr);
  process_ = launch();
  const auto is_ready = [](const std::string& line) {
    const auto event = LogEvent::parse(line);
    return event && event->event == "ready";
  };
  return process_->wait_for_line(is_ready, patience).has_value();
}

void AgentProcess::kill() {
  process_->kill();
  process_->has_said_all(patience);
  earlier_lines_ = lines();
  process_.reset();
}

int AgentProcess::stop() {
  process_->signal(SIGTERM);
  const auto code = process_->wait(patience + patience);
  if (code) process_->has_said_all(patience);
  earlier_lines_ = lines();
  process_.reset();
  return code.value_or(-1);
}

Endpoint AgentProcess::intake() const {
  for (const auto& line : process_->lines()) {
    const auto event = LogEvent::parse(line);
    if (!event || event->event != "listening") continue;
    if (const auto endpoint = Endpoint::parse(event->field("address"), 25)) return *endpoint;
  }
  MUST(!"the agent has logged no TCP listener");
}

std::vector<std::string> AgentProcess::lines() const {
  auto all = earlier_lines_;
  if (!process_) return all;
  const auto latest = process_->lines();
  all.insert(all.end(), latest.begin(), latest.end());
  return all;
}

std::vector<LogEvent> AgentProcess::events(std::string_view name, const Fields& wanted) const {
  std::vector<LogEvent> found;
  for (const auto& line : lines()) {
    auto event = LogEvent::parse(line);
    if (event && event->fits(name, wanted)) found.push_back(std::move(*event));
  }
  return found;
}

std::optional<LogEvent> AgentProcess::wait_for(std::string_view name,
                                               const Fields& wanted,
                                               Duration limit) const {
  std::vector<LogEvent> found;
  holds_within(limit, [&] {
    found = events(name, wanted);
    return !found.empty();
  });
  return found.empty() ? std::nullopt : std::optional(found.front());
}

Finished AgentProcess::run(std::vector<std::string> arguments, std::string input) const {
  Command command{.arguments = {GREYHOUND_BINARY},
                  .environment = {"GREYHOUND_CONFIG=" + folder_.path().string()},
                  .input = std::move(input)};
  command.arguments.insert(command.arguments.end(),
                           std::make_move_iterator(arguments.begin()),
                           std::make_move_iterator(arguments.end()));
  return run_to_end(command);
}

}  // namespace greyhound::e2e
