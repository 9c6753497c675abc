// Order of what is read and what is written, on a stream that remembers it.
#include <algorithm>
#include <deque>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "smtp_client/session.hpp"
#include "unit/smtp_client/attempt_fixture.hpp"

namespace greyhound::smtp {
namespace {

using testing::ElementsAre;

class PieceStream final : public Stream {
 public:
  PieceStream(std::deque<std::string> pieces, std::vector<std::string>* events)
      : pieces_(std::move(pieces)), events_(events) {}

  Awaitable<Result<std::size_t>> read_some(std::span<char> into) override {
    if (pieces_.empty()) co_return Error{Fault::closed, "closed"};
    const auto piece = pieces_.front();
    pieces_.pop_front();
    events_->push_back("< " + piece);
    std::copy(piece.begin(), piece.end(), into.begin());
    co_return piece.size();
  }
  Awaitable<Result<>> write(std::string_view bytes) override {
    events_->push_back("> " + std::string(bytes));
    co_return Result<>{};
  }
  void expire_after(Duration) override {}
  bool is_quiet() override { return true; }
  void close() override { events_->push_back("closed"); }
  std::optional<Endpoint> local() const override { return Endpoint::parse("[2001:db8::9]:99", 25); }
  std::optional<Endpoint> remote() const override { return std::nullopt; }

 private:
  std::deque<std::string> pieces_;
  std::vector<std::string>* events_;
};

// What a session that calls itself `hostname` reads and writes until it is ready.
std::vector<std::string> events_of_opening(std::string hostname, std::deque<std::string> pieces) {
  std::vector<std::string> events;
  const SmtpSettings settings{.hostname = std::move(hostname)};
  const auto tls = TlsClient::make(std::nullopt);
  EXPECT_TRUE(tls);
  Session session({.settings = settings, .tls = **tls},
                  std::make_unique<PieceStream>(std::move(pieces), &events),
                  {.name = "mx.test"},
                  SteadyInstant());
  EXPECT_EQ(run_on_own_loop(session.open()), std::nullopt);
  return events;
}

TEST(Greeting, IsReadToItsLastByteBeforeAnythingIsSent_Line2) {
  const auto events = events_of_opening(
      "mail.example.org", {"220-mx.te", "st\r\n220", " ready\r", "\n", "250 mx.test\r\n"});

  EXPECT_THAT(events,
              ElementsAre("< 220-mx.te",
                          "< st\r\n220",
                          "<  ready\r",
                          "< \n",
                          "> EHLO mail.example.org\r\n",
                          "< 250 mx.test\r\n"));
}

TEST(Greeting, IsAnsweredByALiteralOfTheBoundAddressWithoutAFullName_Line5) {
  const auto events = events_of_opening("localhost", {"220 hi\r\n", "250 mx.test\r\n"});

  EXPECT_EQ(events.at(1), "> EHLO [IPv6:2001:db8::9]\r\n");
}

}  // namespace
}  // namespace greyhound::smtp
