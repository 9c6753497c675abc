#include "intake/sasl/password_checker.hpp"

#include <string>
#include <utility>

#include <boost/asio/post.hpp>

#include "runtime/task_group.hpp"
#include "runtime/thread_name.hpp"

namespace greyhound::intake {
namespace {

// One who waits is counted as long as this lives, however the wait ends.
class Counted {
 public:
  explicit Counted(std::atomic<std::size_t>& count) : count_(count), place_(count.fetch_add(1)) {}
  Counted(const Counted&) = delete;
  Counted& operator=(const Counted&) = delete;
  ~Counted() { count_.fetch_sub(1); }

  std::size_t others() const { return place_; }  // when it came

 private:
  std::atomic<std::size_t>& count_;
  std::size_t place_;
};

}  // namespace

PasswordChecker::PasswordChecker() {
  boost::asio::post(thread_, [] { runtime::name_this_thread("passwords"); });
}

PasswordChecker::~PasswordChecker() {
  stop();
  thread_.stop();
  thread_.join();
}

Awaitable<Result<bool>> PasswordChecker::check(PasswordCheck check) {
  if (right_.has(check)) co_return true;
  const Counted counted(waiting_);
  if (counted.others() >= max_waiting) {
    co_return Error{
        Fault::busy,
        "too many passwords wait to be checked, the limit is " + std::to_string(max_waiting)};
  }
  auto work = check_there(std::move(check));
  co_return co_await run_on(thread_.get_executor(), std::move(work));
}

// Many may come with the same password at once: it is computed for the first of them.
Awaitable<Result<bool>> PasswordChecker::check_there(PasswordCheck check) {
  if (is_stopped_) co_return Error{Fault::cancelled, "passwords are checked no more"};
  if (right_.has(check)) co_return true;
  const bool is_theirs = is_right(check);
  if (is_theirs) right_.keep(check);
  co_return is_theirs;
}

}  // namespace greyhound::intake
