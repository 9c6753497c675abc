#include "bench/silent_receiver.hpp"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <unistd.h>

#include "bench/callers.hpp"
#include "bench/progress.hpp"

namespace greyhound::bench {

SilentReceiver::SilentReceiver() : listener_(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0)) {
  sockaddr_in here{};
  here.sin_family = AF_INET;
  here.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  auto* const generic = reinterpret_cast<sockaddr*>(&here);
  socklen_t size = sizeof here;
  if (listener_ < 0 || ::bind(listener_, generic, sizeof here) != 0 ||
      ::listen(listener_, SOMAXCONN) != 0 || ::getsockname(listener_, generic, &size) != 0) {
    give_up("cannot listen on 127.0.0.1");
  }
  port_ = ntohs(here.sin_port);
  thread_ = std::thread([this] { serve(); });
}

SilentReceiver::~SilentReceiver() {
  {
    const std::lock_guard lock(mutex_);
    is_stopping_ = true;
  }
  ::shutdown(listener_, SHUT_RDWR);  // wakes the thread
  thread_.join();
  forget();
  ::close(listener_);
}

void SilentReceiver::forget() {
  const std::lock_guard lock(mutex_);
  for (const int caller : callers_)
    ::close(caller);
  callers_.clear();
  first_.reset();
}

std::optional<SteadyInstant> SilentReceiver::first_call(Duration limit) {
  std::unique_lock lock(mutex_);
  called_.wait_for(lock, limit, [this] { return first_.has_value(); });
  return first_;
}

void SilentReceiver::serve() {
  for (;;) {
    const int caller = ::accept4(listener_, nullptr, nullptr, SOCK_CLOEXEC);
    const auto now = steady_now();
    const std::lock_guard lock(mutex_);
    if (is_stopping_) return;
    if (caller < 0) continue;
    callers_.push_back(caller);
    if (!first_) first_ = now;
    called_.notify_all();
  }
}

}  // namespace greyhound::bench
