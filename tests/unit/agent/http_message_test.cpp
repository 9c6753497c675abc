#include "agent/http_message.hpp"

#include <gtest/gtest.h>

namespace greyhound::agent {
namespace {

// Whether a whole request is there now.
bool is_whole_after(HttpRequestReader& reader, std::string_view bytes) {
  const auto result = reader.feed(bytes);
  return result.has_value() && *result;
}

HttpRequest read(const std::string& bytes) {
  HttpRequestReader reader;
  EXPECT_TRUE(is_whole_after(reader, bytes));
  return reader.take();
}

TEST(HttpRequestReader, TakesARequestThatComesByteByByte) {
  HttpRequestReader reader;
  const std::string bytes = "POST /v1/queue/retry HTTP/1.1\r\nContent-Length: 4\r\n\r\n{\"\"}";
  for (std::size_t i = 0; i + 1 < bytes.size(); ++i) {
    ASSERT_FALSE(is_whole_after(reader, bytes.substr(i, 1))) << i;
  }

  const bool is_whole = is_whole_after(reader, bytes.substr(bytes.size() - 1));
  const auto request = reader.take();

  EXPECT_TRUE(is_whole);
  EXPECT_EQ(request.method, "POST");
  EXPECT_EQ(request.path, "/v1/queue/retry");
  EXPECT_EQ(request.body, "{\"\"}");
}

TEST(HttpRequestReader, SplitsAndDecodesTheTarget) {
  const auto request = read("GET /v1/queue?after=A%2D1&limit=5&flag HTTP/1.1\r\n\r\n");

  EXPECT_EQ(request.path, "/v1/queue");
  EXPECT_EQ(request.query.at("after"), "A-1");
  EXPECT_EQ(request.query.at("limit"), "5");
  EXPECT_EQ(request.query.at("flag"), "");
}

TEST(HttpRequestReader, LeavesAPercentSignAloneThatEncodesNothing) {
  EXPECT_EQ(read("GET /100%/%zz/%4 HTTP/1.1\r\n\r\n").path, "/100%/%zz/%4");
}

TEST(HttpRequestReader, KeepsTheNextRequestOfTheSameConnection) {
  HttpRequestReader reader;
  const bool first = is_whole_after(reader, "GET /a HTTP/1.1\r\n\r\nGET /b HTTP/1.1\r\n\r\n");
  const auto first_request = reader.take();

  const bool second = is_whole_after(reader, "");
  const auto second_request = reader.take();

  EXPECT_TRUE(first);
  EXPECT_EQ(first_request.path, "/a");
  EXPECT_TRUE(second);
  EXPECT_EQ(second_request.path, "/b");
}

TEST(HttpRequestReader, ReadsAChunkedBody) {
  const auto request =
      read("POST / HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n2\r\nde\r\n0\r\n\r\n");

  EXPECT_EQ(request.body, "abcde");
}

// A first chunk that is the last, cut there, made Beast abort.
TEST(HttpRequestReader, ReadsAnEmptyChunkedBodyThatComesByteByByte) {
  HttpRequestReader reader;
  const std::string bytes = "POST / HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n";
  for (std::size_t i = 0; i + 1 < bytes.size(); ++i) {
    ASSERT_FALSE(is_whole_after(reader, bytes.substr(i, 1))) << i;
  }

  EXPECT_TRUE(is_whole_after(reader, bytes.substr(bytes.size() - 1)));
  EXPECT_EQ(reader.take().body, "");
}

TEST(HttpRequestReader, ClosesTheConnectionWhenAskedTo) {
  EXPECT_TRUE(read("GET / HTTP/1.1\r\n\r\n").keeps_alive);
  EXPECT_FALSE(read("GET / HTTP/1.1\r\nConnection: close\r\n\r\n").keeps_alive);
  EXPECT_FALSE(read("GET / HTTP/1.0\r\n\r\n").keeps_alive);
}

TEST(HttpRequestReader, RefusesAHeadBeyondItsLimit) {
  HttpRequestReader reader;

  const auto result = reader.feed("GET / HTTP/1.1\r\nX: " + std::string(9000, 'x'));

  ASSERT_FALSE(result);
  EXPECT_EQ(result.error().fault, Fault::protocol);
  EXPECT_EQ(reader.refusal(), 431);
}

TEST(HttpRequestReader, RefusesABodyBeyondItsLimitBeforeItComes) {
  HttpRequestReader reader;

  const auto result = reader.feed("POST / HTTP/1.1\r\nContent-Length: 1048577\r\n\r\n");

  ASSERT_FALSE(result);
  EXPECT_EQ(reader.refusal(), 413);
}

TEST(HttpRequestReader, RefusesWhatIsNotHttp) {
  for (const std::string bytes :
       {"EHLO client.example\r\n\r\n", "\x16\x03\x01\r\n\r\n", "GET\r\n\r\n"}) {
    HttpRequestReader reader;

    const auto result = reader.feed(bytes);

    EXPECT_FALSE(result) << bytes;
    EXPECT_EQ(reader.refusal(), 400) << bytes;
  }
}

TEST(HttpResponse, IsWrittenWithItsLengthAndHeaders) {
  HttpResponse response;
  response.body = "{}\n";
  response.headers = {{"Greyhound-Next", "X-1"}};

  const auto bytes = to_bytes(response, false);

  EXPECT_TRUE(bytes.starts_with("HTTP/1.1 200 OK\r\n")) << bytes;
  EXPECT_NE(bytes.find("\r\nContent-Length: 3\r\n"), std::string::npos);
  EXPECT_NE(bytes.find("\r\nGreyhound-Next: X-1\r\n"), std::string::npos);
  EXPECT_TRUE(bytes.ends_with("\r\nConnection: close\r\n\r\n{}\n")) << bytes;
}

TEST(HttpResponse, EscapesTheWordsOfARefusal) {
  EXPECT_EQ(refuse(404, "no \"such\"\nthing").body, "{\"error\":\"no \\\"such\\\"\\nthing\"}\n");
}

}  // namespace
}  // namespace greyhound::agent
