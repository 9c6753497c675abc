#include "cli/smtp_relay.hpp"

#include <array>
#include <cerrno>
#include <string>
#include <string_view>
#include <system_error>

#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

namespace greyhound::cli {
namespace {

constexpr std::size_t block_bytes = 64 << 10;
constexpr int no_descriptor = -1;  // poll() passes over it

bool may_be_repeated(int error) {
  return error == EINTR || error == EAGAIN || error == EWOULDBLOCK;
}

// What goes to the agent is never waited for alone: with both ends full of what the other has to
// say, each would wait for ever.
class Relay {
 public:
  Relay(LocalSocket socket, Pipes pipes)
      : socket_(std::move(socket)), in_(pipes.in), out_(pipes.out) {}

  Result<> run() {
    while (is_open_) {
      const bool reads_in = unsent_.empty() && !is_in_at_end_;
      const short towards_agent = unsent_.empty() ? 0 : POLLOUT;
      std::array<pollfd, 2> waits{
          pollfd{.fd = reads_in ? in_ : no_descriptor, .events = POLLIN, .revents = 0},
          pollfd{.fd = socket_.descriptor(),
                 .events = static_cast<short>(POLLIN | towards_agent),
                 .revents = 0}};
      if (::poll(waits.data(), waits.size(), -1) < 0 && errno != EINTR) return problem();
      if ((waits[1].revents & ~POLLOUT) != 0) {
        if (auto passed = pass_on_replies(); !passed) return passed;
      }
      if (waits[0].revents != 0) read_commands();
      send_commands();
    }
    return {};
  }

 private:
  static Error problem() { return {Fault::network, std::generic_category().message(errno)}; }

  Result<> pass_on_replies() {
    const auto count = ::recv(socket_.descriptor(), block_.data(), block_.size(), MSG_DONTWAIT);
    if (count < 0 && may_be_repeated(errno)) return {};
    is_open_ = count > 0;
    if (!is_open_) return {};
    std::string_view replies(block_.data(), static_cast<std::size_t>(count));
    while (!replies.empty()) {
      const auto written = ::write(out_, replies.data(), replies.size());
      if (written < 0 && errno == EINTR) continue;
      if (written < 0) return problem();
      replies.remove_prefix(static_cast<std::size_t>(written));
    }
    return {};
  }

  void read_commands() {
    const auto count = ::read(in_, block_.data(), block_.size());
    if (count < 0 && may_be_repeated(errno)) return;
    if (count > 0) {
      unsent_.assign(block_.data(), static_cast<std::size_t>(count));
      return;
    }
    is_in_at_end_ = true;
    ::shutdown(socket_.descriptor(), SHUT_WR);
  }

  // A failure is the agent's end of the connection: what it said last is read first.
  void send_commands() {
    if (unsent_.empty()) return;
    const int flags = MSG_DONTWAIT | MSG_NOSIGNAL;
    const auto count = ::send(socket_.descriptor(), unsent_.data(), unsent_.size(), flags);
    if (count < 0 && may_be_repeated(errno)) return;
    if (count < 0) {
      is_in_at_end_ = true;
      unsent_.clear();
      return;
    }
    unsent_.erase(0, static_cast<std::size_t>(count));
  }

  LocalSocket socket_;
  int in_;
  int out_;
  std::array<char, block_bytes> block_{};
  std::string unsent_;
  bool is_in_at_end_ = false;
  bool is_open_ = true;  // the agent's end
};

}  // namespace

Result<> relay(LocalSocket socket, Pipes pipes) {
  return Relay(std::move(socket), pipes).run();
}

}  // namespace greyhound::cli
