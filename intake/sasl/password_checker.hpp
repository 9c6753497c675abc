// PasswordChecker: checks passwords one after the other on a thread of its own, so that no loop of
// sessions computes iterations. A login that was right lately is right at once.
// Owner: whoever owns the sessions. Outlives the tasks that await it, but not their loops: the
// thread lets go of a caller's loop only after the caller has gone on.
// Runs on: check() from any loop, on which it goes on afterwards.
// Limits: max_waiting checks at once, max_remembered logins.
// Errors: busy, if too many checks wait; cancelled behind stop().
#pragma once

#include <atomic>
#include <cstddef>

#include <boost/asio/thread_pool.hpp>

#include "intake/sasl/right_passwords.hpp"
#include "intake/sasl/scram_keys.hpp"
#include "runtime/awaitable.hpp"
#include "runtime/result.hpp"

namespace greyhound::intake {

class PasswordChecker {
 public:
  static constexpr std::size_t max_waiting = 64;
  static constexpr std::size_t max_remembered = 1024;

  PasswordChecker();
  PasswordChecker(const PasswordChecker&) = delete;
  PasswordChecker& operator=(const PasswordChecker&) = delete;
  ~PasswordChecker();  // what awaits it has ended before

  // Whether this is the user's password. A caller that is cancelled unwinds when its turn comes.
  Awaitable<Result<bool>> check(PasswordCheck check);

  // From now on nothing is computed: what waits gets Fault::cancelled, as does what comes later
  // and is not remembered. From any thread.
  void stop() { is_stopped_ = true; }

 private:
  Awaitable<Result<bool>> check_there(PasswordCheck check);

  RightPasswords right_{max_remembered};
  std::atomic<std::size_t> waiting_{0};
  std::atomic<bool> is_stopped_{false};
  boost::asio::thread_pool thread_{1};
};

}  // namespace greyhound::intake
