// How much is said at a time to a server that answers each command: it may wait for us to read
// before it reads on itself.
#include <algorithm>

#include <gtest/gtest.h>

#include "smtp_client/session.hpp"
#include "unit/smtp_client/attempt_fixture.hpp"

namespace greyhound::smtp {
namespace {

// A server that offers PIPELINING and takes everything. It counts what it is sent before its
// replies are read.
class CountingServer final : public Stream {
 public:
  explicit CountingServer(std::size_t& most_unread) : most_unread_(most_unread) {}

  Awaitable<Result<std::size_t>> read_some(std::span<char> into) override {
    unread_ = 0;
    const auto count = std::min(into.size(), replies_.size());
    std::copy_n(replies_.begin(), count, into.begin());
    replies_.erase(0, count);
    if (count == 0) co_return Error{Fault::closed, "nothing to say"};
    co_return count;
  }

  Awaitable<Result<>> write(std::string_view bytes) override {
    if (!replies_.empty()) unread_ += bytes.size();
    most_unread_ = std::max({most_unread_, unread_, is_in_body_ ? 0 : bytes.size()});
    for (const char c : bytes)
      take(c);
    co_return Result<>{};
  }

  void expire_after(Duration) override {}
  bool is_quiet() override { return replies_.empty(); }
  void close() override {}
  std::optional<Endpoint> local() const override { return std::nullopt; }
  std::optional<Endpoint> remote() const override { return std::nullopt; }

 private:
  void take(char c) {
    line_ += c;
    if (!line_.ends_with("\r\n")) return;
    if (is_in_body_) {
      is_in_body_ = line_ != ".\r\n";
      if (!is_in_body_) replies_ += "250 2.0.0 ok\r\n";
    } else if (line_.starts_with("EHLO")) {
      replies_ += "250-mx.test\r\n250 PIPELINING\r\n";
    } else {
      is_in_body_ = line_ == "DATA\r\n";
      replies_ += is_in_body_ ? "354 go on\r\n" : "250 2.1.5 ok\r\n";
    }
    line_.clear();
  }

  std::size_t& most_unread_;
  std::size_t unread_ = 0;
  std::string replies_ = "220 mx.test\r\n";
  std::string line_;
  bool is_in_body_ = false;
};

// Less than any socket buffer, which holds all of it however little the server reads.
TEST(Flight, IsNeverLargerThanWhatFitsTheSocketBuffers_Line106) {
  std::vector<std::string> recipients;
  for (int i = 0; i < 100; ++i)
    recipients.push_back(std::string(60, 'a') + std::to_string(i) + "@" + std::string(60, 'd') +
                         "." + std::string(60, 'd') + "." + std::string(60, 'd') + ".example");
  auto request = a_request(recipients);
  std::vector<std::size_t> all(recipients.size());
  for (std::size_t i = 0; i < all.size(); ++i)
    all[i] = i;
  const SmtpSettings settings{.hostname = "mail.example.org"};
  const auto tls = TlsClient::make(std::nullopt).value();
  std::size_t most_unread = 0;
  Session session({.settings = settings, .tls = *tls},
                  std::make_unique<CountingServer>(most_unread),
                  {.name = "mx.test", .level = mail::TlsLevel::none},
                  SteadyInstant{});

  const auto setback = run_on_own_loop(session.open());
  const auto came_to = run_on_own_loop(session.transact(&request, all));

  EXPECT_FALSE(setback);
  for (const auto& outcome : came_to.outcomes)
    EXPECT_EQ(outcome.verdict, mail::Verdict::delivered);
  EXPECT_GT(most_unread, 4096U);
  EXPECT_LE(most_unread, 8192U);
}

}  // namespace
}  // namespace greyhound::smtp
