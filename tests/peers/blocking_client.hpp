// BlockingClient: a small SMTP client for tests that speak line by line, also the wrong way.
// Owner:  one test. Runs on: the caller's thread, which it blocks.
// Limits: each send and each wait for a reply ends after `patience`.
// Errors: Fault::timeout, closed, network, protocol.
#pragma once

#include <chrono>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "mail/reply.hpp"
#include "runtime/ip.hpp"
#include "runtime/result.hpp"

namespace greyhound::peers {

struct Letter {
  std::string sender;  // "": the null sender
  std::vector<std::string> recipients;
  std::string bytes;  // CR LF lines, without dot stuffing
};

// What was answered, in order.
struct Submission {
  mail::Reply mail;
  std::vector<mail::Reply> recipients;
  mail::Reply end;  // to DATA if that was refused, else to the final dot
};

class BlockingClient {
 public:
  static constexpr std::chrono::seconds patience{20};

  // Connects, from `source` if given; the greeting is left to read.
  static Result<BlockingClient> connect(Endpoint to, std::optional<IpAddress> source = {});
  BlockingClient(BlockingClient&& other) noexcept;
  BlockingClient& operator=(BlockingClient&&) = delete;
  ~BlockingClient();

  Result<mail::Reply> read_reply();
  Result<mail::Reply> say(std::string_view line);  // adds CR LF, waits for the reply
  Result<> send(std::string_view bytes);           // as they are

  Result<Submission> submit(const Letter& letter);  // after EHLO

 private:
  explicit BlockingClient(int socket) : socket_(socket) {}
  Result<std::string> read_line();

  int socket_;
  std::string buffer_;
};

// A whole session: greeting, EHLO, the letter, QUIT.
Result<Submission> submit(Endpoint to, const Letter& letter, std::optional<IpAddress> source = {});

std::string dot_stuffed(std::string_view bytes);  // and the final dot

}  // namespace greyhound::peers
