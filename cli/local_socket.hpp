// LocalSocket: a blocking connection to a unix socket, every call under a deadline of its own. For
// commands, which do one thing and have nothing else to wait for.
// Errors: connect() gives not_found (no such file, or nobody listens), or network (no permission,
// ...); reads and writes timeout, closed or network.
#pragma once

#include <cstddef>
#include <filesystem>
#include <span>
#include <string_view>

#include "runtime/clock.hpp"
#include "runtime/result.hpp"

namespace greyhound::cli {

class LocalSocket {
 public:
  static Result<LocalSocket> connect(const std::filesystem::path& path, Duration limit);
  LocalSocket(LocalSocket&& other) noexcept;
  LocalSocket& operator=(LocalSocket&&) = delete;
  LocalSocket(const LocalSocket&) = delete;
  LocalSocket& operator=(const LocalSocket&) = delete;
  ~LocalSocket();

  // Of each single read or write from here on.
  Result<> set_limit(Duration limit);

  Result<std::size_t> read_some(std::span<char> into);  // at least 1
  Result<> write(std::string_view bytes);

  int descriptor() const { return descriptor_; }  // for whoever waits for more than this

 private:
  explicit LocalSocket(int descriptor) : descriptor_(descriptor) {}
  int descriptor_;
};

}  // namespace greyhound::cli
