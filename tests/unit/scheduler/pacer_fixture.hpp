// What the pacer's tests share: each claim is a task that notes its name when it gets in and stays
// for a while, in virtual time.
#pragma once

#include <functional>
#include <memory>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "runtime/task_group.hpp"
#include "scheduler/pacer.hpp"
#include "unit/scheduler/builders.hpp"
#include "world/virtual_time.hpp"

namespace greyhound::scheduler {

class PacerTest : public testing::Test {
 protected:
  ~PacerTest() override { end_all(); }

  void end_all() {
    tasks_.cancel();
    time_.run_for(0s);
  }

  void set_up(Concurrency limits, RampSettings ramp = {}) {
    pacer_ = std::make_unique<Pacer>(time_.loop(), limits, ramp, time_);
    tasks_.spawn("release", pacer_->release_backlog());
    tasks_.spawn("rests", pacer_->end_rests());
  }

  static Claim backlog(std::string site, Instant due, std::optional<Instant> deadline = {}) {
    return {.site = std::move(site), .overdue_since = due, .deadline = deadline};
  }

  void claim(const std::string& name, Claim claim, Duration stay = 1s) {
    tasks_.spawn(name, visit(name, std::move(claim), stay));
  }

  Awaitable<> visit(std::string name, Claim claim, Duration stay) {
    const auto permit = co_await pacer_->enter(std::move(claim));
    entered_.push_back(name);
    waited_.push_back(permit.had_to_wait());
    co_await time_.sleep(stay);
  }

  // Makes an attempt, then waits for its record.
  Awaitable<> visit_and_record(std::string name, Duration attempt, Duration record) {
    Claim claim{.site = "site"};
    auto permit = co_await pacer_->enter(std::move(claim));
    entered_.push_back(name);
    co_await time_.sleep(attempt);
    permit.attempt_is_made(SiteAnswer::none, {some_id, 1});
    co_await time_.sleep(record);
  }

  void attempt(const std::string& name, Claim claim, SiteAnswer answer, Duration takes = 1s) {
    tasks_.spawn(name, attempt_it(name, std::move(claim), answer, takes));
  }

  Awaitable<> attempt_it(std::string name, Claim claim, SiteAnswer answer, Duration takes) {
    auto permit = co_await pacer_->enter(std::move(claim));
    entered_.push_back(name);
    co_await time_.sleep(takes);
    permit.attempt_is_made(answer, {some_id, ++made_});
  }

  // As many attempts there as it takes reach nobody.
  void kill(const std::string& site) {
    for (std::size_t i = 0; i < SiteHealth::silences_of_dead; ++i)
      attempt("kills", {.site = site}, SiteAnswer::silent, 1ms);
    time_.run_for(1ms);
    entered_.clear();
  }

  // Those that got in since the last call.
  std::vector<std::string> entered_within(Duration span) {
    time_.run_for(span);
    return std::exchange(entered_, {});
  }

  world::VirtualTime time_{noon};
  std::unique_ptr<Pacer> pacer_;
  TaskGroup tasks_{time_.loop()};
  std::vector<std::string> entered_;
  std::vector<bool> waited_;
  std::uint16_t made_ = 0;
};

}  // namespace greyhound::scheduler
