#include <ostream>

#include <nlohmann/json.hpp>

#include "agent/queue_view.hpp"
#include "cli/agent_client.hpp"
#include "cli/commands.hpp"
#include "cli/delivery_text.hpp"
#include "cli/exit_codes.hpp"

namespace greyhound::cli {
namespace {

struct Words {
  std::string_view path;
  std::string_view done;
};

Words words_of(SiteOrder order) {
  switch (order) {
    case SiteOrder::suspend:
      return {"/v1/sites/suspend", "suspended: no attempts there until it is resumed"};
    case SiteOrder::resume:
      return {"/v1/sites/resume", "resumed"};
    case SiteOrder::forget:
      return {"/v1/sites/forget", "forgotten"};
  }
  return {};
}

}  // namespace

int site_order(const QueueOptions& options,
               SiteOrder order,
               const std::string& name,
               Console& console) {
  const auto settings = load_settings(options.config_folder, SettingsFor::its_callers, console);
  if (!settings) return exit_config_error;
  const auto words = words_of(order);
  Json body;
  body["site"] = name;
  AgentClient client(settings->control_socket);
  const auto response = client.post(std::string(words.path), agent::to_line(body));
  if (!response) {
    console.err << "greyhound: the agent must run for this: " << printable(response.error().what)
                << '\n';
    return exit_agent_unreachable;
  }
  const auto answer = Json::parse(response->body, nullptr, false);
  if (response->status != 200) {
    console.err << "greyhound: " << printable(text_at(answer, "error")) << '\n';
    if (response->status == 404) return exit_problems_found;
    return response->status == 400 ? exit_wrong_usage : exit_io_error;
  }
  if (options.as_json) {
    console.out << agent::to_line(answer) << '\n';
  } else {
    console.out << printable(name) << "  " << words.done << '\n';
  }
  return exit_done;
}

}  // namespace greyhound::cli
