#include "bench/delivery_figures.hpp"

#include <algorithm>
#include <atomic>
#include <thread>
#include <vector>

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include "bench/agent_figures.hpp"
#include "bench/agent_process.hpp"
#include "bench/callers.hpp"
#include "bench/proc_reading.hpp"
#include "bench/progress.hpp"
#include "bench/sample_mail.hpp"
#include "bench/swift_receiver.hpp"
#include "peers/blocking_client.hpp"

namespace greyhound::bench {
namespace {

using namespace std::chrono_literals;
using nlohmann::ordered_json;

constexpr Duration patience = 10min;
constexpr Duration round_trip = 20ms;
constexpr std::size_t clients = 20;
constexpr std::size_t body_bytes = 4096;

struct Course {
  std::size_t sites = 1;
  Duration latency = Duration::zero();
  bool has_tls = false;
  std::size_t per_site = 20;

  std::string to_string() const {
    return fmt::format("{}_{}{}",
                       sites == 1 ? "one_site" : "many_sites",
                       latency == Duration::zero() ? "near" : "20ms",
                       has_tls ? "_tls" : "");
  }
};

std::string domain(std::size_t number) {
  return fmt::format("d{}.example", number);
}

// Everything to its own address; `total` 0 keeps all mail back.
std::string settings(const Course& course, std::uint16_t port, std::size_t total) {
  auto routes = ordered_json::array();
  for (std::size_t i = 0; i < course.sites; ++i) {
    const ordered_json hop{{"host", SwiftReceiver::address(i)}, {"port", port}};
    routes.push_back({{"domain", domain(i)}, {"next_hops", ordered_json::array({hop})}});
  }
  const ordered_json concurrency{{"per_site", course.per_site}, {"total", total}};
  return ordered_json{{"smtp", {{"concurrency", concurrency}}}, {"routes", routes}}.dump();
}

void hand_in(Endpoint to, std::size_t sites, std::atomic<std::int64_t>* left) {
  SampleMail mail(1, {.size_bytes = body_bytes, .domains = 1});
  auto client = need(peers::BlockingClient::connect(to));
  need(client.read_reply());
  need(client.say("EHLO client.example"));
  for (auto number = --*left; number >= 0; number = --*left) {
    const auto site = static_cast<std::size_t>(number) % sites;
    const peers::Letter letter{.sender = "ann@sender.example",
                               .recipients = {fmt::format("u{}@{}", number, domain(site))},
                               .bytes = mail.body()};
    const auto submitted = need(client.submit(letter));
    if (!submitted.end.is_positive()) give_up("the agent refused mail");
  }
}

void fill(AgentProcess& agent, const Course& course, std::uint64_t messages) {
  std::atomic<std::int64_t> left = static_cast<std::int64_t>(messages);
  std::vector<std::thread> threads;
  for (std::size_t i = 0; i < clients; ++i)
    threads.emplace_back([&] { hand_in(agent.intake(), course.sites, &left); });
  for (auto& thread : threads)
    thread.join();
}

// An agent with mail for the course in its queue, just started; nothing was sent before.
std::unique_ptr<AgentProcess> start_with_mail(const Course& course,
                                              std::uint64_t messages,
                                              std::uint16_t port,
                                              const std::filesystem::path& folder) {
  std::filesystem::create_directories(folder);
  auto agent = std::make_unique<AgentProcess>(folder, port);
  agent->change_settings(settings(course, port, 0));
  agent->launch();
  agent->wait_until_ready();
  fill(*agent, course, messages);
  agent->stop();
  agent->change_settings(settings(course, port, std::max<std::size_t>(500, course.per_site)));
  agent->launch();
  return agent;
}

struct Drained {
  SwiftReceiver::Seen seen;
  double processor_s;
};

Drained drain(const Course& course, std::uint64_t messages, const std::filesystem::path& scratch) {
  say(fmt::format("{} messages, {}", messages, course.to_string()));
  SwiftReceiver receiver(
      {.addresses = course.sites, .latency = course.latency, .has_tls = course.has_tls});
  const auto folder = scratch / course.to_string();
  const auto agent = start_with_mail(course, messages, receiver.port(), folder);
  if (!receiver.wait_for(messages, patience)) give_up("not all mail was delivered");
  const auto processor = processor_seconds(agent->pid());
  const auto seen = receiver.seen();
  if (!processor) give_up("the agent has gone away");
  if (seen.messages != messages) give_up("mail was delivered twice");
  agent->stop();
  std::filesystem::remove_all(folder);
  return {.seen = seen, .processor_s = *processor};
}

void add_figures(const Course& course,
                 std::uint64_t messages,
                 const std::string& scale,
                 const std::filesystem::path& scratch,
                 FigureSheet& sheet) {
  const auto drained = drain(course, messages, scratch);
  const auto& seen = drained.seen;
  const auto count = static_cast<double>(messages);
  const auto name = course.to_string();
  const auto of = fmt::format("{}: {} messages of 4 KiB", scale, messages);
  sheet.add({"delivered_per_s_" + name, count / seconds(seen.last - seen.first), "/s", of});
  sheet.add({"cpu_s_per_1000_" + name, drained.processor_s / count * 1000, "s", of, at_most(0.2)});
  const auto warm = static_cast<double>(seen.warm_messages);
  if (warm == 0) return;
  const auto waits = static_cast<double>(seen.warm_waits) / warm;
  sheet.add({"round_trips_per_warm_message_" + name, waits, "", of, at_most(1.0)});
}

void add_memory_figure(const DeliveryPlan& plan,
                       const std::filesystem::path& scratch,
                       FigureSheet& sheet) {
  const Course course{.latency = 1s, .per_site = plan.sessions};
  say(fmt::format("{} sessions at once", plan.sessions));
  SwiftReceiver receiver({.latency = course.latency});
  const auto folder = scratch / "sessions";
  const auto agent = start_with_mail(course, plan.sessions * 4, receiver.port(), folder);
  if (!receiver.wait_for_open(plan.sessions, patience)) give_up("there were fewer sessions");
  sheet.add({"resident_mib_with_open_sessions",
             resident_mib(*agent),
             "MiB",
             fmt::format("{} sessions", plan.sessions),
             plan.sessions >= 1000 ? std::optional(below(150)) : std::nullopt});
  agent->kill();
  std::filesystem::remove_all(folder);
}

}  // namespace

void measure_delivery(const DeliveryPlan& plan,
                      const std::filesystem::path& scratch,
                      FigureSheet& sheet) {
  const auto is_wanted = [&plan](const std::string& name) {
    const auto& only = plan.only;
    return only.empty() || std::find(only.begin(), only.end(), name) != only.end();
  };
  for (const auto latency : {Duration::zero(), round_trip}) {
    for (const bool has_tls : {false, true}) {
      for (const std::size_t sites : {1, 200}) {
        const auto messages = latency == Duration::zero() ? plan.near : plan.far;
        const Course course{.sites = sites, .latency = latency, .has_tls = has_tls};
        if (is_wanted(course.to_string())) {
          add_figures(course, messages, plan.scale, scratch, sheet);
        }
      }
    }
  }
  if (is_wanted("sessions")) add_memory_figure(plan, scratch, sheet);
}

}  // namespace greyhound::bench
