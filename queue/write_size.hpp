// Roughly what a write takes on its way to the disk, in bytes; bounds the lane, needs not be exact.
#pragma once

#include <cstdint>

#include "queue/store_values.hpp"

namespace greyhound::queue {

std::uint64_t size_of(const NewMessage& message);
std::uint64_t size_of(const Settlement& settlement);

}  // namespace greyhound::queue
