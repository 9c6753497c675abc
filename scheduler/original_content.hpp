// What of a stored message goes back with a notice.
#pragma once

#include <optional>
#include <string>

#include "queue/store.hpp"

namespace greyhound::scheduler {

struct OriginalContent {
  std::string head;                  // header section, as far as 64 KiB
  std::optional<std::string> whole;  // where it is asked for and small enough
};

// A body that cannot be read must not hold back a notice: it then returns less of the original.
struct ReadOriginal {
  OriginalContent content;
  std::optional<Error> damage = {};
};
Awaitable<ReadOriginal> read_original(queue::Store* store, queue::Message message, bool whole);

}  // namespace greyhound::scheduler
