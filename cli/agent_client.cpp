#include "cli/agent_client.hpp"

#include <array>
#include <chrono>

#include <boost/asio/buffer.hpp>
#include <boost/beast/core/flat_buffer.hpp>
#include <boost/beast/http/parser.hpp>
#include <boost/beast/http/string_body.hpp>
#include <fmt/format.h>

namespace greyhound::cli {

namespace beast = boost::beast;
namespace http = boost::beast::http;
using namespace std::chrono_literals;

namespace {

constexpr auto connect_limit = 10s;
constexpr auto read_limit = 60s;
constexpr std::uint32_t max_head_bytes = 16 << 10;
constexpr std::uint64_t max_body_bytes = 64 << 20;
constexpr std::size_t read_bytes = 64 << 10;

Error not_ours(const std::string& why) {
  return {Fault::protocol, "what answers on the control socket is no greyhound: " + why};
}

}  // namespace

Result<AgentResponse> AgentClient::get(const std::string& target) {
  return exchange("GET " + target + " HTTP/1.1\r\nHost: greyhound\r\nConnection: close\r\n\r\n");
}

Result<AgentResponse> AgentClient::post(const std::string& target, const std::string& json) {
  return exchange("POST " + target +
                  " HTTP/1.1\r\nHost: greyhound\r\nConnection: close\r\n"
                  "Content-Type: application/json\r\nContent-Length: " +
                  std::to_string(json.size()) + "\r\n\r\n" + json);
}

Result<AgentResponse> AgentClient::exchange(const std::string& request) {
  auto socket = LocalSocket::connect(socket_, connect_limit);
  if (!socket) return socket.error();
  if (auto set = socket->set_limit(read_limit); !set) return set.error();
  // A refusal may come, and the connection end, before all of the request was taken.
  const auto sent = socket->write(request);

  http::response_parser<http::string_body> parser;
  parser.eager(true);
  parser.header_limit(max_head_bytes);
  parser.body_limit(max_body_bytes);
  beast::flat_buffer buffer;
  while (!parser.is_done()) {
    const auto room = buffer.prepare(read_bytes);
    const auto count = socket->read_some({static_cast<char*>(room.data()), room.size()});
    if (!count) return sent ? count.error() : sent.error();
    buffer.commit(*count);
    beast::error_code code;
    while (!parser.is_done() && !code && buffer.size() > 0) {
      buffer.consume(parser.put(buffer.data(), code));
    }
    if (code && code != http::error::need_more) return not_ours(code.message());
  }
  auto message = parser.release();
  AgentResponse response;
  response.status = static_cast<int>(message.result_int());
  response.body = std::move(message.body());
  const auto next = message["Greyhound-Next"];
  response.next.assign(next.data(), next.size());
  return response;
}

std::string percent_encoded(std::string_view text) {
  std::string out;
  for (const char c : text) {
    const bool is_plain = (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') ||
                          (c >= 'A' && c <= 'Z') || c == '-' || c == '.' || c == '_' || c == '~';
    if (is_plain) {
      out += c;
    } else {
      out += fmt::format("%{:02X}", static_cast<unsigned char>(c));
    }
  }
  return out;
}

}  // namespace greyhound::cli
