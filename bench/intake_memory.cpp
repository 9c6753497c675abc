#include "bench/intake_memory.hpp"

#include <algorithm>
#include <vector>

#include <fmt/format.h>

#include "bench/agent_figures.hpp"
#include "bench/callers.hpp"
#include "bench/holding_agent.hpp"
#include "bench/progress.hpp"
#include "bench/sample_mail.hpp"
#include "peers/blocking_client.hpp"

namespace greyhound::bench {
namespace {

constexpr std::uint64_t mib = 1ULL << 20;
constexpr std::uint64_t full_size_bytes = 50 * mib;
constexpr std::size_t idle_sessions = 500;
constexpr std::size_t piece_bytes = 256 << 10;
constexpr std::size_t pieces_between_looks = 8;

// Room for more sessions than the default, and a message of the largest size that it takes.
constexpr const char* small_memory =
    R"({"queue": {"memory": "64MiB"},
        "intake": {"max_sessions": 1000, "per_client": {"sessions": 0}}})";

void expect(const Result<mail::Reply>& reply, int code) {
  if (!reply) give_up(reply.error().what);
  if (reply->code != code) give_up(fmt::format("not {}, but {}", code, reply->code));
}

using Clients = std::vector<peers::BlockingClient>;

Clients connect(const HoldingAgent& agent, std::size_t count) {
  Clients clients;
  clients.reserve(count);
  for (std::size_t i = 0; i < count; ++i) {
    clients.push_back(need(peers::BlockingClient::connect(agent.intake())));
    expect(clients.back().read_reply(), 220);
    expect(clients.back().say("EHLO client.example"), 250);
  }
  return clients;
}

void begin_messages(Clients& clients) {
  for (auto& client : clients) {
    expect(client.say("MAIL FROM:<ann@sender.example>"), 250);
    expect(client.say("RCPT TO:<bob@receiver.example>"), 250);
    expect(client.say("DATA"), 354);
  }
}

// Each sends a piece, then each the next one: as many are on their way as there are clients. A
// client waits where the agent has not read what came before. Gives the largest memory seen.
double send_in_step(Clients& clients, std::uint64_t size_bytes, const HoldingAgent& agent) {
  SampleMail mail(1, {.size_bytes = piece_bytes, .domains = 1});
  const auto piece = mail.body();
  const auto pieces = size_bytes / piece_bytes;
  double largest_mib = 0;
  Progress progress("content at once", pieces * clients.size());
  for (std::uint64_t i = 0; i < pieces; ++i) {
    for (auto& client : clients)
      need(client.send(piece));
    progress.add(clients.size());
    const bool is_last = i + 1 == pieces;
    if (is_last || i % pieces_between_looks == 0) {
      largest_mib = std::max(largest_mib, resident_mib(agent.process()));
    }
  }
  return largest_mib;
}

void end_messages(Clients& clients) {
  for (auto& client : clients)
    need(client.send(".\r\n"));
  for (auto& client : clients)
    expect(client.read_reply(), 250);
}

void need_space(const BodiesPlan& plan, const std::filesystem::path& scratch) {
  const auto wanted = plan.sessions * plan.size_bytes * 3 / 2;
  const auto there = std::filesystem::space(scratch).available;
  if (there >= wanted) return;
  give_up(fmt::format("{} sessions with {} MiB each need {} MiB of disk, {} has {}",
                      plan.sessions,
                      plan.size_bytes / mib,
                      wanted / mib,
                      scratch.string(),
                      there / mib));
}

}  // namespace

void measure_idle_sessions(const std::filesystem::path& scratch, FigureSheet& sheet) {
  say(fmt::format("{} idle sessions", idle_sessions));
  const HoldingAgent agent(scratch / "idle", small_memory);
  const auto alone = resident_mib(agent.process());
  const auto clients = connect(agent, idle_sessions);
  const auto scale = fmt::format("{} after EHLO; queue.memory 64 MiB, no TLS", clients.size());
  sheet.add({"resident_mib_alone", alone, "MiB", "no session; queue.memory 64 MiB"});
  sheet.add({"resident_mib_idle_sessions", resident_mib(agent.process()), "MiB", scale, below(90)});
  sheet.add({"peak_mib_idle_sessions", agent.peak_mib(), "MiB", scale + "; VmHWM"});
}

void measure_bodies_at_once(const BodiesPlan& plan,
                            const std::filesystem::path& scratch,
                            FigureSheet& sheet) {
  const auto size_mib = plan.size_bytes / mib;
  say(fmt::format("{} sessions with {} MiB each", plan.sessions, size_mib));
  need_space(plan, scratch);
  HoldingAgent agent(scratch / "bodies", small_memory);
  auto clients = connect(agent, plan.sessions);
  begin_messages(clients);
  const auto start = steady_now();
  const auto largest_mib = send_in_step(clients, plan.size_bytes, agent);
  end_messages(clients);
  const auto taken_s = seconds_since(start);
  const auto peak_mib = agent.peak_mib();
  agent.kill_and_expect(plan.sessions);

  const bool is_full = plan.size_bytes == full_size_bytes;
  const auto scale =
      fmt::format("{} x {} MiB; queue.memory 64 MiB, no TLS", plan.sessions, size_mib);
  sheet.add({"peak_mib_bodies_at_once",
             peak_mib,
             "MiB",
             scale + "; VmHWM",
             is_full ? std::optional(below(200)) : std::nullopt});
  sheet.add({"resident_mib_bodies_at_once", largest_mib, "MiB", scale + "; PSS, sampled"});
  const auto total_mib = static_cast<double>(plan.sessions * size_mib);
  sheet.add({"mib_per_s_bodies_at_once", total_mib / taken_s, "MiB/s", scale});
}

}  // namespace greyhound::bench
