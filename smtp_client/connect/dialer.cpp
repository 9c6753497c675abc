#include "smtp_client/connect/dialer.hpp"

#include <chrono>
#include <utility>

#include "runtime/duration_text.hpp"
#include "runtime/race.hpp"
#include "smtp_client/connect/dial_order.hpp"

namespace greyhound::smtp {
namespace {

constexpr std::chrono::milliseconds head_start{250};  // RFC 8305 section 5

}  // namespace

// What one server says it says for all addresses of its host: that another of them did not answer
// is nothing to report then.
Awaitable<std::optional<Connection>> Dialer::dial(mail::Host host) {
  const auto why_others = vain_.last;
  auto connection = co_await call_addresses(std::move(host));
  if (connection) vain_.last = why_others;
  co_return connection;
}

Awaitable<std::optional<Connection>> Dialer::call_addresses(mail::Host host) {
  const auto& endpoints = host.endpoints;
  if (endpoints.size() == 2 && may_overtake(endpoints[0], endpoints[1])) {
    auto first = call(host.name, endpoints[0]);
    auto second = call(host.name, endpoints[1]);
    auto connection = co_await race(&parts_.clock, head_start, std::move(first), std::move(second));
    if (connection) co_return std::move(*connection);
    co_return std::nullopt;
  }
  for (const auto& endpoint : endpoints) {
    auto connection = co_await call(host.name, endpoint);
    if (connection) co_return std::move(*connection);
  }
  co_return std::nullopt;
}

bool Dialer::may_overtake(const Endpoint& first, const Endpoint& second) const {
  const bool are_alike = first.address.is_v4() == second.address.is_v4();
  return are_alike || !parts_.affinity.source;
}

Awaitable<Result<Connection>> Dialer::call(std::string host, Endpoint to) {
  const auto source = source_for(to, parts_.affinity, parts_.site);
  ++calls_;
  remark(host, to, "connecting");
  auto stream = co_await connect(to, source);
  const bool was_systems_choice = source && parts_.site.sources.empty();
  if (!stream && was_systems_choice && stream.error().fault == Fault::config) {
    stream = co_await connect(to, std::nullopt);  // the machine has lost that address
  }
  if (!stream) {
    note_failure(host, to, stream.error());
    co_return stream.error();
  }
  parts_.reachability.note_answer(to);
  Connection connection{.stream = std::move(*stream), .to = to};
  co_return connection;
}

Awaitable<Result<std::unique_ptr<Stream>>> Dialer::connect(Endpoint to,
                                                           std::optional<IpAddress> source) {
  co_return co_await parts_.clock.within(parts_.limit, parts_.network.connect(to, source));
}

void Dialer::remark(const std::string& host, const Endpoint& to, std::string text) const {
  const auto trace = parts_.trace == nullptr ? nullptr : parts_.trace->at(host, to);
  if (trace) trace->remark(std::move(text));
}

void Dialer::note_failure(const std::string& host, const Endpoint& to, const Error& error) {
  if (error.fault == Fault::config) {
    ++vain_.ours;
  } else {
    parts_.reachability.note_silence(to, parts_.clock.steady());
  }
  const auto why =
      error.fault == Fault::timeout ? "no connection within " + to_text(parts_.limit) : error.what;
  remark(host, to, "not connected: " + why);
  vain_.last = host + " (" + to.to_string() + "): " + why;
  parts_.log.debug("connect failed", {{"delivery", parts_.label}, {"why", vain_.last}});
}

}  // namespace greyhound::smtp
