// SessionWorld: one intake session on virtual time, with a client in memory that sees every write.
#pragma once

#include <algorithm>
#include <chrono>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include <gtest/gtest.h>

#include "intake/client_limiter.hpp"
#include "intake/session.hpp"
#include "runtime/task_group.hpp"
#include "runtime/wake_signal.hpp"
#include "world/memory_store.hpp"
#include "world/virtual_time.hpp"

namespace greyhound::intake {

// What the two ends of one connection share.
struct Wire {
  explicit Wire(Executor loop) : news(std::move(loop)) {}

  runtime::WakeSignal news;
  std::string to_session;
  std::string from_session;
  std::size_t writes = 0;
  bool is_client_gone = false;
  bool is_closed = false;  // by the session
};

class WireStream final : public Stream {
 public:
  WireStream(Clock& clock,
             std::shared_ptr<Wire> wire,
             std::optional<Endpoint> remote,
             std::optional<unsigned> uid)
      : clock_(clock), wire_(std::move(wire)), remote_(remote), uid_(uid) {}
  ~WireStream() override { wire_->is_closed = true; }

  Awaitable<Result<std::size_t>> read_some(std::span<char> into) override {
    while (wire_->to_session.empty()) {
      if (wire_->is_client_gone || wire_->is_closed) co_return Error{Fault::closed, "closed"};
      if (clock_.steady() >= deadline_) co_return Error{Fault::timeout, "too late"};
      co_await wire_->news.wait_at_most(&clock_, deadline_ - clock_.steady());
    }
    const auto count = std::min(into.size(), wire_->to_session.size());
    std::copy_n(wire_->to_session.begin(), count, into.begin());
    wire_->to_session.erase(0, count);
    co_return count;
  }

  Awaitable<Result<>> write(std::string_view bytes) override {
    if (wire_->is_client_gone || wire_->is_closed) co_return Error{Fault::closed, "closed"};
    wire_->from_session += bytes;
    ++wire_->writes;
    co_return Result<>{};
  }

  void expire_after(Duration limit) override { deadline_ = clock_.steady() + limit; }

  bool is_quiet() override { return wire_->to_session.empty(); }
  void close() override {
    wire_->is_closed = true;
    wire_->news.wake();
  }
  std::optional<Endpoint> local() const override { return std::nullopt; }
  std::optional<Endpoint> remote() const override { return remote_; }
  std::optional<unsigned> peer_uid() const override { return uid_; }

 private:
  Clock& clock_;
  SteadyInstant deadline_ = SteadyInstant::max();
  std::shared_ptr<Wire> wire_;
  std::optional<Endpoint> remote_;
  std::optional<unsigned> uid_;
};

// Holds back accept() until it is let go: the moment between the final dot and its reply.
class HeldStore final : public world::MemoryStore {
 public:
  HeldStore(const Clock& clock, Executor loop) : MemoryStore(clock), let_go_(std::move(loop)) {}

  bool is_held = false;
  void let_go() { let_go_.wake(); }

  Awaitable<Result<>> accept(queue::NewMessage message) override {
    if (is_held) co_await let_go_.wait();
    co_return co_await MemoryStore::accept(std::move(message));
  }

 private:
  runtime::WakeSignal let_go_;
};

class EventList final : public EventLog {
 public:
  void write(Level, std::string line) override { lines.push_back(std::move(line)); }
  bool has(std::string_view text) const {
    return std::any_of(lines.begin(), lines.end(), [text](const std::string& line) {
      return line.find(text) != std::string::npos;
    });
  }
  std::vector<std::string> lines;
};

// One delivery per domain, due at once.
inline std::vector<queue::Delivery> plan_by_domain(const queue::Message& message,
                                                   const std::vector<mail::Recipient>& recipients) {
  std::vector<queue::Delivery> deliveries;
  for (const auto& recipient : recipients) {
    const auto& domain = recipient.address.domain();
    auto at = std::find_if(deliveries.begin(), deliveries.end(), [&domain](const auto& delivery) {
      return delivery.domain == domain;
    });
    if (at == deliveries.end()) {
      const auto number = static_cast<std::uint16_t>(deliveries.size() + 1);
      at = deliveries.insert(at,
                             {.id = {message.id, number},
                              .domain = domain,
                              .recipients = {},
                              .due = message.arrived,
                              .expires = message.arrived + std::chrono::days(5),
                              .rule = "default"});
    }
    at->recipients.push_back({.recipient = recipient});
  }
  return deliveries;
}

inline IntakeSettings loopback_settings() {
  IntakeSettings settings;
  settings.hostname = "host.example";
  settings.relay_from = {*IpNetwork::parse("127.0.0.0/8")};
  settings.completes_headers = false;  // what is stored is what was sent, but where that is tested
  return settings;
}

class SessionTest : public ::testing::Test {
 protected:
  ~SessionTest() override {
    store_.let_go();
    tasks_.cancel();
    settle();
  }

