#include "runtime/random.hpp"

namespace greyhound::runtime {

Random Random::from_system() {
  std::random_device device;
  return Random((std::uint64_t{device()} << 32) | device());
}

}  // namespace greyhound::runtime
