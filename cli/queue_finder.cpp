#include "cli/queue_finder.hpp"

#include <filesystem>
#include <ostream>

#include <nlohmann/json.hpp>

#include "cli/delivery_text.hpp"
#include "queue/rocks_store.hpp"

namespace greyhound::cli {
namespace {

Result<std::unique_ptr<queue::Store>> open_store(const config::Settings& settings,
                                                 const Clock& clock,
                                                 EventLog& log) {
  std::error_code code;
  if (!std::filesystem::is_directory(settings.queue.folder, code)) {
    const auto why = code ? code.message() : "there is no such folder";
    return Error{Fault::disk,
                 "no queue at " + settings.queue.folder.string() + " (" + why +
                     "); has the agent ever run with this configuration?"};
  }
  return queue::open_rocks_store(settings.queue, queue::OpenMode::read_only, clock, log);
}

}  // namespace

Error refused_by_agent(const AgentResponse& response) {
  const auto words = text_at(Json::parse(response.body, nullptr, false), "error");
  return {Fault::protocol,
          "the agent answered " + std::to_string(response.status) +
              (words.empty() ? "" : ": " + words)};
}

Result<FoundQueue> find_queue(const config::Settings& settings,
                              const Clock& clock,
                              EventLog& log,
                              Console& console) {
  FoundQueue found;
  AgentClient client(settings.control_socket);
  const auto status = client.get("/v1/status");
  if (status && status->status == 200) {
    found.agent = std::move(client);
    return found;
  }
  const auto why = status ? refused_by_agent(*status).what : status.error().what;
  console.err << "greyhound: no agent (" << printable(why) << ")\n";
  auto store = open_store(settings, clock, log);
  if (!store) return store.error();
  console.err << "greyhound: store opened read-only\n";
  found.store = std::move(*store);
  return found;
}

}  // namespace greyhound::cli