  // A connection; the greeting has been read.
  void connect(std::string_view from = "127.0.0.1") {
    open(Endpoint{*IpAddress::parse(from), 40000}, std::nullopt);
  }
  void connect_as_user(unsigned uid) { open(std::nullopt, uid); }

  // Everything that the session says to these bytes before it waits again.
  std::string send(std::string_view bytes) {
    wire_->to_session += bytes;
    wire_->news.wake();
    settle();
    return std::exchange(wire_->from_session, {});
  }

  // As far as the 354 of a message from a@b.example to c@d.example.
  void begin_message() {
    connect();
    send("EHLO client.example\r\nMAIL FROM:<a@b.example>\r\nRCPT TO:<c@d.example>\r\n");
    ASSERT_EQ(send("DATA\r\n").substr(0, 4), "354 ");
  }

  void hang_up() {
    wire_->is_client_gone = true;
    wire_->news.wake();
    settle();
  }

  std::string pass(Duration span) {
    time_.run_for(span);
    return std::exchange(wire_->from_session, {});
  }

  // As the server does it.
  void drain() {
    if (session_->begin_drain()) tasks_.spawn("farewell", farewell(session_));
    settle();
  }

  bool is_closed() const { return wire_->is_closed; }

  // The stored bytes behind the trace header, which is three lines.
  std::string stored_content() const {
    const auto all = store_.content(store_.messages().at(0).message.id);
    std::size_t at = 0;
    for (int line = 0; line < 3; ++line)
      at = all.find('\n', at) + 1;
    return all.substr(at);
  }

  void expect_nothing_kept() const {
    EXPECT_TRUE(store_.messages().empty());
    EXPECT_EQ(store_.chunk_count(), 0U);
  }

  void settle() { time_.run_for(Duration(0)); }

  world::VirtualTime time_{std::chrono::sys_days{std::chrono::year{2026} / 3 / 1}};
  HeldStore store_{time_, time_.loop()};
  IntakeSettings settings_ = loopback_settings();
  DeliveryPlanner planner_ = plan_by_domain;
  EventList log_;
  std::optional<ClientLimiter> limiter_;  // none: no limits by the minute
  const TlsServer* tls_ = nullptr;
  const PasswordFile* passwords_ = nullptr;
  ListenerTls listener_tls_ = ListenerTls::none;
  TaskGroup tasks_{time_.loop()};
  std::shared_ptr<Wire> wire_;
  std::shared_ptr<Session> session_;
  std::string greeting_;

 private:
  static Awaitable<> run(std::shared_ptr<Session> session) { co_await session->run(); }
  static Awaitable<> farewell(std::shared_ptr<Session> session) { co_await session->farewell(); }

  void open(std::optional<Endpoint> remote, std::optional<unsigned> uid) {
    wire_ = std::make_shared<Wire>(time_.loop());
    SessionParts parts{settings_, store_, planner_, time_, log_};
    if (limiter_) parts.limiter = &*limiter_;
    parts.tls = tls_;
    parts.passwords = passwords_;
    auto stream = std::make_unique<WireStream>(time_, wire_, remote, uid);
    session_ = std::make_shared<Session>(std::move(stream), parts, listener_tls_);
    tasks_.spawn("session", run(session_));
    settle();
    greeting_ = std::exchange(wire_->from_session, {});
  }
};

}  // namespace greyhound::intake
