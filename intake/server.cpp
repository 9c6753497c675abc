#include "intake/server.hpp"

#include <algorithm>
#include <atomic>
#include <list>
#include <utility>

#include <boost/asio/as_tuple.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <boost/system/system_error.hpp>

#include "intake/listening_sockets.hpp"
#include "intake/session.hpp"
#include "runtime/must.hpp"
#include "runtime/socket_stream.hpp"
#include "runtime/task_group.hpp"

namespace greyhound::intake {
namespace {

namespace asio = boost::asio;

constexpr std::chrono::milliseconds accept_pause{200};  // after EMFILE and the like
constexpr std::chrono::seconds turn_away_limit{5};
constexpr std::size_t max_turned_away = 64;  // beyond that connections are closed without a word

// One of a counted number of places; given back at the end, on whatever loop.
class Place {
 public:
  static std::optional<Place> take(std::atomic<std::size_t>& taken, std::size_t limit) {
    if (taken.fetch_add(1) < limit) return Place(taken);
    taken.fetch_sub(1);
    return std::nullopt;
  }
  Place(Place&& other) noexcept : taken_(std::exchange(other.taken_, nullptr)) {}
  Place& operator=(Place&&) = delete;
  ~Place() {
    if (taken_ != nullptr) taken_->fetch_sub(1);
  }

 private:
  explicit Place(std::atomic<std::size_t>& taken) : taken_(&taken) {}
  std::atomic<std::size_t>* taken_;
};

// The sessions of one loop; touched there only.
struct SessionLoop {
  explicit SessionLoop(Executor loop) : executor(loop), tasks(std::move(loop)) {}
  Executor executor;
  TaskGroup tasks;
  std::list<std::shared_ptr<Session>> sessions;
};

// Keeps a session in its loop's list while it runs, however it ends.
class Listed {
 public:
  Listed(std::list<std::shared_ptr<Session>>& list, std::shared_ptr<Session> session)
      : list_(list), at_(list.insert(list.end(), std::move(session))) {}
  Listed(const Listed&) = delete;
  Listed& operator=(const Listed&) = delete;
  ~Listed() { list_.erase(at_); }

 private:
  std::list<std::shared_ptr<Session>>& list_;
  std::list<std::shared_ptr<Session>>::iterator at_;
};

Awaitable<> serve(SessionLoop* loop,
                  std::shared_ptr<Session> session,
                  [[maybe_unused]] Place place) {
  const Listed listed(loop->sessions, session);
  co_await session->run();
}

Awaitable<> turn_away(std::unique_ptr<Stream> stream, [[maybe_unused]] Place place) {
  const std::string text = Answer(421, "4.3.2", "too many sessions, try again later").to_line();
  stream->expire_after(turn_away_limit);
  const auto sent = co_await stream->write(text);
  if (sent) stream->close();
}

Awaitable<> say_farewell(std::shared_ptr<Session> session) {
  co_await session->farewell();
}

Awaitable<> drain(SessionLoop* loop) {
  const auto sessions = loop->sessions;  // a farewell may end a session at once
  for (const auto& session : sessions) {
    if (session->begin_drain()) loop->tasks.spawn("intake farewell", say_farewell(session));
  }
  co_return;
}

Awaitable<> join(SessionLoop* loop) {
  co_await loop->tasks.join();
}

Awaitable<> cut(SessionLoop* loop) {
  loop->tasks.cancel();
  co_await loop->tasks.join();
}

}  // namespace

struct Server::State {
  State(Executor loop, IntakeSettings all, Parts references)
      : home(std::move(loop)), settings(std::move(all)), parts(references), accepting(home) {}

  template <class Acceptor>
  Awaitable<> accept_from(Acceptor* acceptor);
  void hand_over(SessionLoop* loop, std::unique_ptr<Stream> stream);
  SessionParts session_parts() const {
    return {settings, parts.store, parts.planner, parts.clock, parts.log};
  }
  Awaitable<Result<>> join_all();

