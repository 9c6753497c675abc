#include "intake/trace_header.hpp"

#include <algorithm>
#include <chrono>

#include <gtest/gtest.h>

namespace greyhound::intake {
namespace {

using namespace std::chrono_literals;

const Instant evening = std::chrono::sys_days{std::chrono::year{2026} / 11 / 21} + 21h + 5min + 9s;

Trace a_trace() {
  return {.hello_name = "client.example",
          .is_extended = true,
          .client = {.address = IpAddress::parse("192.0.2.7")},
          .hostname = "mail.example",
          .id = queue::MessageId::first_at(evening),
          .at = evening};
}

TEST(TraceHeader, NamesClientHostProtocolIdAndDate) {
  const auto trace = a_trace();

  const auto header = trace_header(trace);

  EXPECT_EQ(header,
            "Received: from client.example ([192.0.2.7])\r\n"
            "\tby mail.example with ESMTP id " +
                trace.id.to_string() + ";\r\n\tSat, 21 Nov 2026 21:05:09 +0000\r\n");
}

TEST(TraceHeader, SaysSmtpAfterHelo) {
  auto trace = a_trace();
  trace.is_extended = false;

  EXPECT_NE(trace_header(trace).find(" with SMTP id "), std::string::npos);
}

TEST(TraceHeader, SaysUtf8SmtpWhereSmtpUtf8WasDeclared) {
  auto trace = a_trace();
  trace.is_smtp_utf8 = true;

  EXPECT_NE(trace_header(trace).find(" with UTF8SMTP id "), std::string::npos);
}

TEST(TraceHeader, TagsAV6Address) {
  auto trace = a_trace();
  trace.client.address = IpAddress::parse("2001:db8::1");

  EXPECT_NE(trace_header(trace).find("([IPv6:2001:db8::1])"), std::string::npos);
}

TEST(TraceHeader, NamesTheUserBehindAUnixSocket) {
  auto trace = a_trace();
  trace.client = {.address = std::nullopt, .uid = 33};

  EXPECT_NE(trace_header(trace).find("from client.example (uid 33)\r\n"), std::string::npos);
}

TEST(TraceHeader, LeavesOutAHelloThatIsNoName_Line167) {
  for (const std::string name :
       {"a)", "a(b", "a;b", "a\r\nBcc:x", "<script>", "[1.2.3", "\"", "a b"}) {
    auto trace = a_trace();
    trace.hello_name = name;

    const auto header = trace_header(trace);

    EXPECT_TRUE(header.starts_with("Received: from unknown ([192.0.2.7])\r\n")) << name;
    EXPECT_EQ(std::count(header.begin(), header.end(), '\n'), 3) << name;
  }
}

TEST(TraceHeader, KeepsAnAddressLiteralOfTheHello) {
  auto trace = a_trace();
  trace.hello_name = "[IPv6:2001:db8::2]";

  EXPECT_TRUE(trace_header(trace).starts_with("Received: from [IPv6:2001:db8::2] ("));
}

}  // namespace
}  // namespace greyhound::intake
