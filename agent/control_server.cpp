#include "agent/control_server.hpp"

#include <array>
#include <chrono>

#include <boost/asio/as_tuple.hpp>
#include <boost/asio/local/stream_protocol.hpp>
#include <boost/asio/this_coro.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <boost/system/system_error.hpp>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include "agent/control_api.hpp"
#include "agent/trace_feed.hpp"
#include "runtime/socket_stream.hpp"
#include "runtime/task_group.hpp"

namespace greyhound::agent {

namespace asio = boost::asio;
using local = asio::local::stream_protocol;
using namespace std::chrono_literals;

namespace {

constexpr auto as_result = asio::as_tuple(asio::use_awaitable);
constexpr auto request_limit = 30s;
constexpr auto response_limit = 30s;
constexpr mode_t socket_mode = 0660;
constexpr std::size_t read_bytes = 16 << 10;

Error cannot_listen(const std::filesystem::path& path, const std::string& why) {
  return {Fault::config, "control socket " + path.string() + ": " + why};
}

// Removes the file of an agent that died; anything alive, or that is no socket, is left alone.
Result<> clear_stale(asio::io_context& probe_loop, const std::filesystem::path& path) {
  struct stat found{};
  if (::lstat(path.c_str(), &found) != 0) return {};
  if (!S_ISSOCK(found.st_mode)) return cannot_listen(path, "is there already and is no socket");
  local::socket probe(probe_loop);
  boost::system::error_code code;
  probe.open(local(), code);
  if (!code) probe.non_blocking(true, code);
  if (code) return cannot_listen(path, code.message());
  probe.connect(local::endpoint(path.string()), code);
  if (code != asio::error::connection_refused) {
    return Error{Fault::busy, "another greyhound answers on " + path.string()};
  }
  if (::unlink(path.c_str()) != 0) return cannot_listen(path, "cannot replace the stale file");
  return {};
}

}  // namespace

struct ControlServer::State {
  State(const Executor& home, std::filesystem::path socket, Parts parts)
      : path(std::move(socket)),
        api({.store = parts.store,
             .clock = parts.clock,
             .dispatcher = std::move(parts.dispatcher),
             .policies = parts.policies}),
        feed(parts.store, parts.trace, parts.clock),
        clock(parts.clock),
        log(parts.log),
        acceptor(home),
        tasks(home) {}

  Result<> listen();
  void unlink();
  Awaitable<> accept_all();
  Awaitable<> serve(std::unique_ptr<Stream> stream);
  Awaitable<Result<HttpRequest>> read_request(Stream* stream, HttpRequestReader* reader);
  Awaitable<bool> send(Stream* stream, HttpResponse response, bool keeps_alive);

