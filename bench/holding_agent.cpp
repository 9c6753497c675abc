#include "bench/holding_agent.hpp"

#include <algorithm>

#include <fmt/format.h>

#include "bench/callers.hpp"
#include "bench/proc_reading.hpp"
#include "e2e/child_process.hpp"

namespace greyhound::bench {
namespace {

using namespace std::chrono_literals;

constexpr double mib = 1 << 20;
constexpr std::uint16_t no_receiver = 9;  // nobody is ever called

// No delivery may be under way at all, so none is begun.
constexpr const char* hold = R"({"smtp": {"concurrency": {"per_site": 1, "total": 0}}})";

}  // namespace

HoldingAgent::HoldingAgent(const std::filesystem::path& folder, const std::string& changes)
    : folder_(folder, false), agent_(folder, no_receiver) {
  agent_.change_settings(hold);
  agent_.change_settings(changes);
  agent_.log_to(folder / "agent.log");
  agent_.launch();
  agent_.wait_until_ready();
}

double HoldingAgent::processor_s() const {
  const auto processor = processor_seconds(agent_.pid());
  if (!processor) give_up("the agent has gone away");
  return *processor;
}

double HoldingAgent::peak_mib() const {
  const auto bytes = peak_bytes(agent_.pid());
  if (!bytes) give_up("the agent has gone away");
  return static_cast<double>(*bytes) / mib;
}

void HoldingAgent::kill_and_expect(std::uint64_t messages) {
  agent_.kill();
  const auto listed = e2e::run_to_end(
      {.arguments =
           {GREYHOUND_BINARY, "--config", folder_.path().string(), "queue", "list", "--json"}},
      10min);
  if (listed.exit_code != 0) give_up("the queue cannot be listed: " + listed.text());
  const auto found = std::count_if(listed.lines.begin(), listed.lines.end(), [](const auto& line) {
    return line.starts_with('{');
  });
  if (static_cast<std::uint64_t>(found) != messages) {
    give_up(fmt::format("{} messages were accepted, {} are in the queue", messages, found));
  }
}

}  // namespace greyhound::bench
