// Loops: one event loop per core, each on a thread of its own, for sessions. The dispatcher has a
// loop to itself (agent/agent.hpp) and exchanges values with these.
// Owner: agent. Stop the tasks on the loops before stop(); what is still queued then is destroyed.
#pragma once

#include <memory>
#include <thread>
#include <vector>

#include <boost/asio/executor_work_guard.hpp>
#include <boost/asio/io_context.hpp>

#include "runtime/awaitable.hpp"

namespace greyhound::runtime {

class Loops {
 public:
  explicit Loops(std::size_t count);  // 0: one per core
  explicit Loops(Executor only);  // no thread: everything on a loop that others run (simulation)
  Loops(const Loops&) = delete;
  Loops& operator=(const Loops&) = delete;
  ~Loops();

  std::size_t size() const { return executors_.size(); }
  Executor at(std::size_t index) const;
  void stop();  // ends the threads; idempotent

 private:
  struct Loop {
    boost::asio::io_context context{1};
    boost::asio::executor_work_guard<boost::asio::io_context::executor_type> work{
        context.get_executor()};
    std::thread thread;
  };
  std::vector<std::unique_ptr<Loop>> loops_;
  std::vector<Executor> executors_;
};

}  // namespace greyhound::runtime

namespace greyhound {
using runtime::Loops;
}
