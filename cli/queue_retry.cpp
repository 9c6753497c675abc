#include <ostream>

#include <nlohmann/json.hpp>

#include "agent/queue_view.hpp"
#include "cli/agent_client.hpp"
#include "cli/commands.hpp"
#include "cli/delivery_text.hpp"
#include "cli/exit_codes.hpp"

namespace greyhound::cli {
namespace {

// Prints what became of one id; whether it named anything.
bool print_result(const Json& result, bool is_dry_run, Console& console) {
  if (!result.is_object()) return false;
  if (const auto problem = text_at(result, "error"); !problem.empty()) {
    console.err << "greyhound: " << printable(problem) << '\n';
    if (!result.contains("candidates")) return false;
    for (const auto& candidate : result["candidates"]) {
      if (!candidate.is_string()) continue;
      console.err << "  " << printable(candidate.get<std::string>()) << '\n';
    }
    return false;
  }
  if (!result.contains("deliveries")) return false;
  for (const auto& delivery : result["deliveries"]) {
    const auto why = text_at(delivery, "why");
    const auto verb = is_dry_run ? "would be due now" : "due now";
    const auto outcome = why.empty() ? std::string(verb) + ", was due " + text_at(delivery, "was")
                                     : "left alone: " + why;
    console.out << printable(text_at(delivery, "delivery")) << "  "
                << printable(text_at(delivery, "domain")) << "  " << printable(outcome) << '\n';
  }
  return true;
}

}  // namespace

int queue_retry(const QueueOptions& options, const RetryOptions& retry, Console& console) {
  const auto settings = load_settings(options.config_folder, SettingsFor::its_callers, console);
  if (!settings) return exit_config_error;
  Json order;
  order["ids"] = retry.ids;
  order["dry_run"] = retry.is_dry_run;
  AgentClient client(settings->control_socket);
  const auto response = client.post("/v1/queue/retry", agent::to_line(order));
  if (!response) {
    console.err << "greyhound: the agent must run for this: " << printable(response.error().what)
                << '\n';
    return exit_agent_unreachable;
  }
  const auto answer = Json::parse(response->body, nullptr, false);
  const bool is_answer = answer.is_object() && answer.contains("results");
  if (response->status != 200 || !is_answer) {
    const auto words = text_at(answer, "error");
    console.err << "greyhound: the agent answered " << response->status << ": " << printable(words)
                << '\n';
    return response->status == 400 ? exit_wrong_usage : exit_io_error;
  }
  bool is_all_found = true;
  for (const auto& result : answer["results"]) {
    if (options.as_json) {
      console.out << agent::to_line(result) << '\n';
      is_all_found = is_all_found && !result.contains("error");
    } else if (!print_result(result, retry.is_dry_run, console)) {
      is_all_found = false;
    }
  }
  return is_all_found ? exit_done : exit_problems_found;
}

}  // namespace greyhound::cli
