#include "bench/agent_figures.hpp"

#include <atomic>
#include <thread>
#include <vector>

#include <fmt/format.h>

#include "bench/callers.hpp"
#include "bench/proc_reading.hpp"
#include "bench/progress.hpp"
#include "peers/blocking_client.hpp"

namespace greyhound::bench {
namespace {

using namespace std::chrono_literals;

constexpr double mib = 1 << 20;
constexpr double quiet_percent = 1.0;
constexpr std::size_t clients = 4;
constexpr Duration patience = 10min;

double processor_percent(const AgentProcess& agent, Duration watched) {
  const auto before = processor_seconds(agent.pid());
  const auto start = steady_now();
  std::this_thread::sleep_for(watched);
  const auto after = processor_seconds(agent.pid());
  if (!before || !after) give_up("the agent has gone away");
  return 100 * (*after - *before) / seconds_since(start);
}

// One connection, one message after the other, until the agent is gone.
void hand_in(Endpoint to, const std::string& bytes, std::atomic<std::uint64_t>* accepted) {
  auto client = peers::BlockingClient::connect(to);
  if (!client || !client->read_reply() || !client->say("EHLO client.example")) return;
  const peers::Letter letter{
      .sender = "ann@sender.example", .recipients = {"bob@receiver.example"}, .bytes = bytes};
  for (;;) {
    const auto submitted = client->submit(letter);
    if (!submitted) return;
    if (submitted->end.is_positive()) ++*accepted;
  }
}

}  // namespace

double resident_mib(const AgentProcess& agent) {
  const auto bytes = proportional_bytes(agent.pid());
  if (!bytes) give_up("smaps_rollup of the agent cannot be read");
  return static_cast<double>(*bytes) / mib;
}

double log_mib(const FilledQueue& filled) {
  return static_cast<double>(disk_bytes(filled.settings().folder, {".log"})) / mib;
}

Idle measure_idle(const AgentProcess& agent, const IdlePlan& plan) {
  const auto start = steady_now();
  while (steady_now() - start < plan.settle_at_most &&
         processor_percent(agent, 1s) > quiet_percent) {
  }
  const auto percent = processor_percent(agent, plan.watched);
  return {.resident_mib = resident_mib(agent), .processor_percent = percent};
}

Revival measure_revival(AgentProcess& agent,
                        SilentReceiver& receiver,
                        const FilledQueue& filled,
                        Duration burst) {
  SampleMail mail(1, filled.mail_shape());
  const auto body = mail.body();
  std::atomic<std::uint64_t> accepted = 0;
  std::vector<std::thread> threads;
  threads.reserve(clients);
  for (std::size_t i = 0; i < clients; ++i) {
    threads.emplace_back([&, to = agent.intake()] { hand_in(to, body, &accepted); });
  }
  std::this_thread::sleep_for(burst);
  agent.kill();
  for (auto& thread : threads)
    thread.join();
  if (accepted == 0) give_up("the agent took no mail before it was killed");
  receiver.forget();

  Revival revival{
      .first_attempt_s = 0, .accepted = static_cast<double>(accepted), .log_mib = log_mib(filled)};
  const auto launched = agent.launch();
  const auto called = receiver.first_call(patience);
  if (!called) give_up("no attempt was made after the restart");
  revival.first_attempt_s = seconds(*called - launched);
  return revival;
}

}  // namespace greyhound::bench
