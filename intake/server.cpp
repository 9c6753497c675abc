#include "intake/server.hpp"

#include <algorithm>
#include <atomic>
#include <list>
#include <utility>

#include <boost/asio/as_tuple.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <boost/system/system_error.hpp>

#include "intake/client_limiter.hpp"
#include "intake/listening_sockets.hpp"
#include "intake/sasl/password_checker.hpp"
#include "intake/session.hpp"
#include "intake/tls/tls_server.hpp"
#include "runtime/must.hpp"
#include "runtime/socket_stream.hpp"
#include "runtime/task_group.hpp"

namespace greyhound::intake {
namespace {

namespace asio = boost::asio;

constexpr std::chrono::milliseconds accept_pause{200};  // after EMFILE and the like
constexpr std::chrono::seconds turn_away_limit{5};
constexpr std::size_t max_turned_away = 64;  // beyond that connections are closed without a word

Answer too_many_sessions() {
  return {421, "4.3.2", "too many sessions, try again later"};
}

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

// The place of one client among its own; given back on the home loop.
class ClientPlace {
 public:
  ClientPlace(Executor home, std::shared_ptr<ClientLimiter> limiter, std::string key)
      : home_(std::move(home)), limiter_(std::move(limiter)), key_(std::move(key)) {}
  ClientPlace(ClientPlace&& other) noexcept = default;
  ClientPlace& operator=(ClientPlace&&) = delete;
  // Only for want of memory can the post throw; that ends the process as it should.
  ~ClientPlace() {  // NOLINT(bugprone-exception-escape)
    if (!limiter_) return;
    asio::post(home_, [limiter = std::move(limiter_), key = std::move(key_)] {
      limiter->give_session(key);
    });
  }

 private:
  Executor home_;
  std::shared_ptr<ClientLimiter> limiter_;  // the last of them may come home after the server
  std::string key_;
};

Awaitable<> serve(SessionLoop* loop,
                  std::shared_ptr<Session> session,
                  [[maybe_unused]] Place place,
                  [[maybe_unused]] ClientPlace of_client) {
  const Listed listed(loop->sessions, session);
  co_await session->run();
}

Awaitable<> turn_away(std::unique_ptr<Stream> stream, [[maybe_unused]] Place place) {
  const std::string text = too_many_sessions().to_line();
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

struct TcpListening {
  TcpAcceptor acceptor;
  ListenerTls tls;
};

}  // namespace

struct Server::State {
  State(Executor loop, IntakeSettings all, Parts references)
      : home(std::move(loop)),
        settings(std::move(all)),
        parts(references),
        limiter(std::make_shared<ClientLimiter>(home, settings.per_client, parts.clock)),
        accepting(home) {}

  template <class Acceptor>
  Awaitable<> accept_from(Acceptor* acceptor, ListenerTls tls);
  void hand_over(SessionLoop* loop, std::unique_ptr<Stream> stream, ListenerTls tls);
  void turn_client_away(SessionLoop* loop, std::unique_ptr<Stream> stream);
  Result<> load_secrets();
  SessionParts session_parts() const {
    return {.settings = settings,
            .store = parts.store,
            .planner = parts.planner,
            .clock = parts.clock,
            .log = parts.log,
            .limiter = limiter->has_rates() ? limiter.get() : nullptr,
            .tls = identity.get(),
            .passwords = passwords ? &*passwords : nullptr,
            .password_checker = password_checker.get()};
  }
  Awaitable<Result<>> join_all();

