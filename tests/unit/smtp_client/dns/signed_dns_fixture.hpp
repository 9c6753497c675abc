// Signed zones on a real server, and a loop to ask a resolver on.
#pragma once

#include <memory>
#include <string>
#include <utility>

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/use_future.hpp>
#include <gtest/gtest.h>

#include "peers/signed_zones.hpp"
#include "runtime/clock.hpp"
#include "smtp_client/dns/resolver.hpp"

namespace greyhound::smtp {

class SignedDnsTest : public testing::Test {
 protected:
  static constexpr int many = 60;  // addresses of many.good.test

  static void SetUpTestSuite() {
    using Signing = peers::Zone::Signing;
    const std::string records =
        "d IN MX 10 mx\nmx IN A 192.0.2.1\nmx IN AAAA 2001:db8::1\nalias IN CNAME mx\n"
        "_25._tcp.mx IN TLSA 3 1 1 00112233445566778899aabbccddeeff"
        "00112233445566778899aabbccddeeff\n_25._tcp.mx IN TLSA 1 0 2 ff\n";
    std::string addresses;
    for (int i = 1; i <= many; ++i)
      addresses += "many IN A 192.0.2." + std::to_string(i) + "\n";
    zones = peers::SignedZones::start(
        {{"good.test", {.records = records + addresses + "out IN CNAME mx.plain.test.\n"}},
         {"other.test", {.records = records, .signing = Signing::other_parent}},
         {"expired.test", {.records = records, .signing = Signing::expired}},
         {"plain.test", {.records = records, .signing = Signing::none}}},
        why_not);
  }
  static void TearDownTestSuite() { zones.reset(); }

  void SetUp() override {
    if (!zones) GTEST_SKIP() << why_not;
  }

  template <class T>
  T run(Awaitable<T> work) {
    auto result = boost::asio::co_spawn(loop, std::move(work), boost::asio::use_future);
    loop.restart();
    loop.run();
    return result.get();
  }

  static inline std::unique_ptr<peers::SignedZones> zones;
  static inline std::string why_not;
  boost::asio::io_context loop{1};
  runtime::SystemClock clock;
};

}  // namespace greyhound::smtp
