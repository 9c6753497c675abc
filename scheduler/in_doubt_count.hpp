// How often it is not known whether a message arrived (RFC 1047).
#pragma once

#include <cstdint>

namespace greyhound::scheduler {

// Attempts since the start that ended in doubt.
struct InDoubtCount {
  std::uint64_t after_cut = 0;    // the connection was lost behind the final dot
  std::uint64_t after_crash = 0;  // we were, in the run before
};

}  // namespace greyhound::scheduler
