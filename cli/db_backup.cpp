#include <ostream>

#include <nlohmann/json.hpp>

#include "agent/queue_view.hpp"
#include "cli/agent_client.hpp"
#include "cli/commands.hpp"
#include "cli/delivery_text.hpp"
#include "cli/exit_codes.hpp"
#include "queue/backup.hpp"

namespace greyhound::cli {
namespace {

// Made by the running agent; nullopt: there is none.
std::optional<Result<>> back_up_by_agent(const config::Settings& settings,
                                         const std::filesystem::path& folder) {
  AgentClient client(settings.control_socket);
  const auto status = client.get("/v1/status");
  if (!status && status.error().fault == Fault::not_found) return std::nullopt;
  if (!status) return Result<>(status.error());
  Json order;
  order["folder"] = folder.string();
  const auto response = client.post("/v1/db/backup", agent::to_line(order));
  if (!response) return Result<>(response.error());
  if (response->status == 200) return Result<>();
  const auto words = text_at(Json::parse(response->body, nullptr, false), "error");
  return Result<>(
      Error{Fault::disk, "the agent answered " + std::to_string(response->status) + ": " + words});
}

}  // namespace

int db_backup(const QueueOptions& options, const std::string& to, Console& console) {
  const auto settings = load_settings(options.config_folder, SettingsFor::its_callers, console);
  if (!settings) return exit_config_error;
  std::error_code code;
  auto folder = std::filesystem::absolute(to, code).lexically_normal();
  if (!folder.has_filename()) folder = folder.parent_path();  // "backup/"
  if (code || std::filesystem::exists(folder, code)) {
    console.err << "greyhound: " << printable(folder.string())
                << " is there already; a backup makes its folder itself\n";
    return exit_io_error;
  }
  StderrLog log(EventLog::Level::warning);
  const auto by_agent = back_up_by_agent(*settings, folder);
  const auto made = by_agent ? *by_agent : queue::back_up_stopped(settings->queue, folder, log);
  const auto schema = made ? queue::schema_in(folder) : Result<unsigned>(made.error());
  if (!schema) {
    console.err << "greyhound: " << printable(schema.error().what) << '\n';
    return schema.error().fault == Fault::busy ? exit_agent_unreachable : exit_io_error;
  }
  console.out << "backup in " << printable(folder.string()) << ", schema " << *schema << '\n';
  return console.out.good() ? exit_done : exit_io_error;
}

}  // namespace greyhound::cli
