// An MxResolver over a DNS of tables.
#pragma once

#include <map>
#include <optional>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include <gtest/gtest.h>

#include "smtp_client/dns/mx_resolver.hpp"
#include "unit/smtp_client/attempt_fixture.hpp"
#include "unit/smtp_client/dns/no_resolver.hpp"

namespace greyhound::smtp {

inline DnsAnswer<MxRecord> no_mx(DnsStatus status) {
  return {.status = status, .records = {}, .is_secure = false, .reason = "MX: SERVFAIL"};
}

// Answers from tables; what is not in them does not exist. Counts the questions.
class TableResolver final : public NoResolver {
 public:
  std::map<std::string, std::vector<DnsAnswer<MxRecord>>> mx_answers;  // the last one repeats
  std::map<std::string, std::vector<std::string>> addresses;
  std::set<std::string> signed_names;          // whose MX and addresses are secure
  std::map<std::string, std::string> aliases;  // to the names whose addresses theirs are
  std::map<std::string, DnsAnswer<mail::TlsaRecord>> tlsa_answers;
  std::set<std::string> broken;  // hosts whose address questions fail
  std::map<std::string, int> mx_questions;
  std::map<std::string, int> address_questions;
  std::vector<std::string> tlsa_questions;

  void add_mx(const std::string& domain, std::vector<MxRecord> records) {
    mx_answers[domain] = {{.status = DnsStatus::found, .records = std::move(records)}};
  }

  Awaitable<DnsAnswer<MxRecord>> mx(std::string domain) override {
    const auto use = static_cast<std::size_t>(mx_questions[domain]++);
    const auto answers = mx_answers.find(domain);
    if (answers == mx_answers.end()) {
      const bool exists = addresses.contains(domain) || broken.contains(domain);
      co_return no_mx(exists ? DnsStatus::no_data : DnsStatus::no_such_name);
    }
    auto answer = answers->second[std::min(use, answers->second.size() - 1)];
    answer.is_secure = signed_names.contains(domain);
    co_return answer;
  }
  Awaitable<DnsAnswer<IpAddress>> a(std::string host) override {
    co_return look_up(host, [](const IpAddress& address) { return address.is_v4(); });
  }
  Awaitable<DnsAnswer<IpAddress>> aaaa(std::string host) override {
    co_return look_up(host, [](const IpAddress& address) { return !address.is_v4(); });
  }
  Awaitable<DnsAnswer<mail::TlsaRecord>> tlsa(std::string name) override {
    tlsa_questions.push_back(name);
    const auto found = tlsa_answers.find(name);
    if (found != tlsa_answers.end()) co_return found->second;
    co_return DnsAnswer<mail::TlsaRecord>{.status = DnsStatus::no_such_name};
  }

 private:
  template <class Fits>
  DnsAnswer<IpAddress> look_up(const std::string& host, Fits fits) {
    ++address_questions[host];
    DnsAnswer<IpAddress> answer{.status = DnsStatus::failed, .reason = host + ": SERVFAIL"};
    if (broken.contains(host)) return answer;
    answer.is_secure = signed_names.contains(host);
    const auto alias = aliases.find(host);
    answer.canonical = alias == aliases.end() ? host : alias->second;
    answer.status = addresses.contains(host) ? DnsStatus::no_data : DnsStatus::no_such_name;
    for (const auto& text : addresses[host]) {
      const auto address = *IpAddress::parse(text);
      if (fits(address)) answer.records.push_back(address);
    }
    if (!answer.records.empty()) answer.status = DnsStatus::found;
    return answer;
  }
};

class StillClock final : public Clock {
 public:
  SteadyInstant steady_now{std::chrono::hours(1)};
  Instant wall() const override { return Instant{}; }
  SteadyInstant steady() const override { return steady_now; }
  Awaitable<> sleep(Duration) override { co_return; }
};

class MxResolverTest : public testing::Test {
 protected:
  mail::Located locate(std::string domain, mail::ReversePath sender = std::nullopt) {
    if (!mx_) {
      mx_.emplace(MxResolver::Parts{.settings = settings,
                                    .resolver = dns,
                                    .clock = clock,
                                    .random = random,
                                    .self_test = self_test});
    }
    return run_on_own_loop(mx_->locate(std::move(domain), std::move(sender), wish));
  }

  mail::Site site(std::string domain, mail::ReversePath sender = std::nullopt) {
    auto located = locate(std::move(domain), std::move(sender));
    if (auto* none = std::get_if<mail::NoSite>(&located)) {
      ADD_FAILURE() << "no site: " << none->outcome.to_string();
      return {};
    }
    return std::get<mail::Site>(std::move(located));
  }

  std::vector<std::string> hosts(std::string domain) {
    std::vector<std::string> names;
    for (const auto& host : site(std::move(domain)).hosts)
      names.push_back(host.name);
    return names;
  }

  // "refused 5.1.2 reason"
  std::string why_not(std::string domain) {
    const auto located = locate(std::move(domain));
    const auto* none = std::get_if<mail::NoSite>(&located);
    if (none == nullptr) return "there is a site";
    EXPECT_EQ(none->outcome.stage, mail::Stage::dns);
    EXPECT_EQ(none->outcome.reply, std::nullopt);
    is_ours = none->is_ours;
    return std::string(to_string(none->outcome.verdict)) + " " + none->outcome.to_string();
  }

  SmtpSettings settings{.hostname = "mail.example.org"};
  TableResolver dns;
  StillClock clock;
  Random random{1};
  std::optional<std::string> self_test;
  bool is_ours = false;
  mail::TlsWish wish = mail::TlsWish::as_usual;

 private:
  std::optional<MxResolver> mx_;
};

}  // namespace greyhound::smtp
