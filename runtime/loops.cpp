#include "runtime/loops.hpp"

#include <algorithm>

#include "runtime/must.hpp"
#include "runtime/thread_name.hpp"

namespace greyhound::runtime {

Loops::Loops(std::size_t count) {
  if (count == 0) count = std::max(1U, std::thread::hardware_concurrency());
  for (std::size_t i = 0; i < count; ++i) {
    auto loop = std::make_unique<Loop>();
    loop->thread = std::thread([context = &loop->context] {
      name_this_thread("sessions");
      context->run();
    });
    executors_.emplace_back(loop->context.get_executor());
    loops_.push_back(std::move(loop));
  }
}

Loops::Loops(Executor only) : executors_{std::move(only)} {}

Loops::~Loops() {
  stop();
}

Executor Loops::at(std::size_t index) const {
  MUST(index < executors_.size());
  return executors_[index];
}

void Loops::stop() {
  for (auto& loop : loops_) {
    loop->work.reset();
    loop->context.stop();
  }
  for (auto& loop : loops_) {
    if (loop->thread.joinable()) loop->thread.join();
  }
}

}  // namespace greyhound::runtime
