#include "smtp_client/dns/stub_resolver.hpp"

#include <array>
#include <utility>
#include <vector>

#include <boost/asio/as_tuple.hpp>
#include <boost/asio/buffer.hpp>
#include <boost/asio/error.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/ip/udp.hpp>
#include <boost/asio/read.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <boost/asio/write.hpp>
#include <boost/system/system_error.hpp>

#include "runtime/must.hpp"
#include "smtp_client/dns/dns_message.hpp"
#include "smtp_client/dns/raw_resolver.hpp"

namespace greyhound::smtp {

namespace asio = boost::asio;
using asio::ip::tcp;
using asio::ip::udp;

namespace {

constexpr auto as_result = asio::as_tuple(asio::use_awaitable);
constexpr std::size_t max_datagram_bytes = 4096;  // more than we say that we take
constexpr int rounds = 3;                         // the wait doubles from one to the next:
constexpr int first_wait_part = 8;                // 1/8, 2/8 and 4/8 of the timeout

asio::ip::address to_asio(const IpAddress& from) {
  const auto& bytes = from.bytes();
  if (from.is_v4()) return asio::ip::address_v4({bytes[0], bytes[1], bytes[2], bytes[3]});
  return asio::ip::address_v6(bytes);
}

// Cancellation must unwind, not look like a network failure.
Error failure(const boost::system::error_code& code) {
  if (code == asio::error::operation_aborted) throw boost::system::system_error(code);
  return {Fault::network, code.message()};
}

// From a port of the system's choice. Whatever else arrives there is passed over.
Awaitable<Result<DnsReply>> ask_by_udp(Executor loop, Endpoint server, DnsQuestion question) {
  const auto message = encode(question);
  udp::socket socket(loop);
  boost::system::error_code code;
  socket.connect({to_asio(server.address), server.port}, code);
  if (code) co_return failure(code);
  const auto [unsent, sent] = co_await socket.async_send(asio::buffer(message), as_result);
  if (unsent) co_return failure(unsent);
  std::array<std::uint8_t, max_datagram_bytes> incoming{};
  for (;;) {
    const auto [error, count] = co_await socket.async_receive(asio::buffer(incoming), as_result);
    if (error) co_return failure(error);
    auto reply = decode_reply({incoming.data(), count}, question);
    if (reply) co_return std::move(*reply);
  }
}

Awaitable<Result<DnsReply>> ask_by_tcp(Executor loop, Endpoint server, DnsQuestion question) {
  auto message = encode(question);
  const auto size = message.size();
  message.insert(message.begin(),
                 {static_cast<std::uint8_t>(size >> 8), static_cast<std::uint8_t>(size & 0xff)});
  tcp::socket socket(loop);
  const tcp::endpoint there(to_asio(server.address), server.port);
  const auto [unconnected] = co_await socket.async_connect(there, as_result);
  if (unconnected) co_return failure(unconnected);
  const auto [unsent, sent] = co_await asio::async_write(socket, asio::buffer(message), as_result);
  if (unsent) co_return failure(unsent);
  std::array<std::uint8_t, 2> length{};
  const auto [cut, two] = co_await asio::async_read(socket, asio::buffer(length), as_result);
  if (cut) co_return failure(cut);
  std::vector<std::uint8_t> incoming(std::size_t{length[0]} << 8 | length[1]);
  const auto [error, all] = co_await asio::async_read(socket, asio::buffer(incoming), as_result);
  if (error) co_return failure(error);
  auto reply = decode_reply(incoming, question);
  if (!reply) co_return Error{Fault::protocol, "not the answer to our question"};
  co_return std::move(*reply);
}

bool is_final(const Result<RawAnswer>& answer) {
  return answer && (answer->rcode == rcode_no_error || answer->rcode == rcode_no_such_name);
}

class StubResolver final : public RawResolver {
 public:
  StubResolver(Executor loop, const DnsSettings& settings, Clock& clock, Random& random)
      : RawResolver(settings.timeout, clock),
        loop_(std::move(loop)),
        servers_(settings.servers),
        random_(random) {
    MUST(!servers_.empty());
  }

 private:
  // Round after round while one of the servers is silent; what all of them have refused, they
  // would refuse again.
  Awaitable<Result<RawAnswer>> ask(std::string name, RecordType type) override {
    Result<RawAnswer> answer = Error{Fault::timeout, "no answer"};
    auto wait = timeout() / first_wait_part;
    for (int round = 0; round < rounds; ++round, wait *= 2) {
      bool is_one_silent = false;
      for (const auto& server : servers_) {
        const DnsQuestion question{.name = name, .type = type, .id = new_id()};
        answer = co_await ask_one(server, question, wait);
        if (is_final(answer)) co_return answer;
        is_one_silent |= !answer && answer.error().fault == Fault::timeout;
      }
      if (!is_one_silent) break;
    }
    co_return answer;
  }

  Awaitable<Result<RawAnswer>> ask_one(Endpoint server, DnsQuestion question, Duration wait) {
    auto reply = co_await clock().within(wait, ask_by_udp(loop_, server, question));
    if (reply && reply->is_truncated) {
      reply = co_await clock().within(wait, ask_by_tcp(loop_, server, question));
    }
    if (!reply) {
      co_return Error{reply.error().fault, server.to_string() + ": " + reply.error().what};
    }
    co_return std::move(reply->answer);
  }

  std::uint16_t new_id() { return static_cast<std::uint16_t>(random_.below(1U << 16)); }

  Executor loop_;
  const std::vector<Endpoint> servers_;
  Random& random_;
};

}  // namespace

std::unique_ptr<Resolver> make_stub_resolver(Executor loop,
                                             const DnsSettings& settings,
                                             Clock& clock,
                                             Random& random) {
  return std::make_unique<StubResolver>(std::move(loop), settings, clock, random);
}

}  // namespace greyhound::smtp
