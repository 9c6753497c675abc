// Streams over sockets of the system: TCP (dialled or accepted) and unix.
#pragma once

#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/local/stream_protocol.hpp>

#include "runtime/stream.hpp"

namespace greyhound::runtime {

// Dials over TCP, with TCP_NODELAY.
class TcpNetwork final : public Network {
 public:
  Awaitable<Result<std::unique_ptr<Stream>>> connect(Endpoint to,
                                                     std::optional<IpAddress> source) override;
};

std::unique_ptr<Stream> make_stream(boost::asio::ip::tcp::socket socket);
std::unique_ptr<Stream> make_stream(boost::asio::local::stream_protocol::socket socket);

}  // namespace greyhound::runtime

namespace greyhound {
using runtime::TcpNetwork;
}
