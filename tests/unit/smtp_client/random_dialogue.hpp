// RandomDialogue: a server that says anything: replies of every code, out of place, malformed, too
// long or too early, late or never. What it says carries a tag by which a test knows it again.
// Owner: a test. Runs on: the test's thread. Everything comes from the seed.
#pragma once

#include <cstdint>
#include <random>
#include <string>
#include <vector>

#include "peers/script.hpp"
#include "world/simulated_network.hpp"

namespace greyhound::smtp {

class RandomDialogue {
 public:
  explicit RandomDialogue(std::uint64_t seed) : chance_(seed) {}

  // Of the connection that bears the name. Each line ends in "name/VERB#use".
  peers::Script script(const std::string& name);
  // Its replies answer the commands one by one: nothing is early, and nothing left out of a flight.
  static bool is_in_step(const peers::Script& script);

  world::Path path();
  std::string body();
  std::vector<std::string> recipients();

 private:
  bool happens(unsigned percent) { return up_to(99) < percent; }
  std::size_t up_to(std::size_t most);

  std::string reply(const std::string& verb, const std::string& tag);
  std::string odd_reply(const std::string& good, const std::string& tag);
  std::string ehlo_reply(const std::string& tag);

  std::mt19937_64 chance_;
};

}  // namespace greyhound::smtp
