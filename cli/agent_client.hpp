// AgentClient: asks the running agent over its control socket (agent/control_api.hpp), blocking.
// Errors: not_found if no agent is there; network, timeout, closed if it cannot be talked to;
// protocol if what answers is no agent of ours.
// Limits: 10 s to connect, 60 s for each read, 64 MiB a response; those of follow() have no end.
#pragma once

#include <filesystem>
#include <functional>
#include <optional>
#include <string>
#include <string_view>

#include "cli/local_socket.hpp"

namespace greyhound::cli {

struct AgentResponse {
  int status = 0;
  std::string body;
  std::string next;  // Greyhound-Next: where the next page starts; empty: no more
};

class AgentClient {
 public:
  explicit AgentClient(std::filesystem::path socket) : socket_(std::move(socket)) {}

  Result<AgentResponse> get(const std::string& target);
  Result<AgentResponse> post(const std::string& target, const std::string& json);

  // An answer that does not end by itself.
  struct Follower {
    std::function<void()> begin;                 // it is there: status 200
    std::function<bool(std::string_view)> line;  // one, as it comes; false: enough
  };
  // Gives the answer, once it has ended; of one that is not 200 with the body.
  Result<AgentResponse> follow(const std::string& target, const Follower& follower);

 private:
  Result<AgentResponse> exchange(const std::string& request);
  std::filesystem::path socket_;
};

// Text as it may stand in a path or query: everything but letters, digits and "-._~" is encoded.
std::string percent_encoded(std::string_view text);

}  // namespace greyhound::cli
