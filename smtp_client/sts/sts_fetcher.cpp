#include "smtp_client/sts/sts_fetcher.hpp"

#include <algorithm>
#include <array>
#include <utility>

#include <boost/asio/as_tuple.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <boost/system/system_error.hpp>

#include "smtp_client/connect/deny_targets.hpp"
#include "smtp_client/sts/sts_reply.hpp"

namespace greyhound::smtp {

namespace asio = boost::asio;

namespace {

std::string request_to(const std::string& host) {
  return "GET /.well-known/mta-sts.txt HTTP/1.1\r\nHost: " + host +
         "\r\nUser-Agent: greyhound\r\nAccept: text/plain\r\nAccept-Encoding: identity\r\n"
         "Connection: close\r\n\r\n";
}

Error about(const std::string& host, Error error) {
  error.what = host + ": " + error.what;
  return error;
}

// Gives back the token of one fetch, however that ends.
template <class Turns>
class Turn {
 public:
  explicit Turn(Turns& turns) : turns_(turns) {}
  Turn(const Turn&) = delete;
  Turn& operator=(const Turn&) = delete;
  ~Turn() {
    turns_.try_receive([](boost::system::error_code) {});
  }

 private:
  Turns& turns_;
};

}  // namespace

StsFetcher::StsFetcher(const Executor& home, Parts parts, Limits limits)
    : parts_(parts), limits_(limits), turns_(home, max_at_once) {}

Awaitable<Result<std::string>> StsFetcher::fetch(std::string domain) {
  const auto host = "mta-sts." + domain;
  auto text = co_await parts_.clock.within(limits_.whole, fetch_in_turn(host));
  if (!text) co_return about(host, text.error());
  co_return std::move(*text);
}

Awaitable<Result<std::string>> StsFetcher::fetch_in_turn(std::string host) {
  const boost::system::error_code token;
  const auto [no_turn] = co_await turns_.async_send(token, asio::as_tuple(asio::use_awaitable));
  // A channel has a code of its own for a wait that was cancelled.
  if (no_turn) throw boost::system::system_error(asio::error::operation_aborted);
  const Turn<Turns> turn(turns_);
  auto stream = co_await connect(host);
  if (!stream) co_return stream.error();
  co_return co_await get(std::move(*stream), std::move(host));
}

// To the first address that answers at all: what stands behind one stands behind the others.
Awaitable<Result<std::unique_ptr<Stream>>> StsFetcher::connect(std::string host) {
  const auto endpoints = co_await endpoints_of(std::move(host));
  if (!endpoints) co_return endpoints.error();
  Error last{Fault::network, "no address"};
  for (const auto& endpoint : *endpoints) {
    auto dialled = parts_.network.connect(endpoint, std::nullopt);
    auto stream = co_await parts_.clock.within(limits_.connect, std::move(dialled));
    if (stream) co_return std::move(*stream);
    last = about(endpoint.to_string(), stream.error());
  }
  co_return last;
}

Awaitable<Result<std::vector<Endpoint>>> StsFetcher::endpoints_of(std::string host) {
  const auto family = parts_.settings.family;
  DnsAnswer<IpAddress> v4{.status = DnsStatus::no_data};
  DnsAnswer<IpAddress> v6{.status = DnsStatus::no_data};
  if (family != AddressFamily::v6) v4 = co_await parts_.resolver.a(host);
  if (family != AddressFamily::v4) v6 = co_await parts_.resolver.aaaa(host);
  auto found = std::move(v4.records);
  found.insert(found.end(), v6.records.begin(), v6.records.end());
  const auto& reason = v4.status == DnsStatus::failed ? v4.reason : v6.reason;
  if (found.empty()) co_return Error{Fault::network, reason.empty() ? "no address" : reason};
  std::erase_if(found, [this](const IpAddress& address) {
    return is_denied(address, parts_.settings.deny_targets);
  });
  if (found.empty()) co_return Error{Fault::network, "its address is in smtp.deny_targets"};
  std::vector<Endpoint> endpoints;
  for (const auto& address : found) {
    if (endpoints.size() < max_addresses) endpoints.push_back({address, limits_.port});
  }
  co_return endpoints;
}

Awaitable<Result<std::string>> StsFetcher::get(std::unique_ptr<Stream> stream, std::string host) {
  TlsPeer peer{.name = host, .level = mail::TlsLevel::verify};
  auto encrypted = co_await parts_.tls.encrypt(std::move(stream), std::move(peer));
  if (!encrypted) co_return encrypted.error();
  auto& server = *encrypted->stream;
  const auto request = request_to(host);
  if (const auto sent = co_await server.write(request); !sent) co_return sent.error();
  StsReply reply;
  std::array<char, 8192> bytes{};
  for (;;) {
    const auto count = co_await server.read_some(bytes);
    if (!count) co_return count.error();
    const auto is_whole = reply.take(std::string_view(bytes.data(), *count));
    if (!is_whole) co_return is_whole.error();
    if (*is_whole) co_return reply.body();
  }
}

}  // namespace greyhound::smtp