  Executor home;
  IntakeSettings settings;
  Parts parts;
  std::vector<TcpAcceptor> tcp;
  std::vector<UnixSocket> unix_sockets;
  TaskGroup accepting;
  std::vector<std::unique_ptr<SessionLoop>> loops;
  std::size_t next_loop = 0;
  std::atomic<std::size_t> open_sessions{0};
  std::atomic<std::size_t> turned_away{0};
};

template <class Acceptor>
Awaitable<> Server::State::accept_from(Acceptor* acceptor) {
  while (true) {
    auto& loop = *loops[next_loop++ % loops.size()];
    auto [code, socket] =
        co_await acceptor->async_accept(loop.executor, asio::as_tuple(asio::use_awaitable));
    if (!code) {
      hand_over(&loop, runtime::make_stream(std::move(socket)));
    } else if (code == asio::error::operation_aborted) {
      throw boost::system::system_error(code);
    } else if (code != asio::error::connection_aborted) {
      parts.log.warning("accept_failed", {{"status", "4.3.2"}, {"what", code.message()}});
      co_await parts.clock.sleep(accept_pause);
    }
  }
}

// The counts bound what a flood can hold: sessions, and connections that are being turned away.
void Server::State::hand_over(SessionLoop* loop, std::unique_ptr<Stream> stream) {
  if (auto place = Place::take(open_sessions, settings.max_sessions)) {
    auto session = std::make_shared<Session>(std::move(stream), session_parts());
    asio::post(loop->executor, [loop, session, place = std::move(*place)]() mutable {
      loop->tasks.spawn("intake session", serve(loop, std::move(session), std::move(place)));
    });
    return;
  }
  auto place = Place::take(turned_away, max_turned_away);
  if (!place) return;
  parts.log.warning("turned_away", {{"status", "4.3.2"}, {"limit", settings.max_sessions}});
  asio::post(
      loop->executor, [loop, stream = std::move(stream), place = std::move(*place)]() mutable {
        loop->tasks.spawn("intake turn away", turn_away(std::move(stream), std::move(place)));
      });
}

Awaitable<Result<>> Server::State::join_all() {
  for (const auto& loop : loops)
    co_await runtime::run_on(loop->executor, join(loop.get()));
  co_return Result<>{};
}

Server::Server(Executor home, IntakeSettings settings, Parts parts)
    : state_(std::make_unique<State>(std::move(home), std::move(settings), parts)) {}

Server::~Server() = default;

Result<> Server::start() {
  auto& state = *state_;
  MUST(state.loops.empty());
  std::vector<TcpAcceptor> tcp;
  std::vector<UnixSocket> unix_sockets;
  for (const auto& listener : state.settings.listeners) {
    if (const auto* endpoint = std::get_if<Endpoint>(&listener)) {
      auto opened = open_tcp(state.home, *endpoint);
      if (!opened) return opened.error();
      tcp.push_back(std::move(*opened));
    } else {
      auto opened = open_unix(state.home, std::get<UnixListener>(listener));
      if (!opened) return opened.error();
      unix_sockets.push_back(std::move(*opened));
    }
  }
  state.tcp = std::move(tcp);
  state.unix_sockets = std::move(unix_sockets);
  for (std::size_t i = 0; i < state.parts.loops.size(); ++i) {
    state.loops.push_back(std::make_unique<SessionLoop>(state.parts.loops.at(i)));
  }
  for (auto& acceptor : state.tcp) {
    state.accepting.spawn("intake accept", state.accept_from(&acceptor));
  }
  for (auto& opened : state.unix_sockets) {
    state.accepting.spawn("intake accept", state.accept_from(&opened.acceptor));
  }
  return {};
}

std::vector<Endpoint> Server::tcp_endpoints() const {
  std::vector<Endpoint> endpoints;
  for (const auto& acceptor : state_->tcp) {
    if (const auto bound = bound_endpoint(acceptor)) endpoints.push_back(*bound);
  }
  return endpoints;
}

Awaitable<> Server::stop(Duration grace) {
  auto& state = *state_;
  state.accepting.cancel();
  co_await state.accepting.join();
  state.tcp.clear();
  state.unix_sockets.clear();  // and their files
  for (const auto& loop : state.loops) {
    co_await runtime::run_on(loop->executor, drain(loop.get()));
  }
  const auto finished = co_await state.parts.clock.within(grace, state.join_all());
  if (!finished) state.parts.log.warning("sessions_cut", {{"status", "4.3.2"}});
  for (const auto& loop : state.loops) {
    co_await runtime::run_on(loop->executor, cut(loop.get()));
  }
}

}  // namespace greyhound::intake
