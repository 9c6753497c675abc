// Carries a session that another program speaks on its standard input and output (sendmail -bs) to
// the agent's unix listener, byte for byte. The agent alone reads it.
// Limits: one block each way; no deadline but those of the agent.
#pragma once

#include "cli/local_socket.hpp"
#include "runtime/result.hpp"

namespace greyhound::cli {

struct Pipes {
  int in = 0;  // descriptors
  int out = 1;
};

// Until the agent closes; the end of `in` is passed on to it. An error: `out` is gone.
Result<> relay(LocalSocket socket, Pipes pipes);

}  // namespace greyhound::cli
