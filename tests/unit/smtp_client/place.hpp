// Place: where attempts meet scripted servers: over sockets of loopback in real time, or in the
// simulated network in virtual time. A test that needs neither certificates nor the system's own
// words runs in both.
// Owner: a fixture. Runs on: the test's thread.
#pragma once

#include <filesystem>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include <gtest/gtest.h>

#include "peers/script.hpp"
#include "runtime/stream.hpp"
#include "smtp_client/tls/tls_client.hpp"
#include "world/simulated_network.hpp"

namespace greyhound::smtp {

class Place {
 public:
  Place() = default;
  Place(const Place&) = delete;
  Place& operator=(const Place&) = delete;
  virtual ~Place() = default;

  virtual Executor loop() = 0;
  virtual Clock& clock() = 0;
  virtual Network& network() = 0;
  virtual TlsClient& tls(const std::optional<std::filesystem::path>& ca_file) = 0;

  virtual void run_until(const std::function<bool()>& done) = 0;
  virtual void run_for(Duration span) = 0;

  virtual std::unique_ptr<peers::Receiver> receiver(std::vector<peers::Script> scripts) = 0;
  virtual Endpoint dead_end() = 0;  // nobody listens there: calls are refused
};

class Simulation final : public Place {
 public:
  Executor loop() override { return time.loop(); }
  Clock& clock() override { return time; }
  Network& network() override { return net; }
  // One for all tests: to read the system's authorities takes longer than an attempt here, which
  // has no use for them.
  TlsClient& tls(const std::optional<std::filesystem::path>& ca_file) override;

  void run_until(const std::function<bool()>& done) override;
  void run_for(Duration span) override { time.run_for(span); }

  std::unique_ptr<peers::Receiver> receiver(std::vector<peers::Script> scripts) override {
    return net.receiver(std::move(scripts), path);
  }
  Endpoint dead_end() override { return net.dead_end(); }

  world::VirtualTime time{Instant(std::chrono::hours(24))};
  world::SimulatedNetwork net{time};
  world::Path path = {};  // to the receivers made from now on
};

using MakePlace = std::unique_ptr<Place> (*)();
std::unique_ptr<Place> over_sockets();
std::unique_ptr<Place> in_simulation();

// For tests with a place as their parameter.
inline const auto both_places = testing::Values(over_sockets, in_simulation);
std::string name_of_place(const testing::TestParamInfo<MakePlace>& place);

}  // namespace greyhound::smtp
