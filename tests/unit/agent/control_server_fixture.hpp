// A control server in virtual time, and clients of it on the same thread.
#pragma once

#include <array>
#include <cstring>
#include <filesystem>
#include <memory>
#include <string>

#include <gtest/gtest.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include "agent/control_server.hpp"
#include "runtime/task_group.hpp"
#include "unit/agent/queue_builders.hpp"
#include "world/memory_store.hpp"
#include "world/virtual_time.hpp"

namespace greyhound::agent {

// A client on the same thread as the server: it writes, time passes, it reads what is there.
class ControlClient {
 public:
  explicit ControlClient(const std::filesystem::path& path)
      : descriptor_(::socket(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0)) {
    sockaddr_un address{};
    address.sun_family = AF_UNIX;
    std::strncpy(address.sun_path, path.c_str(), sizeof(address.sun_path) - 1);
    is_connected_ =
        ::connect(descriptor_, reinterpret_cast<sockaddr*>(&address), sizeof address) == 0;
  }
  ControlClient(const ControlClient&) = delete;
  ControlClient& operator=(const ControlClient&) = delete;
  ~ControlClient() { ::close(descriptor_); }

  bool is_connected() const { return is_connected_; }
  void send(const std::string& bytes) const {
    EXPECT_EQ(::send(descriptor_, bytes.data(), bytes.size(), MSG_NOSIGNAL),
              static_cast<ssize_t>(bytes.size()));
  }
  std::string received() {
    std::string all;
    std::array<char, 4096> buffer{};
    ssize_t count = 0;
    while ((count = ::recv(descriptor_, buffer.data(), buffer.size(), 0)) > 0) {
      all.append(buffer.data(), static_cast<std::size_t>(count));
    }
    was_closed_ = count == 0;
    return all;
  }
  bool was_closed() const { return was_closed_; }  // as of the last received()

 private:
  int descriptor_;
  bool is_connected_ = false;
  bool was_closed_ = false;
};

class ControlServerFixture : public testing::Test {
 protected:
  ControlServerFixture() {
    std::string name = std::filesystem::temp_directory_path() / "control-XXXXXX";
    folder_ = ::mkdtemp(name.data());
    path_ = folder_ / "control.sock";
    server_ = make_server();
  }
  ~ControlServerFixture() override {
    stop(*server_);
    std::filesystem::remove_all(folder_);
  }

  std::unique_ptr<ControlServer> make_server() {
    return std::make_unique<ControlServer>(
        time_.loop(),
        path_,
        ControlServer::Parts{.store = store_,
                             .clock = time_,
                             .log = log_,
                             .trace = trace_,
                             .policies = {retry_, notification_}});
  }
  void stop(ControlServer& server) {
    tasks_.spawn("stop", server.stop());
    pass_time();
  }
  void pass_time(Duration span = std::chrono::milliseconds(1)) { time_.run_for(span); }

  std::filesystem::path folder_;
  std::filesystem::path path_;
  world::VirtualTime time_{world::noon};
  world::MemoryStore store_{time_};
  SilentLog log_;
  TraceHub trace_{time_};
  scheduler::RetrySettings retry_ = world::plain_retry();
  notify::NotificationSettings notification_;
  TaskGroup tasks_{time_.loop()};
  std::unique_ptr<ControlServer> server_;
};

}  // namespace greyhound::agent