  std::filesystem::path path;
  ControlApi api;
  TraceFeed feed;
  Clock& clock;
  EventLog& log;
  local::acceptor acceptor;
  TaskGroup tasks;
  std::size_t sessions = 0;
  struct stat bound{};  // the file that is ours to remove
};

// The mode is set on the socket before bind() makes the file of it, so that there is no moment in
// which others may connect; umask can only take away, which chmod() then puts right.
Result<> ControlServer::State::listen() {
  if (path.string().size() >= sizeof(sockaddr_un::sun_path)) {
    return cannot_listen(path, "the path is longer than a unix socket may have");
  }
  std::error_code no_folder;
  if (path.has_parent_path()) std::filesystem::create_directories(path.parent_path(), no_folder);
  if (no_folder) return cannot_listen(path, no_folder.message());
  asio::io_context probe_loop;
  if (auto cleared = clear_stale(probe_loop, path); !cleared) return cleared;
  boost::system::error_code code;
  acceptor.open(local(), code);
  if (!code && ::fchmod(acceptor.native_handle(), socket_mode) != 0) {
    code.assign(errno, boost::system::system_category());
  }
  if (!code) acceptor.bind(local::endpoint(path.string()), code);
  if (!code && ::chmod(path.c_str(), socket_mode) != 0) {
    code.assign(errno, boost::system::system_category());
  }
  if (!code) acceptor.listen(static_cast<int>(max_sessions), code);
  if (code) return cannot_listen(path, code.message());
  ::lstat(path.c_str(), &bound);
  return {};
}

void ControlServer::State::unlink() {
  struct stat found{};
  const bool is_ours = ::lstat(path.c_str(), &found) == 0 && found.st_ino == bound.st_ino &&
                       found.st_dev == bound.st_dev;
  if (is_ours) ::unlink(path.c_str());
}

Awaitable<> ControlServer::State::accept_all() {
  for (;;) {
    local::socket socket(tasks.loop());
    const auto [code] = co_await acceptor.async_accept(socket, as_result);
    if (code == asio::error::operation_aborted) throw boost::system::system_error(code);
    if (code) {
      log.warning("control_accept_failed", {{"why", code.message()}});
      co_await clock.sleep(1s);  // out of descriptors: do not spin
      continue;
    }
    if (sessions >= max_sessions) {
      const auto bytes = to_bytes(refuse(503, "too many connections"), false);
      boost::system::error_code ignored;
      socket.non_blocking(true, ignored);
      socket.write_some(asio::buffer(bytes), ignored);
      continue;
    }
    ++sessions;
    tasks.spawn("control session", serve(runtime::make_stream(std::move(socket))));
  }
}

Awaitable<> ControlServer::State::serve(std::unique_ptr<Stream> stream) {
  struct Place {
    std::size_t* taken;
    ~Place() { --*taken; }
  };
  const Place place{&sessions};
  HttpRequestReader reader;
  bool keeps_alive = true;
  while (keeps_alive) {
    auto request = co_await clock.within(request_limit, read_request(stream.get(), &reader));
    if (!request) {
      const auto fault = request.error().fault;
      const bool is_worth_a_word = fault == Fault::protocol || reader.has_begun();
      if (fault == Fault::closed || !is_worth_a_word) co_return;
      const int status = fault == Fault::timeout ? 408 : reader.refusal();
      co_await send(stream.get(), refuse(status, request.error().what), false);
      co_return;
    }
    keeps_alive = request->keeps_alive;
    HttpResponse response;
    if (request->path == TraceFeed::path) {
      auto understood = co_await feed.understand(std::move(*request));
      if (auto* const filter = std::get_if<TraceFilter>(&understood)) {
        co_await feed.serve(stream.get(), std::move(*filter));
        co_return;
      }
      response = std::get<HttpResponse>(std::move(understood));
    } else {
      response = co_await api.answer(std::move(*request));
    }
    if (!co_await send(stream.get(), std::move(response), keeps_alive)) co_return;
  }
}

Awaitable<Result<HttpRequest>> ControlServer::State::read_request(Stream* stream,
                                                                  HttpRequestReader* reader) {
  auto is_whole = reader->feed({});
  std::array<char, read_bytes> buffer;
  while (is_whole && !*is_whole) {
    const auto count = co_await stream->read_some(buffer);
    if (!count) co_return count.error();
    is_whole = reader->feed(std::string_view(buffer.data(), *count));
  }
  if (!is_whole) co_return is_whole.error();
  auto request = reader->take();
  co_return request;
}

Awaitable<bool> ControlServer::State::send(Stream* stream,
                                           HttpResponse response,
                                           bool keeps_alive) {
  const auto bytes = to_bytes(response, keeps_alive);
  const auto sent = co_await clock.within(response_limit, stream->write(bytes));
  co_return sent.has_value();
}

ControlServer::ControlServer(const Executor& home, std::filesystem::path socket, Parts parts)
    : state_(std::make_unique<State>(home, std::move(socket), std::move(parts))) {}

ControlServer::~ControlServer() = default;

Result<> ControlServer::start() {
  if (auto listening = state_->listen(); !listening) return listening;
  state_->tasks.spawn("control accept", state_->accept_all());
  state_->log.info("control_listening", {{"socket", state_->path.string()}});
  return {};
}

Awaitable<> ControlServer::stop() {
  if (!state_->acceptor.is_open()) co_return;
  state_->tasks.cancel();
  co_await state_->tasks.join();
  boost::system::error_code ignored;
  state_->acceptor.close(ignored);
  state_->unlink();
}

}  // namespace greyhound::agent
