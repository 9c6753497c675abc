#include "peers/blocking_client.hpp"

#include <algorithm>
#include <array>
#include <cerrno>
#include <charconv>
#include <cstring>
#include <utility>

#include <arpa/inet.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <unistd.h>

#include "mail/utf8.hpp"

namespace greyhound::peers {
namespace {

constexpr std::size_t most_reply_bytes = 65536;

struct SocketAddress {
  sockaddr_storage storage{};
  socklen_t size = 0;
};

SocketAddress to_socket_address(const Endpoint& from) {
  SocketAddress out;
  if (from.address.is_v4()) {
    sockaddr_in v4{};
    v4.sin_family = AF_INET;
    v4.sin_port = htons(from.port);
    std::memcpy(&v4.sin_addr, from.address.bytes().data(), sizeof v4.sin_addr);
    out.size = sizeof v4;
    std::memcpy(&out.storage, &v4, sizeof v4);
  } else {
    sockaddr_in6 v6{};
    v6.sin6_family = AF_INET6;
    v6.sin6_port = htons(from.port);
    std::memcpy(&v6.sin6_addr, from.address.bytes().data(), sizeof v6.sin6_addr);
    out.size = sizeof v6;
    std::memcpy(&out.storage, &v6, sizeof v6);
  }
  return out;
}

const sockaddr* as_sockaddr(const SocketAddress& address) {
  return reinterpret_cast<const sockaddr*>(&address.storage);
}

Error last_error(const std::string& what) {
  if (errno == EAGAIN || errno == EWOULDBLOCK)
    return {Fault::timeout, what + ": no answer in time"};
  if (errno == ECONNRESET || errno == EPIPE) return {Fault::closed, what + ": connection closed"};
  return {Fault::network, what + ": errno " + std::to_string(errno)};
}

std::string in_brackets(const std::string& mailbox) {
  return "<" + mailbox + ">";
}

}  // namespace

Result<BlockingClient> BlockingClient::connect(Endpoint to, std::optional<IpAddress> source) {
  const auto target = to_socket_address(to);
  BlockingClient client(::socket(target.storage.ss_family, SOCK_STREAM | SOCK_CLOEXEC, 0));
  if (client.socket_ < 0) return last_error("socket");
  const timeval limit{.tv_sec = patience.count(), .tv_usec = 0};
  ::setsockopt(client.socket_, SOL_SOCKET, SO_RCVTIMEO, &limit, sizeof limit);
  ::setsockopt(client.socket_, SOL_SOCKET, SO_SNDTIMEO, &limit, sizeof limit);
  if (source) {
    const auto local = to_socket_address({*source, 0});
    if (::bind(client.socket_, as_sockaddr(local), local.size) != 0) return last_error("bind");
  }
  if (::connect(client.socket_, as_sockaddr(target), target.size) != 0) {
    return last_error("connect to " + to.to_string());
  }
  return client;
}

BlockingClient::BlockingClient(BlockingClient&& other) noexcept
    : socket_(std::exchange(other.socket_, -1)), buffer_(std::move(other.buffer_)) {}

BlockingClient::~BlockingClient() {
  if (socket_ >= 0) ::close(socket_);
}

Result<std::string> BlockingClient::read_line() {
  for (;;) {
    if (const auto end = buffer_.find("\r\n"); end != std::string::npos) {
      auto line = buffer_.substr(0, end);
      buffer_.erase(0, end + 2);
      return line;
    }
    if (buffer_.size() > most_reply_bytes) return Error{Fault::protocol, "reply too long"};
    std::array<char, 4096> bytes{};
    const auto count = ::recv(socket_, bytes.data(), bytes.size(), 0);
    if (count < 0) return last_error("read");
    if (count == 0) return Error{Fault::closed, "connection closed by the server"};
    buffer_.append(bytes.data(), static_cast<std::size_t>(count));
  }
}

Result<mail::Reply> BlockingClient::read_reply() {
  std::vector<std::string> texts;
  for (;;) {
    auto line = read_line();
    if (!line) return line.error();
    int code = 0;
    const auto [end, failed] = std::from_chars(line->data(), line->data() + line->size(), code);
    if (failed != std::errc{} || end != line->data() + 3) {
      return Error{Fault::protocol, "not a reply: " + *line};
    }
    texts.push_back(line->substr(std::min<std::size_t>(4, line->size())));
    const bool goes_on = line->size() > 3 && (*line)[3] == '-';
    if (!goes_on) return mail::make_reply(code, std::move(texts));
  }
}

Result<> BlockingClient::send(std::string_view bytes) {
  while (!bytes.empty()) {
    const auto count = ::send(socket_, bytes.data(), bytes.size(), MSG_NOSIGNAL);
    if (count < 0) return last_error("send");
    bytes.remove_prefix(static_cast<std::size_t>(count));
  }
  return {};
}

Result<mail::Reply> BlockingClient::say(std::string_view line) {
  if (auto sent = send(std::string(line) + "\r\n"); !sent) return sent.error();
  return read_reply();
}

Result<Submission> BlockingClient::submit(const Letter& letter) {
  Submission submission;
  bool is_ascii = mail::is_ascii(letter.sender);
  for (const auto& recipient : letter.recipients)
    is_ascii = is_ascii && mail::is_ascii(recipient);
  auto reply = say("MAIL FROM:" + in_brackets(letter.sender) + (is_ascii ? "" : " SMTPUTF8"));
  if (!reply) return reply.error();
  submission.mail = *reply;
  for (const auto& recipient : letter.recipients) {
    reply = say("RCPT TO:" + in_brackets(recipient));
    if (!reply) return reply.error();
    submission.recipients.push_back(*reply);
  }
  reply = say("DATA");
  if (!reply) return reply.error();
  if (reply->code == 354) {
    if (auto sent = send(dot_stuffed(letter.bytes)); !sent) return sent.error();
    reply = read_reply();
    if (!reply) return reply.error();
  }
  submission.end = *reply;
  return submission;
}

Result<Submission> submit(Endpoint to, const Letter& letter, std::optional<IpAddress> source) {
  auto client = BlockingClient::connect(to, source);
  if (!client) return client.error();
  if (auto greeting = client->read_reply(); !greeting) return greeting.error();
  if (auto hello = client->say("EHLO client.example"); !hello) return hello.error();
  auto submission = client->submit(letter);
  if (!submission) return submission.error();
  if (auto bye = client->say("QUIT"); !bye) return bye.error();
  return submission;
}

std::string dot_stuffed(std::string_view bytes) {
  std::string out;
  bool is_line_start = true;
  for (std::size_t i = 0; i < bytes.size(); ++i) {
    if (is_line_start && bytes[i] == '.') out += '.';
    out += bytes[i];
    is_line_start = bytes[i] == '\n' && i > 0 && bytes[i - 1] == '\r';
  }
  if (!out.ends_with("\r\n")) out += "\r\n";
  return out + ".\r\n";
}

}  // namespace greyhound::peers
