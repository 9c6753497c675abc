// Random: the only source of chance. Seeded in tests and simulations, from the system otherwise.
// Runs on: the loop of its owner; not shared between threads.
#pragma once

#include <cstdint>
#include <random>

namespace greyhound::runtime {

class Random {
 public:
  explicit Random(std::uint64_t seed) : engine_(seed) {}
  static Random from_system();

  std::uint64_t next() { return engine_(); }
  std::uint64_t below(std::uint64_t bound) {  // bound > 0
    return std::uniform_int_distribution<std::uint64_t>(0, bound - 1)(engine_);
  }

  // For std::shuffle.
  using result_type = std::uint64_t;
  static constexpr result_type min() { return std::mt19937_64::min(); }
  static constexpr result_type max() { return std::mt19937_64::max(); }
  result_type operator()() { return next(); }

 private:
  std::mt19937_64 engine_;
};

}  // namespace greyhound::runtime

namespace greyhound {
using runtime::Random;
}
