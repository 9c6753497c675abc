#include "runtime/task_group.hpp"

#include <boost/asio/as_tuple.hpp>
#include <boost/asio/bind_cancellation_slot.hpp>
#include <boost/system/system_error.hpp>
#include <exception>
#include <vector>

#include "runtime/must.hpp"

namespace greyhound::runtime {

namespace asio = boost::asio;

namespace {

// Cancellation unwinds a task by Asio's operation_aborted; anything else that gets here is a bug.
void check_end(const std::string& name, const std::exception_ptr& thrown) {
  if (!thrown) return;
  try {
    std::rethrow_exception(thrown);
  } catch (const boost::system::system_error& error) {
    if (error.code() == asio::error::operation_aborted) return;
    must_failed(("task " + name + " threw " + error.what()).c_str(), __FILE__, __LINE__);
  } catch (const std::exception& error) {
    must_failed(("task " + name + " threw " + error.what()).c_str(), __FILE__, __LINE__);
  }
}

}  // namespace

TaskGroup::TaskGroup(Executor loop) : loop_(std::move(loop)), changed_(loop_) {
  changed_.expires_at(asio::steady_timer::time_point::max());
}

TaskGroup::~TaskGroup() {
  MUST(tasks_.empty());
}

void TaskGroup::spawn(std::string name, Awaitable<> task) {
  if (is_cancelled_) return;
  const auto entry = tasks_.emplace(tasks_.end());
  entry->name = std::move(name);
  asio::co_spawn(
      loop_,
      std::move(task),
      asio::bind_cancellation_slot(entry->stop.slot(), [this, entry](std::exception_ptr thrown) {
        check_end(entry->name, thrown);
        tasks_.erase(entry);
        if (tasks_.empty()) changed_.cancel();
      }));
}

void TaskGroup::cancel() {
  is_cancelled_ = true;
  // A task may end inside emit() and leave the list, so walk over a copy of the addresses.
  std::vector<Task*> running;
  for (auto& task : tasks_) running.push_back(&task);
  for (auto* task : running) {
    const bool still_there = std::any_of(
        tasks_.begin(), tasks_.end(), [task](const Task& other) { return &other == task; });
    if (still_there) task->stop.emit(asio::cancellation_type::terminal);
  }
}

Awaitable<> TaskGroup::join() {
  while (!tasks_.empty()) {
    co_await changed_.async_wait(asio::as_tuple(asio::use_awaitable));
  }
}

}  // namespace greyhound::runtime
