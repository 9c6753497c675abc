#include "cli/agent_client.hpp"

#include <chrono>
#include <utility>

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

std::string get_request(const std::string& target) {
  return "GET " + target + " HTTP/1.1\r\nHost: greyhound\r\nConnection: close\r\n\r\n";
}

// A response as it comes.
class ResponseReader {
 public:
  explicit ResponseReader(LocalSocket& socket) : socket_(socket) {
    parser_.eager(true);
    parser_.header_limit(max_head_bytes);
    parser_.body_limit(max_body_bytes);
  }

  void has_no_end() { parser_.body_limit(boost::none); }
  bool has_head() const { return parser_.is_header_done(); }
  bool is_done() const { return parser_.is_done(); }
  int status() const { return static_cast<int>(parser_.get().result_int()); }
  std::string& body() { return parser_.get().body(); }  // so far
  std::string header(const char* name) const {
    const auto value = parser_.get()[name];
    return {value.data(), value.size()};
  }

  Result<> read_more() {
    const auto room = buffer_.prepare(read_bytes);
    const auto count = socket_.read_some({static_cast<char*>(room.data()), room.size()});
    beast::error_code code;
    if (!count && count.error().fault == Fault::closed && has_head()) {
      parser_.put_eof(code);  // the end of a body that says no length
      if (!code) return {};
    }
    if (!count) return count.error();
    buffer_.commit(*count);
    while (!is_done() && !code && buffer_.size() > 0)
      buffer_.consume(parser_.put(buffer_.data(), code));
    if (code && code != http::error::need_more) return not_ours(code.message());
    return {};
  }

 private:
  LocalSocket& socket_;
  http::response_parser<http::string_body> parser_;
  beast::flat_buffer buffer_;
};

AgentResponse response_of(ResponseReader& reader) {
  return {.status = reader.status(),
          .body = std::move(reader.body()),
          .next = reader.header("Greyhound-Next")};
}

// Cuts the whole lines off the front; false: enough of them.
bool take_lines(std::string& text, const std::function<bool(std::string_view)>& take) {
  std::size_t at = 0;
  bool goes_on = true;
  for (auto end = text.find('\n'); goes_on && end != std::string::npos; end = text.find('\n', at)) {
    goes_on = take(std::string_view(text).substr(at, end - at));
    at = end + 1;
  }
  text.erase(0, at);
  return goes_on;
}

}  // namespace

Result<AgentResponse> AgentClient::get(const std::string& target) {
  return exchange(get_request(target));
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
  ResponseReader reader(*socket);
  while (!reader.is_done()) {
    const auto more = reader.read_more();
    if (!more) return sent || more.error().fault == Fault::protocol ? more.error() : sent.error();
  }
  return response_of(reader);
}

Result<AgentResponse> AgentClient::follow(const std::string& target, const Follower& follower) {
  auto socket = LocalSocket::connect(socket_, connect_limit);
  if (!socket) return socket.error();
  if (auto set = socket->set_limit(read_limit); !set) return set.error();
  if (auto sent = socket->write(get_request(target)); !sent) return sent.error();
  ResponseReader reader(*socket);
  bool has_begun = false;
  while (!reader.is_done()) {
    if (auto more = reader.read_more(); !more) return more.error();
    if (!reader.has_head() || reader.status() != 200) continue;
    if (!std::exchange(has_begun, true)) {
      reader.has_no_end();
      if (auto set = socket->set_limit(Duration::zero()); !set) return set.error();
      follower.begin();
    }
    if (!take_lines(reader.body(), follower.line)) break;
  }
  return response_of(reader);
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
