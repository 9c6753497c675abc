#include <ostream>

#include <nlohmann/json.hpp>

#include "agent/queue_view.hpp"
#include "agent/trace_feed.hpp"
#include "cli/agent_client.hpp"
#include "cli/commands.hpp"
#include "cli/delivery_text.hpp"
#include "cli/exit_codes.hpp"

namespace greyhound::cli {
namespace {

std::string target_of(const TraceOptions& wanted) {
  std::string ids;
  for (const auto& id : wanted.ids)
    ids += (ids.empty() ? "" : ",") + id;
  return std::string(agent::TraceFeed::path) + "?mail=" + percent_encoded(ids) +
         "&site=" + percent_encoded(wanted.site) + "&address=" + percent_encoded(wanted.address);
}

std::string_view mark_of(std::string_view direction) {
  if (direction == "sent") return ">";
  return direction == "received" ? "<" : "*";
}

// 2026-03-01T12:00:00.250Z 7F3K2A-1 mx1.example 192.0.2.1:25 > EHLO mail.example.org
void print_line(const Json& line, Console& console) {
  const auto lost = line.find("lost");
  if (lost != line.end() && lost->is_number_unsigned()) {
    console.out << "\xe2\x80\xa6 " << lost->get<std::size_t>() << " lines lost\n";
    return;
  }
  const auto time = text_at(line, "time");
  console.out << printable(time) << ' ' << printable(text_at(line, "delivery"));
  for (const auto* key : {"host", "address"}) {
    if (const auto text = text_at(line, key); !text.empty()) console.out << ' ' << printable(text);
  }
  console.out << ' ' << mark_of(text_at(line, "direction")) << ' '
              << printable(text_at(line, "line")) << '\n';
}

int refused(const AgentResponse& response, Console& console) {
  const auto why = text_at(Json::parse(response.body, nullptr, false), "error");
  console.err << "greyhound: " << printable(why) << '\n';
  const bool is_unknown_id = response.status == 404 || response.status == 409;
  if (is_unknown_id) return exit_problems_found;
  return response.status == 400 ? exit_wrong_usage : exit_io_error;
}

}  // namespace

int trace(const QueueOptions& options, const TraceOptions& wanted, Console& console) {
  const auto settings = load_settings(options.config_folder, SettingsFor::its_callers, console);
  if (!settings) return exit_config_error;
  const AgentClient::Follower follower{
      .begin = [&] { console.err << "greyhound: watching; Ctrl-C ends it\n"
                                 << std::flush; },
      .line =
          [&](std::string_view text) {
            const auto line = Json::parse(text, nullptr, false);
            if (!line.is_object()) return true;
            if (options.as_json) {
              console.out << agent::to_line(line) << '\n';
            } else {
              print_line(line, console);
            }
            return console.out.flush().good();
          }};
  const auto ended = AgentClient(settings->control_socket).follow(target_of(wanted), follower);
  if (!ended) {
    console.err << "greyhound: the agent must run for this: " << printable(ended.error().what)
                << '\n';
    return exit_agent_unreachable;
  }
  if (ended->status != 200) return refused(*ended, console);
  if (!console.out.good()) return exit_io_error;
  console.err << "greyhound: the agent has stopped\n";
  return exit_agent_unreachable;
}

}  // namespace greyhound::cli