  Executor home;
  IntakeSettings settings;
  Parts parts;
  std::shared_ptr<ClientLimiter> limiter;
  std::unique_ptr<TlsServer> identity;    // none: TLS is not offered
  std::optional<PasswordFile> passwords;  // none: nobody can log in
  std::unique_ptr<PasswordChecker> password_checker;
  std::vector<TcpListening> tcp_sockets;
  std::vector<UnixSocket> unix_sockets;
  TaskGroup accepting;
  std::vector<std::unique_ptr<SessionLoop>> loops;
  std::size_t next_loop = 0;
  std::atomic<std::size_t> open_sessions{0};
  std::atomic<std::size_t> turned_away{0};
};

template <class Acceptor>
Awaitable<> Server::State::accept_from(Acceptor* acceptor, ListenerTls tls) {
  while (true) {
    auto& loop = *loops[next_loop++ % loops.size()];
    auto [code, socket] =
        co_await acceptor->async_accept(loop.executor, asio::as_tuple(asio::use_awaitable));
    if (!code) {
      hand_over(&loop, runtime::make_stream(std::move(socket)), tls);
    } else if (code == asio::error::operation_aborted) {
      throw boost::system::system_error(code);
    } else if (code != asio::error::connection_aborted) {
      parts.log.warning("accept_failed", {{"status", "4.3.2"}, {"what", code.message()}});
      co_await parts.clock.sleep(accept_pause);
    }
  }
}

// The counts bound what a flood can hold: sessions, and connections that are being turned away.
void Server::State::hand_over(SessionLoop* loop, std::unique_ptr<Stream> stream, ListenerTls tls) {
  auto place = Place::take(open_sessions, settings.max_sessions);
  auto key = client_key(client_of(*stream));
  if (!place || !limiter->take_session(key)) return turn_client_away(loop, std::move(stream));
  ClientPlace of_client(home, limiter, std::move(key));
  auto session = std::make_shared<Session>(std::move(stream), session_parts(), tls);
  asio::post(
      loop->executor,
      [loop, session, place = std::move(*place), of_client = std::move(of_client)]() mutable {
        loop->tasks.spawn("intake session",
                          serve(loop, std::move(session), std::move(place), std::move(of_client)));
      });
}

void Server::State::turn_client_away(SessionLoop* loop, std::unique_ptr<Stream> stream) {
  auto place = Place::take(turned_away, max_turned_away);
  if (!place) return;
  parts.log.warning("turned_away",
                    {{"status", "4.3.2"},
                     {"client", client_of(*stream).to_string()},
                     {"limit", settings.max_sessions},
                     {"limit_of_a_client", settings.per_client.sessions}});
  asio::post(
      loop->executor, [loop, stream = std::move(stream), place = std::move(*place)]() mutable {
        loop->tasks.spawn("intake turn away", turn_away(std::move(stream), std::move(place)));
      });
}

Result<> Server::State::load_secrets() {
  if (settings.tls) {
    auto loaded = TlsServer::load(*settings.tls);
    if (!loaded) return loaded.error();
    identity = std::move(*loaded);
  }
  if (settings.password_file) {
    auto loaded = PasswordFile::load(*settings.password_file);
    if (!loaded) return loaded.error();
    passwords = std::move(*loaded);
    password_checker = std::make_unique<PasswordChecker>();
  }
  return {};
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
  if (auto loaded = state.load_secrets(); !loaded) return loaded.error();
  std::vector<TcpListening> tcp;
  std::vector<UnixSocket> unix_sockets;
  for (const auto& listener : state.settings.listeners) {
    if (const auto* wanted = std::get_if<TcpListener>(&listener)) {
      auto opened = open_tcp(state.home, wanted->at);
      if (!opened) return opened.error();
      tcp.push_back({std::move(*opened), wanted->tls});
    } else {
      auto opened = open_unix(state.home, std::get<UnixListener>(listener));
      if (!opened) return opened.error();
      unix_sockets.push_back(std::move(*opened));
    }
  }
  state.tcp_sockets = std::move(tcp);
  state.unix_sockets = std::move(unix_sockets);
  for (std::size_t i = 0; i < state.parts.loops.size(); ++i) {
    state.loops.push_back(std::make_unique<SessionLoop>(state.parts.loops.at(i)));
  }
  for (auto& opened : state.tcp_sockets) {
    state.accepting.spawn("intake accept", state.accept_from(&opened.acceptor, opened.tls));
  }
  for (auto& opened : state.unix_sockets) {
    state.accepting.spawn("intake accept", state.accept_from(&opened.acceptor, ListenerTls::none));
  }
  return {};
}

std::vector<Endpoint> Server::tcp_endpoints() const {
  std::vector<Endpoint> endpoints;
  for (const auto& opened : state_->tcp_sockets) {
    if (const auto bound = bound_endpoint(opened.acceptor)) endpoints.push_back(*bound);
  }
  return endpoints;
}

Awaitable<> Server::stop(Duration grace) {
  auto& state = *state_;
  state.accepting.cancel();
  co_await state.accepting.join();
  state.tcp_sockets.clear();
  state.unix_sockets.clear();  // and their files
  for (const auto& loop : state.loops) {
    co_await runtime::run_on(loop->executor, drain(loop.get()));
  }
  const auto finished = co_await state.parts.clock.within(grace, state.join_all());
  if (!finished) state.parts.log.warning("sessions_cut", {{"status", "4.3.2"}});
  if (state.password_checker) state.password_checker->stop();
  for (const auto& loop : state.loops) {
    co_await runtime::run_on(loop->executor, cut(loop.get()));
  }
}

}  // namespace greyhound::intake
