// A courier at a place of its own, with a site made by hand.
#pragma once

#include <memory>
#include <mutex>
#include <string>
#include <utility>
#include <vector>

#include <boost/asio/detached.hpp>
#include <gtest/gtest.h>

#include "config/replies_json.hpp"
#include "runtime/task_group.hpp"
#include "smtp_client/smtp_courier.hpp"
#include "unit/smtp_client/attempt_fixture.hpp"
#include "unit/smtp_client/dns/no_resolver.hpp"
#include "unit/smtp_client/place.hpp"

namespace greyhound::smtp {

// Keeps every line, down to the smallest.
class KeepingLog final : public EventLog {
 public:
  void write(Level, std::string line) override {
    const std::lock_guard lock(mutex_);
    lines_.push_back(std::move(line));
  }
  std::vector<std::string> lines() {
    const std::lock_guard lock(mutex_);
    return lines_;
  }

 private:
  std::mutex mutex_;
  std::vector<std::string> lines_;
};

class TestCourier {
 public:
  explicit TestCourier(std::unique_ptr<Place> place) : place_(std::move(place)) {}

  std::unique_ptr<peers::Receiver> receiver_of(peers::Script script) {
    return place_->receiver({std::move(script)});
  }
  std::unique_ptr<peers::Receiver> receiver_of(std::vector<peers::Script> scripts) {
    return place_->receiver(std::move(scripts));
  }
  Endpoint dead_end() { return place_->dead_end(); }

  mail::AttemptReport run_attempt(mail::AttemptRequest request, mail::Site site) {
    if (!keeps_mark) request.in_doubt = std::make_unique<RecordingMark>(marks);
    if (!courier_) make_courier();
    site.sources = settings.source_addresses;
    auto report = run(courier_->attempt(std::move(request), std::move(site)));
    if (!keeps_sessions) let_go();
    return report;
  }

  mail::Located locate(std::string domain, mail::TlsWish wish = mail::TlsWish::as_usual) {
    if (!courier_) make_courier();
    return run(courier_->locate(std::move(domain), std::nullopt, wish));
  }

  std::vector<std::string> log_lines() { return log_.lines(); }

  void let_go() { run(done(courier_->let_go())); }

  void run_for(Duration span) { place_->run_for(span); }

  // Hosts mx1.test, mx2.test, ... with one address each.
  static mail::Site site_at(const std::vector<Endpoint>& endpoints) {
    mail::Site site{.key = "site", .hosts = {}};
    for (const auto& endpoint : endpoints) {
      const auto name = "mx" + std::to_string(site.hosts.size() + 1) + ".test";
      site.hosts.push_back({.name = name, .endpoints = {endpoint}});
    }
    return site;
  }

  // "deferred rcpt 451 4.7.1 Greylisted", one per recipient.
  static std::vector<std::string> said(const mail::AttemptReport& report) {
    std::vector<std::string> all;
    for (const auto& outcome : report.outcomes) {
      all.push_back(std::string(to_string(outcome.verdict)) + " " +
                    std::string(to_string(outcome.stage)) + " " + outcome.to_string());
    }
    return all;
  }

  SmtpSettings settings{.hostname = "mail.example.org",
                        .reply_rules = config::shipped_reply_rules()};
  std::shared_ptr<RecordingMark::Marks> marks = std::make_shared<RecordingMark::Marks>();
  mail::Trace* trace = &mail::nobody_watches();
  bool keeps_mark = false;      // of the request, in place of one that writes to `marks`
  bool keeps_sessions = false;  // for the next attempt; the test lets them go in the end

  std::unique_ptr<Resolver> dns = std::make_unique<NoResolver>();

  Executor loop() { return place_->loop(); }

 private:
  static Awaitable<bool> done(Awaitable<> work) {
    co_await std::move(work);
    co_return true;
  }

  template <class T>
  T run(Awaitable<T> work) {
    std::optional<T> result;
    auto kept = runtime::keep_value(std::move(work), &result);
    boost::asio::co_spawn(loop(), std::move(kept), boost::asio::detached);
    place_->run_until([&result] { return result.has_value(); });
    return std::move(*result);
  }

  void make_courier() {
    const CourierParts parts{.loops = loops_,
                             .resolver = *dns,
                             .network = place_->network(),
                             .clock = place_->clock(),
                             .random = random_,
                             .log = log_,
                             .tls = place_->tls(settings.tls.ca_file),
                             .trace = *trace};
    courier_ = make_smtp_courier(loop(), settings, parts);
  }

  std::unique_ptr<Place> place_;
  Loops loops_{loop()};
  Random random_{1};
  KeepingLog log_;
  std::unique_ptr<mail::Courier> courier_;  // with the settings as the first attempt finds them
};

class CourierTest : public testing::Test, protected TestCourier {
 protected:
  explicit CourierTest(MakePlace make_place = over_sockets) : TestCourier(make_place()) {}
};

// Its tests run at both places.
class CourierAtBothPlaces : public CourierTest, public testing::WithParamInterface<MakePlace> {
 protected:
  CourierAtBothPlaces() : CourierTest(GetParam()) {}
};

}  // namespace greyhound::smtp
