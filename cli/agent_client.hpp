// AgentClient: asks the running agent over its control socket (agent/control_api.hpp), blocking.
// Errors: not_found if no agent is there; network, timeout, closed if it cannot be talked to;
// protocol if what answers is no agent of ours.
// Limits: 10 s to connect, 60 s for each read, 64 MiB a response.
#pragma once

#include <filesystem>
#include <optional>
#include <string>

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

 private:
  Result<AgentResponse> exchange(const std::string& request);
  std::filesystem::path socket_;
};

// Text as it may stand in a path or query: everything but letters, digits and "-._~" is encoded.
std::string percent_encoded(std::string_view text);

}  // namespace greyhound::cli
