// What a command meets: a folder of settings, and where a test wants it an agent that answers, a
// store on disk, a listener with fixed answers. Everything lives below one temporary folder.
#pragma once

#include <filesystem>
#include <fstream>
#include <future>
#include <optional>
#include <sstream>
#include <string>
#include <thread>
#include <vector>

#include <boost/asio/executor_work_guard.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/post.hpp>
#include <gtest/gtest.h>
#include <stdlib.h>

#include "agent/control_server.hpp"
#include "cli/command_line.hpp"
#include "config/loader.hpp"
#include "runtime/task_group.hpp"
#include "unit/agent/queue_builders.hpp"
#include "world/memory_store.hpp"

namespace greyhound::cli {

struct Ended {
  int code;
  std::string out;
  std::string err;
};

// A loop on a thread of its own, for what stands on the other side of a socket.
class LoopThread {
 public:
  LoopThread() : thread_([this] { context_.run(); }) {}
  LoopThread(const LoopThread&) = delete;
  LoopThread& operator=(const LoopThread&) = delete;
  ~LoopThread() {
    stay_.reset();
    thread_.join();
  }

  Executor executor() { return context_.get_executor(); }

  // Runs a task to its end.
  void run(Awaitable<> task) {
    std::promise<void> done;
    boost::asio::post(
        context_, [this, &task, &done] { tasks_.spawn("test", follow(std::move(task), &done)); });
    done.get_future().wait();
  }

 private:
  static Awaitable<> follow(Awaitable<> task, std::promise<void>* done) {
    co_await std::move(task);
    done->set_value();
  }

  boost::asio::io_context context_{1};
  boost::asio::executor_work_guard<boost::asio::io_context::executor_type> stay_{
      context_.get_executor()};
  TaskGroup tasks_{context_.get_executor()};
  std::thread thread_;
};

class CommandTest : public testing::Test {
 protected:
  CommandTest() {
    std::string name = std::filesystem::temp_directory_path() / "command-XXXXXX";
    folder_ = ::mkdtemp(name.data());
    std::ofstream(folder_ / "greyhound.json")
        << R"({"hostname": "mail.here.example", "domain": "here.example",)"
        << R"("state_dir": ")" << (folder_ / "state").string() << R"(",)"
        << R"("control": {"socket": ")" << control_socket().string() << R"("},)"
        << R"("queue": {"memory": "16MiB", "reserve_disk": "1MiB"},)"
        << R"("intake": {"max_message": "64KiB", "listeners": [{"unix": ")"
        << smtp_socket().string() << R"("}]}})";
  }
  void TearDown() override {
    stop_agent();
    std::filesystem::remove_all(folder_);
  }

  std::filesystem::path control_socket() const { return folder_ / "control.sock"; }
  std::filesystem::path smtp_socket() const { return folder_ / "smtp.sock"; }

  Ended call(const std::string& program,
             const std::vector<std::string>& words,
             const std::string& input = "") const {
    std::istringstream in(input);
    std::ostringstream out;
    std::ostringstream err;
    Console console{.in = in, .out = out, .err = err};
    const Invocation invocation{
        .program = program, .words = words, .default_config = folder_.string()};
    const int code = dispatch(invocation, console);
    return {code, out.str(), err.str()};
  }
  Ended greyhound(const std::vector<std::string>& words) const { return call("greyhound", words); }

  // An agent's control socket in front of a store in memory.
  void start_agent() {
    agent_.emplace(control_socket(), config::load(folder_).settings);
    agent_->start();
  }
  void stop_agent() {
    if (agent_) agent_->stop();
    agent_.reset();
  }
  void accept(queue::NewMessage message) { agent_->accept(std::move(message)); }
  std::vector<queue::LoadedMessage> messages() const { return agent_->store.messages(); }

  std::filesystem::path folder_;

 private:
  struct Agent {
    Agent(const std::filesystem::path& socket, config::Settings with)
        : settings(std::move(with)),
          server(loop.executor(),
                 socket,
                 {.store = store,
                  .clock = clock,
                  .log = log,
                  .trace = trace,
                  .policies = {settings.retry, settings.notification, settings.reporter()},
                  .dispatcher = obeying(this)}) {}

    // Sites are steered in the store alone: nothing is delivered here.
    static agent::DispatcherFacts obeying(Agent* agent) {
      agent::DispatcherFacts facts;
      facts.suspend = [agent](std::string name) {
        return agent->store.suspend({std::move(name), agent->clock.wall()});
      };
      facts.resume = [agent](std::string name) { return agent->store.resume(std::move(name)); };
      facts.forget = [agent](std::string name) {
        return agent->store.forget_site(std::move(name));
      };
      return facts;
    }

    void start() { loop.run(start_server(this)); }
    void stop() { loop.run(server.stop()); }
    void accept(queue::NewMessage message) { loop.run(put(&store, std::move(message))); }

    static Awaitable<> start_server(Agent* agent) {
      EXPECT_TRUE(agent->server.start().has_value());
      co_return;
    }
    static Awaitable<> put(queue::Store* store, queue::NewMessage message) {
      EXPECT_TRUE((co_await store->accept(std::move(message))).has_value());
    }

    config::Settings settings;
    runtime::SystemClock clock;
    SilentLog log;
    agent::TraceHub trace{clock};
    world::MemoryStore store{clock};
    LoopThread loop;
    agent::ControlServer server;
  };
  std::optional<Agent> agent_;
};

}  // namespace greyhound::cli
