// The seed that a test with random cases begins with. The same in every run, so that a run fails
// for what has changed and not by chance; GREYHOUND_TEST_LONG takes one that nobody has tried, and
// GREYHOUND_TEST_SEED=<number> repeats what was found with it.
#pragma once

#include <cstdint>
#include <cstdlib>
#include <iostream>
#include <random>
#include <string>

namespace greyhound::test {

// Printed, as a test that aborts shows no trace.
inline std::uint32_t first_seed() {
  std::uint32_t seed = 1;
  if (std::getenv("GREYHOUND_TEST_LONG") != nullptr) seed = std::random_device{}();
  if (const char* given = std::getenv("GREYHOUND_TEST_SEED"); given != nullptr)
    seed = static_cast<std::uint32_t>(std::stoul(given));
  std::cout << "seed " << seed << '\n';
  return seed;
}

}  // namespace greyhound::test
