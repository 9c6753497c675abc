// HTTP/1.1 requests and responses as values, with the parser behind a narrow door: Boost.Beast is
// heavy to compile and stays in one file.
// Source: RFC 9110, RFC 9112.
// Limits: head 8 KiB, body 1 MiB.   Errors: feed() gives Fault::protocol; refusal() says with what.
#pragma once

#include <map>
#include <memory>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "runtime/result.hpp"

namespace greyhound::agent {

struct HttpRequest {
  std::string method;                        // "GET"
  std::string path;                          // percent-decoded, without the query
  std::map<std::string, std::string> query;  // percent-decoded
  std::string body;
  bool keeps_alive = false;
};

struct HttpResponse {
  int status = 200;
  std::string body;
  std::string content_type = "application/json";
  std::vector<std::pair<std::string, std::string>> headers = {};
};

// Reads the requests of one connection, one after the other.
class HttpRequestReader {
 public:
  static constexpr std::uint32_t max_head_bytes = 8 << 10;
  static constexpr std::uint64_t max_body_bytes = 1 << 20;

  HttpRequestReader();
  ~HttpRequestReader();
  HttpRequestReader(const HttpRequestReader&) = delete;
  HttpRequestReader& operator=(const HttpRequestReader&) = delete;

  // Takes bytes of the connection; true once a whole request is there. Bytes beyond it are kept for
  // the next one. After an error the connection is of no more use.
  Result<bool> feed(std::string_view bytes);
  bool has_begun() const;  // some bytes of an unfinished request are there
  HttpRequest take();      // only after feed() gave true

  int refusal() const { return refusal_; }  // the status that the last error of feed() deserves

 private:
  struct State;
  std::unique_ptr<State> state_;
  int refusal_ = 400;
};

// The bytes to send. `keeps_alive`: whether the connection stays open after it.
std::string to_bytes(const HttpResponse& response, bool keeps_alive);

// A response whose body is {"error": what}.
HttpResponse refuse(int status, std::string_view what);
// Trouble with the store is ours: nothing is wrong with the request.
HttpResponse fail(const Error& error);

}  // namespace greyhound::agent
