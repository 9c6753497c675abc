#include "runtime/socket_stream.hpp"

#include <cerrno>
#include <memory>
#include <utility>

#include <boost/asio/as_tuple.hpp>
#include <boost/asio/buffer.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/this_coro.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <boost/asio/write.hpp>
#include <sys/socket.h>

namespace greyhound::runtime {

namespace asio = boost::asio;
using asio::ip::tcp;
using local = asio::local::stream_protocol;

namespace {

constexpr auto as_result = asio::as_tuple(asio::use_awaitable);

Endpoint to_endpoint(const tcp::endpoint& from) {
  const auto address = from.address();
  if (address.is_v4()) {
    return {IpAddress::from_v4_bytes(address.to_v4().to_bytes()), from.port()};
  }
  return {IpAddress::from_v6_bytes(address.to_v6().to_bytes()), from.port()};
}

asio::ip::address to_asio(const IpAddress& from) {
  const auto& bytes = from.bytes();
  if (from.is_v4()) return asio::ip::address_v4({bytes[0], bytes[1], bytes[2], bytes[3]});
  return asio::ip::address_v6(bytes);
}

// Cancellation must unwind, not look like a network failure.
Error to_error(const boost::system::error_code& code) {
  if (code == asio::error::eof || code == asio::error::connection_reset ||
      code == asio::error::broken_pipe || code == asio::error::bad_descriptor) {
    return {Fault::closed, "connection closed by the other end"};
  }
  if (code == asio::error::operation_aborted) throw boost::system::system_error(code);
  return {Fault::network, code.message()};
}

// Cancels what is pending on a socket at its deadline. The timer is set anew only for a deadline
// that is earlier than the one it waits for, so that a deadline for each command costs no timer.
template <class Socket>
class Expiry {
 public:
  explicit Expiry(Socket& socket) : socket_(socket), timer_(socket.get_executor()) {}

  void set(Duration limit) {
    deadline_ = clock_.steady() + limit;
    has_passed_ = false;
    if (deadline_ < awaited_) wait();
  }
  bool has_passed() const { return has_passed_; }
  void end() { timer_.cancel(); }

 private:
  void wait() {
    awaited_ = deadline_;
    timer_.expires_at(awaited_);
    timer_.async_wait([alive = std::weak_ptr(alive_)](const boost::system::error_code& code) {
      const auto self = alive.lock();
      if (self && !code) (*self)->come();
    });
  }

  void come() {
    awaited_ = SteadyInstant::max();
    if (!socket_.is_open()) return;
    if (clock_.steady() < deadline_) return wait();
    has_passed_ = true;
    boost::system::error_code ignored;
    socket_.cancel(ignored);
  }

  Socket& socket_;
  asio::steady_timer timer_;
  SystemClock clock_;  // that of the timer
  SteadyInstant deadline_ = SteadyInstant::max();
  SteadyInstant awaited_ = SteadyInstant::max();
  bool has_passed_ = false;
  std::shared_ptr<Expiry*> alive_ = std::make_shared<Expiry*>(this);
};

template <class Socket>
class SocketStream final : public Stream {
 public:
  explicit SocketStream(Socket socket) : socket_(std::move(socket)), expiry_(socket_) {
    boost::system::error_code ignored;
    if constexpr (is_tcp) {
      const auto local_end = socket_.local_endpoint(ignored);
      if (!ignored) local_ = to_endpoint(local_end);
      const auto remote_end = socket_.remote_endpoint(ignored);
      if (!ignored) remote_ = to_endpoint(remote_end);
      socket_.set_option(tcp::no_delay(true), ignored);
    } else {
      ucred peer{};
      socklen_t size = sizeof peer;
      if (getsockopt(socket_.native_handle(), SOL_SOCKET, SO_PEERCRED, &peer, &size) == 0) {
        uid_ = peer.uid;
      }
    }
  }

  Awaitable<Result<std::size_t>> read_some(std::span<char> into) override {
    if (expiry_.has_passed()) co_return timeout();
    const auto [code, count] =
        co_await socket_.async_read_some(asio::buffer(into.data(), into.size()), as_result);
    if (code) co_return failure(code);
    co_return count;
  }

  Awaitable<Result<>> write(std::string_view bytes) override {
    if (expiry_.has_passed()) co_return timeout();
    const auto [code, count] =
        co_await asio::async_write(socket_, asio::buffer(bytes.data(), bytes.size()), as_result);
    if (code) co_return failure(code);
    co_return Result<>{};
  }

  void expire_after(Duration limit) override { expiry_.set(limit); }

  bool is_quiet() override {
    char byte = 0;
    return recv(socket_.native_handle(), &byte, 1, MSG_PEEK | MSG_DONTWAIT) < 0 &&
           (errno == EAGAIN || errno == EWOULDBLOCK);
  }

  void close() override {
    expiry_.end();
    boost::system::error_code ignored;
    socket_.close(ignored);
  }

  std::optional<Endpoint> local() const override { return local_; }
  std::optional<Endpoint> remote() const override { return remote_; }
  std::optional<unsigned> peer_uid() const override { return uid_; }

 private:
  // close() ends a pending call with an error; only cancellation unwinds it.
  Error failure(const boost::system::error_code& code) const {
    if (!socket_.is_open()) return {Fault::closed, "connection closed by us"};
    if (expiry_.has_passed() && code == asio::error::operation_aborted) return timeout();
    return to_error(code);
  }
  static Error timeout() { return {Fault::timeout, "no progress within the limit"}; }

  static constexpr bool is_tcp = std::is_same_v<Socket, tcp::socket>;

  Socket socket_;
  Expiry<Socket> expiry_;
  std::optional<Endpoint> local_;
  std::optional<Endpoint> remote_;
  std::optional<unsigned> uid_;
};

}  // namespace

Awaitable<Result<std::unique_ptr<Stream>>> TcpNetwork::connect(Endpoint to,
                                                               std::optional<IpAddress> source) {
  tcp::socket socket(co_await asio::this_coro::executor);
  boost::system::error_code code;
  socket.open(to.address.is_v4() ? tcp::v4() : tcp::v6(), code);
  if (!code && source) socket.bind(tcp::endpoint(to_asio(*source), 0), code);
  if (code) co_return Error{Fault::config, "no local socket: " + code.message()};
  const tcp::endpoint target(to_asio(to.address), to.port);
  const auto [failed] = co_await socket.async_connect(target, as_result);
  if (failed) {
    auto error = to_error(failed);
    error.what = failed.message();
    co_return error;
  }
  co_return make_stream(std::move(socket));
}

std::unique_ptr<Stream> make_stream(tcp::socket socket) {
  return std::make_unique<SocketStream<tcp::socket>>(std::move(socket));
}

std::unique_ptr<Stream> make_stream(local::socket socket) {
  return std::make_unique<SocketStream<local::socket>>(std::move(socket));
}

}  // namespace greyhound::runtime
