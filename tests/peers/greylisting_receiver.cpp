#include "peers/greylisting_receiver.hpp"

#include <list>
#include <thread>
#include <utility>

#include <boost/asio/as_tuple.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/post.hpp>

#include "peers/receiver_session.hpp"
#include "runtime/must.hpp"
#include "runtime/socket_stream.hpp"
#include "runtime/task_group.hpp"

namespace greyhound::peers {

namespace asio = boost::asio;
using asio::ip::tcp;

namespace {

constexpr auto pause_after_failed_accept = std::chrono::milliseconds(100);

tcp::endpoint to_asio(const Endpoint& from) {
  const auto& bytes = from.address.bytes();
  if (!from.address.is_v4()) return {asio::ip::address_v6(bytes), from.port};
  return {asio::ip::address_v4({bytes[0], bytes[1], bytes[2], bytes[3]}), from.port};
}

}  // namespace

struct GreylistingReceiver::State {
  State(ReceiverSetup given, Clock& with_clock)
      : setup(std::move(given)),
        clock(with_clock),
        greylister(setup.greylister, setup.database),
        journal(setup.journal) {}

  struct Listener {
    tcp::acceptor acceptor;
    Endpoint bound;
  };

  Result<> open(const Endpoint& where);
  Awaitable<> accept_from(Listener* listener);
  Awaitable<> serve(SessionInfo info, std::unique_ptr<Stream> stream, std::size_t others);

  ReceiverSetup setup;
  Clock& clock;
  Greylister greylister;
  ReceiverJournal journal;
  asio::io_context context{1};
  TaskGroup sessions{context.get_executor()};
  TaskGroup accepting{context.get_executor()};
  std::list<Listener> listeners;
  std::uint64_t last_session = 0;
  std::thread thread;
};

Result<> GreylistingReceiver::State::open(const Endpoint& where) {
  boost::system::error_code code;
  const auto local = to_asio(where);
  tcp::acceptor acceptor(context);
  acceptor.open(local.protocol(), code);
  if (!code) acceptor.set_option(tcp::acceptor::reuse_address(true), code);
  if (!code) acceptor.bind(local, code);
  if (!code) acceptor.listen(tcp::acceptor::max_listen_connections, code);
  if (code) return Error{Fault::network, where.to_string() + ": " + code.message()};
  const Endpoint bound{where.address, acceptor.local_endpoint(code).port()};
  listeners.push_back(Listener{std::move(acceptor), bound});
  return {};
}

Awaitable<> GreylistingReceiver::State::accept_from(Listener* listener) {
  for (;;) {
    auto [code, socket] =
        co_await listener->acceptor.async_accept(asio::as_tuple(asio::use_awaitable));
    if (code == asio::error::operation_aborted) co_return;
    if (code) {  // too many open files, or a client that is gone already
      co_await clock.sleep(pause_after_failed_accept);
      continue;
    }
    auto stream = runtime::make_stream(std::move(socket));
    const auto client = stream->remote();
    if (!client) continue;
    const SessionInfo info{++last_session, *client, listener->bound};
    const auto others = sessions.size();
    sessions.spawn("receiver session", serve(info, std::move(stream), others));
  }
}

Awaitable<> GreylistingReceiver::State::serve(SessionInfo info,
                                              std::unique_ptr<Stream> stream,
                                              std::size_t others) {
  ReceiverSession session({setup.receiver, greylister, journal, clock}, info, std::move(stream));
  if (others >= setup.receiver.max_sessions) {
    co_await session.turn_away();
  } else {
    co_await session.run();
  }
}

GreylistingReceiver::GreylistingReceiver(ReceiverSetup setup, Clock& clock) {
  if (!setup.database) setup.database = std::make_shared<GreylistDatabase>();
  state_ = std::make_unique<State>(std::move(setup), clock);
}

// Joining a thread throws only if there is none to join.
// NOLINTNEXTLINE(bugprone-exception-escape)
GreylistingReceiver::~GreylistingReceiver() {
  stop();
}

Result<> GreylistingReceiver::start() {
  MUST(state_->listeners.empty());
  for (const auto& where : state_->setup.listeners) {
    if (auto opened = state_->open(where); !opened) {
      state_->listeners.clear();
      return opened;
    }
  }
  for (auto& listener : state_->listeners) {
    state_->accepting.spawn("receiver listener", state_->accept_from(&listener));
  }
  state_->thread = std::thread([state = state_.get()] { state->context.run(); });
  return {};
}

// The loop has no work of its own: it ends when the last task has unwound.
void GreylistingReceiver::stop() {
  if (!state_->thread.joinable()) return;
  asio::post(state_->context, [state = state_.get()] {
    state->accepting.cancel();
    state->sessions.cancel();
    boost::system::error_code ignored;
    for (auto& listener : state->listeners)
      listener.acceptor.close(ignored);
  });
  state_->thread.join();
}

std::vector<Endpoint> GreylistingReceiver::endpoints() const {
  std::vector<Endpoint> all;
  for (const auto& listener : state_->listeners)
    all.push_back(listener.bound);
  return all;
}

const ReceiverJournal& GreylistingReceiver::journal() const {
  return state_->journal;
}

}  // namespace greyhound::peers
