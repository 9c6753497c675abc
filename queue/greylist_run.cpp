#include "queue/greylist_run.hpp"

#include <array>

namespace greyhound::queue {

std::string_view to_string(WaitSource source) {
  constexpr std::array<std::string_view, 7> names{
      "series", "stated", "learned", "known_end", "signature", "third_contact", "own_clock"};
  return names.at(static_cast<std::size_t>(source));
}

}  // namespace greyhound::queue
