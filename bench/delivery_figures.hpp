// How fast mail leaves, what a message costs in processor time and in waits for the receiver, and
// what a thousand sessions cost in memory: to one site and to many, near and far, with TLS or not.
#pragma once

#include <filesystem>
#include <string>
#include <vector>

#include "bench/figures.hpp"

namespace greyhound::bench {

struct DeliveryPlan {
  std::string scale;                   // of each measurement
  std::uint64_t near = 0;              // messages to a receiver that answers at once
  std::uint64_t far = 0;               // and to one 20 ms away
  std::size_t sessions = 0;            // whose memory is measured
  std::vector<std::string> only = {};  // courses by name, such as one_site_near; none: all
};

void measure_delivery(const DeliveryPlan& plan,
                      const std::filesystem::path& scratch,
                      FigureSheet& sheet);

}  // namespace greyhound::bench
