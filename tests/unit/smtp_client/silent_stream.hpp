// A connection with two ends, over which nothing is ever said.
#pragma once

#include "runtime/stream.hpp"

namespace greyhound::smtp {

class SilentStream final : public Stream {
 public:
  SilentStream(std::optional<Endpoint> local, Endpoint remote) : local_(local), remote_(remote) {}

  Awaitable<Result<std::size_t>> read_some(std::span<char>) override {
    co_return Error{Fault::closed, "silent"};
  }
  Awaitable<Result<>> write(std::string_view) override { co_return Result<>{}; }
  void expire_after(Duration) override {}
  bool is_quiet() override { return true; }
  void close() override {}
  std::optional<Endpoint> local() const override { return local_; }
  std::optional<Endpoint> remote() const override { return remote_; }

 private:
  std::optional<Endpoint> local_;
  Endpoint remote_;
};

}  // namespace greyhound::smtp
