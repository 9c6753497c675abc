#include "runtime/task_group.hpp"

#include <exception>
#include <memory>
#include <vector>

#include <boost/asio/as_tuple.hpp>
#include <boost/asio/bind_cancellation_slot.hpp>
#include <boost/asio/execution/outstanding_work.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/prefer.hpp>
#include <boost/asio/this_coro.hpp>
#include <boost/system/system_error.hpp>

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

// Asio 1.81 can do this by co_spawn with use_awaitable, but then cancels through a pointer that the
// caller's loop may be freeing at that moment. Here the signal is shared and emitted over there
// only.
template <class Handler>
void start_there(Handler handler, const Executor& there, Awaitable<> work) {
  const auto stop = std::make_shared<asio::cancellation_signal>();
  auto slot = asio::get_associated_cancellation_slot(handler);
  if (slot.is_connected()) {
    slot.assign([stop, there](asio::cancellation_type type) {
      asio::post(there, [stop, type] { stop->emit(type); });
    });
  }
  auto home = asio::prefer(asio::get_associated_executor(handler),
                           asio::execution::outstanding_work.tracked);
  auto come_back =
      [stop, home, handler = std::move(handler)](const std::exception_ptr& thrown) mutable {
        asio::post(
            home, [handler = std::move(handler), thrown]() mutable { std::move(handler)(thrown); });
      };
  asio::co_spawn(
      there, std::move(work), asio::bind_cancellation_slot(stop->slot(), std::move(come_back)));
}

}  // namespace

Awaitable<> let_others_run() {
  const auto loop = co_await asio::this_coro::executor;
  co_await asio::post(loop, asio::use_awaitable);
}

Awaitable<> run_there(Executor loop, Awaitable<> work) {
  const auto start = [](auto handler, const Executor& there, Awaitable<> task) {
    start_there(std::move(handler), there, std::move(task));
  };
  co_await asio::async_initiate<const asio::use_awaitable_t<>, void(std::exception_ptr)>(
      start, asio::use_awaitable, std::move(loop), std::move(work));
}

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
  asio::co_spawn(loop_,
                 std::move(task),
                 asio::bind_cancellation_slot(entry->stop.slot(),
                                              [this, entry](const std::exception_ptr& thrown) {
                                                check_end(entry->name, thrown);
                                                tasks_.erase(entry);
                                                if (tasks_.empty()) changed_.cancel();
                                              }));
}

void TaskGroup::cancel() {
  is_cancelled_ = true;
  // A task may end inside emit() and leave the list, so walk over a copy of the addresses.
  std::vector<Task*> running;
  for (auto& task : tasks_)
    running.push_back(&task);
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
