// MUST(condition): a state that only a bug of ours can break. Aborts, in release builds too; the
// queue on disk is made for that. Never for what the network, the disk or a user may do.
#pragma once

namespace greyhound::runtime {
[[noreturn]] void must_failed(const char* condition, const char* file, int line);
}

#define MUST(condition) \
  ((condition) ? void(0) : ::greyhound::runtime::must_failed(#condition, __FILE__, __LINE__))
