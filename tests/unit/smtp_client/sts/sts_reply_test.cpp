#include "smtp_client/sts/sts_reply.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "smtp_client/sts/sts_policy.hpp"

namespace greyhound::smtp {
namespace {

using testing::HasSubstr;

// What comes of these bytes, which arrive `step` at a time.
std::string read(const std::string& bytes, std::size_t step = std::string::npos) {
  StsReply reply;
  for (std::size_t at = 0; at < bytes.size(); at += std::min(step, bytes.size() - at)) {
    const auto taken = reply.take(std::string_view(bytes).substr(at, step));
    if (!taken) return taken.error().what;
    if (*taken) return "body " + reply.body();
  }
  return "waits for more";
}

std::string response(const std::string& headers, const std::string& body = "") {
  return "HTTP/1.1 200 OK\r\n" + headers + "\r\n" + body;
}

const std::string plain = "Content-Type: text/plain\r\n";

TEST(StsReply, IsWholeWithItsBodyHoweverItComesIn) {
  const auto bytes = response(plain + "Content-Length: 5\r\n", "hello");

  for (std::size_t step = 1; step <= bytes.size(); ++step)
    EXPECT_EQ(read(bytes, step), "body hello") << step;
}

TEST(StsReply, MayComeInChunks) {
  const auto bytes = response(plain + "Transfer-Encoding: chunked\r\n",
                              "3;x=y\r\nhel\r\n2\r\nlo\r\n0\r\nTrailer: x\r\n\r\n");

  for (std::size_t step = 1; step <= bytes.size(); ++step)
    EXPECT_EQ(read(bytes, step), "body hello") << step;
}

// Chunks of which the first is the last, cut there, made Beast abort.
TEST(StsReply, MayBeEmptyHoweverItComesIn) {
  const auto in_chunks = response(plain + "Transfer-Encoding: chunked\r\n", "0\r\n\r\n");

  EXPECT_EQ(read(response(plain + "Content-Length: 0\r\n")), "body ");
  for (std::size_t step = 1; step <= in_chunks.size(); ++step)
    EXPECT_EQ(read(in_chunks, step), "body ") << step;
}

TEST(StsReply, HasStatus200AndNoOther_Line139) {
  for (const auto* status : {"301", "302", "307", "404", "500", "204", "206", "304", "100"}) {
    const auto bytes = "HTTP/1.1 " + std::string(status) +
                       " x\r\nLocation: https://elsewhere.example/\r\n" + plain +
                       "Content-Length: 5\r\n\r\nhello";
    EXPECT_EQ(read(bytes), "HTTP response: status " + std::string(status));
  }
}

TEST(StsReply, IsPlainText_Line139) {
  const std::string five = "Content-Length: 5\r\n";
  for (const auto* type :
       {"text/plain", "Text/Plain", "text/plain; charset=utf-8", "text/plain ;x"}) {
    EXPECT_EQ(read(response("Content-Type: " + std::string(type) + "\r\n" + five, "hello")),
              "body hello");
  }
  for (const auto* type : {"text/html", "text/plainer", "application/octet-stream", ""}) {
    EXPECT_EQ(read(response("Content-Type: " + std::string(type) + "\r\n" + five, "hello")),
              "HTTP response: media type is not text/plain");
  }
  EXPECT_EQ(read(response(five, "hello")), "HTTP response: media type is not text/plain");
  EXPECT_EQ(read(response(plain + "Content-Encoding: gzip\r\n" + five, "hello")),
            "HTTP response: the body is compressed");
}

TEST(StsReply, IsNoLongerThanAPolicyMayBe_Line139) {
  const std::string most(StsPolicy::max_policy_bytes, 'x');
  const auto length = [](std::size_t bytes) {
    return plain + "Content-Length: " + std::to_string(bytes) + "\r\n";
  };

  EXPECT_EQ(read(response(length(most.size()), most)), "body " + most);
  EXPECT_EQ(read(response(length(most.size() + 1))), "HTTP response: body limit exceeded");
  EXPECT_EQ(read(response(plain + "Transfer-Encoding: chunked\r\n",
                          "10000\r\n" + most + "\r\n1\r\nx\r\n0\r\n\r\n")),
            "HTTP response: body limit exceeded");
}

TEST(StsReply, HasBoundsOnWhatIsNotItsBody) {
  const std::string chunked = plain + "Transfer-Encoding: chunked\r\n";
  std::string crumbs;
  for (int i = 0; i < 60'000; ++i)
    crumbs += "1;aaaaaaaa\r\nx\r\n";

  EXPECT_EQ(read(response("X: " + std::string(20'000, 'x') + "\r\n"), 1000),
            "HTTP response: header limit exceeded");
  EXPECT_EQ(read(std::string(20'000, 'x'), 1000), "HTTP response: bad version");
  EXPECT_EQ(read(response(chunked, crumbs), 1000), "HTTP response: too long");
}

TEST(StsReply, SaysHowLongItIs) {
  EXPECT_EQ(read(response(plain, "hello")), "HTTP response: no length of the body");
  EXPECT_EQ(read("HTTP/1.0 200 OK\r\n" + plain + "\r\nhello"),
            "HTTP response: no length of the body");
  EXPECT_EQ(read("HTTP/1.0 200 OK\r\n" + plain + "Content-Length: 5\r\n\r\nhello"), "body hello");
}

TEST(StsReply, IsHttp) {
  EXPECT_THAT(read("220 mx.test ESMTP\r\n\r\n"), HasSubstr("HTTP response: "));
  EXPECT_THAT(read(std::string("\0\0\0\0\0\0\0\0\0\0\0\0\r\n\r\n", 16)),
              HasSubstr("HTTP response: "));
  EXPECT_THAT(read(response(plain + "Content-Length: -1\r\n")), HasSubstr("HTTP response: "));
  EXPECT_THAT(read(response(plain + "Content-Length: 5\r\nContent-Length: 6\r\n")),
              HasSubstr("HTTP response: "));
  EXPECT_THAT(read(response(plain + "Content-Length: 5\r\nTransfer-Encoding: chunked\r\n")),
              HasSubstr("HTTP response: "));
}

}  // namespace
}  // namespace greyhound::smtp
