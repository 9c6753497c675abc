#include "agent/http_message.hpp"

#include <charconv>

#include <boost/asio/buffer.hpp>
#include <boost/beast/core/flat_buffer.hpp>
#include <boost/beast/http/message.hpp>
#include <boost/beast/http/parser.hpp>
#include <boost/beast/http/status.hpp>
#include <boost/beast/http/string_body.hpp>
#include <nlohmann/json.hpp>

#include "agent/queue_view.hpp"
#include "runtime/chunked_http.hpp"
#include "runtime/must.hpp"

namespace greyhound::agent {

namespace asio = boost::asio;
namespace beast = boost::beast;
namespace http = boost::beast::http;

namespace {

// A '%' that does not start two hexadecimal digits stands for itself.
std::string percent_decoded(std::string_view text) {
  std::string out;
  for (std::size_t i = 0; i < text.size(); ++i) {
    unsigned value = 0;
    if (text[i] == '%' && i + 2 < text.size()) {
      const auto* const first = text.data() + i + 1;
      const auto [end, error] = std::from_chars(first, first + 2, value, 16);
      if (error == std::errc{} && end == first + 2) {
        out += static_cast<char>(value);
        i += 2;
        continue;
      }
    }
    out += text[i];
  }
  return out;
}

std::map<std::string, std::string> parse_query(std::string_view text) {
  std::map<std::string, std::string> query;
  while (!text.empty()) {
    const auto pair = text.substr(0, text.find('&'));
    text.remove_prefix(std::min(text.size(), pair.size() + 1));
    const auto equals = pair.find('=');
    const auto value = equals == pair.npos ? std::string_view{} : pair.substr(equals + 1);
    if (!pair.empty()) query[percent_decoded(pair.substr(0, equals))] = percent_decoded(value);
  }
  return query;
}

int status_for(const beast::error_code& code) {
  if (code == http::error::header_limit) return 431;
  if (code == http::error::body_limit) return 413;
  return 400;
}

}  // namespace

struct HttpRequestReader::State {
  beast::flat_buffer buffer;
  std::unique_ptr<http::request_parser<http::string_body>> parser;

  void begin() {
    parser = std::make_unique<http::request_parser<http::string_body>>();
    parser->eager(true);
    parser->header_limit(max_head_bytes);
    parser->body_limit(max_body_bytes);
  }

  bool has_enough() const {
    const bool is_in_chunks = parser->is_header_done() && parser->chunked();
    return runtime::is_enough_to_parse(is_in_chunks, buffer.size());
  }
};

HttpRequestReader::HttpRequestReader() : state_(std::make_unique<State>()) {
  state_->begin();
}

HttpRequestReader::~HttpRequestReader() = default;

Result<bool> HttpRequestReader::feed(std::string_view bytes) {
  auto& buffer = state_->buffer;
  auto& parser = *state_->parser;
  buffer.commit(asio::buffer_copy(buffer.prepare(bytes.size()), asio::buffer(bytes)));
  while (!parser.is_done() && state_->has_enough()) {
    beast::error_code code;
    buffer.consume(parser.put(buffer.data(), code));
    if (code == http::error::need_more) break;
    if (code) {
      refusal_ = status_for(code);
      return Error{Fault::protocol, code.message()};
    }
  }
  return parser.is_done();
}

bool HttpRequestReader::has_begun() const {
  return state_->buffer.size() > 0 || state_->parser->got_some();
}

HttpRequest HttpRequestReader::take() {
  MUST(state_->parser->is_done());
  auto message = state_->parser->release();
  const std::string_view target(message.target().data(), message.target().size());
  const auto mark = target.find('?');
  HttpRequest request;
  request.method = std::string(message.method_string());
  request.path = percent_decoded(target.substr(0, mark));
  if (mark != target.npos) request.query = parse_query(target.substr(mark + 1));
  request.keeps_alive = message.keep_alive();
  request.body = std::move(message.body());
  state_->begin();
  return request;
}

std::string to_bytes(const HttpResponse& response, bool keeps_alive) {
  std::string out = "HTTP/1.1 " + std::to_string(response.status) + " ";
  out += http::obsolete_reason(static_cast<http::status>(response.status));
  out += "\r\nServer: greyhound/" GREYHOUND_VERSION "\r\nContent-Type: " + response.content_type;
  out += "\r\nContent-Length: " + std::to_string(response.body.size());
  for (const auto& [name, value] : response.headers) {
    out.append("\r\n").append(name).append(": ").append(value);
  }
  out += keeps_alive ? "\r\nConnection: keep-alive\r\n\r\n" : "\r\nConnection: close\r\n\r\n";
  return out + response.body;
}

HttpResponse refuse(int status, std::string_view what) {
  Json body;
  body["error"] = what;
  HttpResponse response;
  response.status = status;
  response.body = to_line(body) + "\n";
  return response;
}

HttpResponse fail(const Error& error) {
  return refuse(error.fault == Fault::busy ? 503 : 500, error.what);
}

}  // namespace greyhound::agent
