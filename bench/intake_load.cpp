#include "bench/intake_load.hpp"

#include <algorithm>
#include <array>
#include <cerrno>
#include <cmath>
#include <cstring>
#include <deque>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include <fmt/format.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <sys/timerfd.h>
#include <unistd.h>

#include "bench/callers.hpp"
#include "bench/progress.hpp"
#include "bench/sample_mail.hpp"
#include "peers/blocking_client.hpp"

namespace greyhound::bench {
namespace {

constexpr int patience_ms = 60'000;
constexpr std::size_t different_messages = 16;
constexpr std::string_view mail_command = "MAIL FROM:<ann@sender.example>\r\n";

// What the replies to MAIL, RCPT, DATA and the final dot begin with.
constexpr std::array<std::string_view, 4> wanted{"250", "250", "354", "250"};

double milliseconds(Duration duration) {
  return seconds(duration) * 1000;
}

// The last line of the first whole reply, which is taken out.
std::optional<std::string> take_reply(std::string& received) {
  for (std::size_t start = 0;;) {
    const auto end = received.find("\r\n", start);
    if (end == std::string::npos) return std::nullopt;
    const bool is_last = end - start < 4 || received[start + 3] != '-';
    if (is_last) {
      auto line = received.substr(start, end - start);
      received.erase(0, end + 2);
      return line;
    }
    start = end + 2;
  }
}

int connect_to(const Endpoint& to) {
  sockaddr_in target{};
  target.sin_family = AF_INET;
  target.sin_port = htons(to.port);
  std::memcpy(&target.sin_addr, to.address.bytes().data(), sizeof target.sin_addr);
  const int socket = ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
  const auto* const generic = reinterpret_cast<const sockaddr*>(&target);
  if (socket < 0 || ::connect(socket, generic, sizeof target) != 0) {
    give_up("cannot connect to " + to.to_string());
  }
  const int on = 1;
  ::setsockopt(socket, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
  return socket;
}

class Session {
 public:
  Session(const Endpoint& to, const LoadShape& shape)
      : is_pipelined_(shape.is_pipelined), socket_(connect_to(to)) {
    expect(wait_for_reply(), "220");
    unsent_ = "EHLO source.example\r\n";
    send();
    expect(wait_for_reply(), "250");
  }
  Session(const Session&) = delete;
  Session& operator=(const Session&) = delete;
  ~Session() { ::close(socket_); }

  int socket() const { return socket_; }
  SteadyInstant due() const { return due_; }
  SteadyInstant dot_sent() const { return sent_; }

  void begin(std::uint64_t number, std::string_view content, SteadyInstant due) {
    due_ = due;
    content_ = content;
    replies_ = 0;
    recipient_ = fmt::format("RCPT TO:<u{}@receiver.example>\r\n", number);
    if (is_pipelined_) recipient_ = fmt::format("{}{}DATA\r\n", mail_command, recipient_);
    unsent_ = is_pipelined_ ? std::string_view(recipient_) : mail_command;
    send();
  }

  // False: the socket takes no more for now.
  bool send() {
    while (!unsent_.empty()) {
      sent_ = steady_now();
      const auto count =
          ::send(socket_, unsent_.data(), unsent_.size(), MSG_NOSIGNAL | MSG_DONTWAIT);
      if (count < 0 && errno == EAGAIN) return false;
      if (count < 0) give_up(fmt::format("a connection is gone: errno {}", errno));
      unsent_.remove_prefix(static_cast<std::size_t>(count));
    }
    return true;
  }

  // True: the message is accepted.
  bool receive() {
    read_some(MSG_DONTWAIT);
    while (const auto reply = take_reply(received_)) {
      expect(*reply, wanted.at(replies_));
      if (++replies_ == wanted.size()) return true;
      go_on();
    }
    return false;
  }

 private:
  void go_on() {
    if (replies_ == 3) {
      unsent_ = content_;
    } else if (!is_pipelined_) {
      unsent_ = replies_ == 1 ? std::string_view(recipient_) : std::string_view("DATA\r\n");
    }
  }

  std::string wait_for_reply() {
    for (;;) {
      if (auto reply = take_reply(received_)) return *std::move(reply);
      read_some(0);
    }
  }

  void read_some(int flags) {
    std::array<char, 4096> bytes;  // not cleared: it is read into at once
    const auto count = ::recv(socket_, bytes.data(), bytes.size(), flags);
    if (count < 0 && errno == EAGAIN) return;
    if (count <= 0) give_up("a connection was closed in the middle");
    received_.append(bytes.data(), static_cast<std::size_t>(count));
  }

  static void expect(const std::string& reply, std::string_view code) {
    if (!reply.starts_with(code)) give_up(fmt::format("not {}: {}", code, reply));
  }

  bool is_pipelined_;
  int socket_;
  std::string received_;
  std::string_view unsent_;
  std::string_view content_;
  std::string recipient_;    // all the commands, if they go in one piece
  std::size_t replies_ = 0;  // to what was sent of this message
  SteadyInstant due_{};
  SteadyInstant sent_{};  // the last piece
};

class Load {
 public:
  Load(const Endpoint& to, const LoadShape& shape) : shape_(shape) {
    SampleMail mail(1, {.size_bytes = shape.size_bytes, .domains = 1});
    const auto contents = std::min<std::uint64_t>(different_messages, shape.messages);
    for (std::uint64_t i = 0; i < contents; ++i)
      contents_.push_back(peers::dot_stuffed(mail.body()));
    for (std::size_t i = 0; i < shape.sessions; ++i)
      sessions_.push_back(std::make_unique<Session>(to, shape));
    if (queue_ < 0 || timer_ < 0) give_up("no epoll, or no timer");
    for (const auto& session : sessions_) {
      change(EPOLL_CTL_ADD, session->socket(), EPOLLIN, session.get());
      idle_.push_back(session.get());
    }
    change(EPOLL_CTL_ADD, timer_, EPOLLIN, nullptr);
    result_.dot_ms.reserve(shape.messages);
    result_.due_ms.reserve(shape.messages);
  }
  Load(const Load&) = delete;
  Load& operator=(const Load&) = delete;
  ~Load() {
    ::close(timer_);
    ::close(queue_);
  }

  LoadResult run() {
    start_ = steady_now();
    begin_what_is_due();
    std::array<epoll_event, 128> events{};
    while (result_.dot_ms.size() < shape_.messages) {
      const int count =
          ::epoll_wait(queue_, events.data(), static_cast<int>(events.size()), patience_ms);
      if (count == 0) give_up("no reply within a minute");
      for (int i = 0; i < count; ++i)
        handle(events.at(static_cast<std::size_t>(i)));
      begin_what_is_due();
    }
    result_.seconds = seconds(last_ - start_);
    std::sort(result_.dot_ms.begin(), result_.dot_ms.end());
    std::sort(result_.due_ms.begin(), result_.due_ms.end());
    return std::move(result_);
  }

 private:
  void handle(const epoll_event& event) {
    auto* const session = static_cast<Session*>(event.data.ptr);
    if (session == nullptr) {
      std::uint64_t times = 0;
      [[maybe_unused]] const auto taken = ::read(timer_, &times, sizeof times);
      return;
    }
    if ((event.events & ~static_cast<unsigned>(EPOLLOUT)) != 0 && session->receive()) {
      last_ = steady_now();
      result_.dot_ms.push_back(milliseconds(last_ - session->dot_sent()));
      result_.due_ms.push_back(milliseconds(last_ - session->due()));
      idle_.push_back(session);
      return;
    }
    const bool was_blocked = (event.events & EPOLLOUT) != 0;
    const bool is_blocked = !session->send();
    if (was_blocked == is_blocked) return;
    change(EPOLL_CTL_MOD,
           session->socket(),
           is_blocked ? static_cast<unsigned>(EPOLLIN) | EPOLLOUT : EPOLLIN,
           session);
  }

  void begin_what_is_due() {
    while (!idle_.empty() && begun_ < shape_.messages) {
      const auto due = due_at(begun_);
      if (shape_.per_s > 0 && due > steady_now()) {
        wake_at(due);
        return;
      }
      auto* const session = idle_.front();
      idle_.pop_front();
      const auto& content = contents_.at(begun_ % contents_.size());
      session->begin(begun_++, content, due);
    }
  }

  SteadyInstant due_at(std::uint64_t number) const {
    if (shape_.per_s <= 0) return steady_now();
    return start_ + Duration(std::llround(1e6 * static_cast<double>(number) / shape_.per_s));
  }

  // An instant that has passed meanwhile wakes at once.
  void wake_at(SteadyInstant when) const {
    const auto us = when.time_since_epoch().count();
    itimerspec at{};
    at.it_value.tv_sec = us / 1'000'000;
    at.it_value.tv_nsec = us % 1'000'000 * 1000;
    ::timerfd_settime(timer_, TFD_TIMER_ABSTIME, &at, nullptr);
  }

  void change(int operation, int descriptor, unsigned events, Session* session) const {
    epoll_event wish{};
    wish.events = events;
    wish.data.ptr = session;
    if (::epoll_ctl(queue_, operation, descriptor, &wish) != 0) give_up("epoll refuses");
  }

  LoadShape shape_;
  std::vector<std::string> contents_;
  std::vector<std::unique_ptr<Session>> sessions_;
  std::deque<Session*> idle_;
  int queue_ = ::epoll_create1(EPOLL_CLOEXEC);
  int timer_ = ::timerfd_create(CLOCK_MONOTONIC, TFD_CLOEXEC | TFD_NONBLOCK);
  std::uint64_t begun_ = 0;
  SteadyInstant start_{};
  SteadyInstant last_{};
  LoadResult result_{};
};

}  // namespace

LoadResult run_load(const Endpoint& to, const LoadShape& shape) {
  return Load(to, shape).run();
}

double percentile(const std::vector<double>& sorted, double part) {
  if (sorted.empty()) give_up("nothing was measured");
  return sorted[static_cast<std::size_t>(part * static_cast<double>(sorted.size() - 1))];
}

}  // namespace greyhound::bench
