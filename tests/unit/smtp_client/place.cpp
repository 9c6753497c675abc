#include "unit/smtp_client/place.hpp"

#include <utility>

#include <boost/asio/io_context.hpp>

#include "peers/dns_server.hpp"
#include "peers/scripted_receiver.hpp"
#include "runtime/must.hpp"
#include "runtime/socket_stream.hpp"

namespace greyhound::smtp {
namespace {

std::unique_ptr<TlsClient> make_tls(const std::optional<std::filesystem::path>& ca_file) {
  auto made = TlsClient::make(ca_file);
  MUST(made);
  return std::move(*made);
}

class Sockets final : public Place {
 public:
  Executor loop() override { return loop_.get_executor(); }
  Clock& clock() override { return clock_; }
  Network& network() override { return network_; }

  TlsClient& tls(const std::optional<std::filesystem::path>& ca_file) override {
    tls_ = make_tls(ca_file);
    return *tls_;
  }

  // Only as long as it takes: a session that waits would keep the loop busy.
  void run_until(const std::function<bool()>& done) override {
    loop_.restart();
    while (!done())
      loop_.run_one();
  }

  void run_for(Duration span) override {
    loop_.restart();
    loop_.run_for(span);
  }

  std::unique_ptr<peers::Receiver> receiver(std::vector<peers::Script> scripts) override {
    return std::make_unique<peers::ScriptedReceiver>(std::move(scripts));
  }

  Endpoint dead_end() override {
    return {*IpAddress::parse("127.0.0.1"), peers::unused_udp_endpoint().port};
  }

 private:
  boost::asio::io_context loop_{1};
  SystemClock clock_;
  TcpNetwork network_;
  std::unique_ptr<TlsClient> tls_;
};

}  // namespace

TlsClient& Simulation::tls(const std::optional<std::filesystem::path>& ca_file) {
  MUST(!ca_file);
  static const auto made = make_tls({});
  return *made;
}

void Simulation::run_until(const std::function<bool()>& done) {
  MUST(time.run_until(done, std::chrono::hours(24)));
}

std::unique_ptr<Place> over_sockets() {
  return std::make_unique<Sockets>();
}

std::unique_ptr<Place> in_simulation() {
  return std::make_unique<Simulation>();
}

std::string name_of_place(const testing::TestParamInfo<MakePlace>& place) {
  return place.param == over_sockets ? "over_sockets" : "in_simulation";
}

}  // namespace greyhound::smtp
