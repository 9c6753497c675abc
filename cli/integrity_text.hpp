// What an operator reads of a check of the queue (queue/integrity.hpp), as text and as JSON.
#pragma once

#include <filesystem>
#include <string>

#include <nlohmann/json_fwd.hpp>

#include "cli/console.hpp"
#include "config/settings.hpp"
#include "queue/integrity.hpp"

namespace greyhound::cli {

// Many lines, safe for a terminal, each ended by LF.
std::string integrity_text(const std::filesystem::path& folder,
                           const queue::IntegrityReport& report);

// Names are stable; every kind of problem that was found is in "problems" with its number.
nlohmann::ordered_json integrity_view(const std::filesystem::path& folder,
                                      const queue::IntegrityReport& report);

// Shows how far a check is on standard error, if that is a terminal; else there is no listener.
queue::ProgressListener progress_on(Console& console);
void end_progress(const queue::ProgressListener& listener, Console& console);

// Whether the agent of these settings answers on its control socket.
bool is_agent_running(const config::Settings& settings);

}  // namespace greyhound::cli
