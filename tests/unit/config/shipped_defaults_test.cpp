// The shipped files are the defaults: these tests hold them against what is promised.
#include <fstream>
#include <sstream>
#include <string>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "config/embedded.hpp"
#include "config/peer_schedules_json.hpp"
#include "unit/config/config_folder.hpp"
#include "unit/config/settings_text.hpp"

namespace greyhound::config {
namespace {

using namespace std::chrono_literals;
using testing::ElementsAre;
using testing::IsEmpty;

std::string file_text(const std::string& name) {
  std::ifstream file(std::string(GREYHOUND_SOURCE_DIR) + "/config/" + name);
  std::ostringstream text;
  text << file.rdbuf();
  return text.str();
}

TEST(ShippedDefaults, AreTheFilesOfTheTree) {
  EXPECT_EQ(greyhound_defaults, file_text("greyhound.json"));
  EXPECT_EQ(retry_defaults, file_text("retry.json"));
  EXPECT_EQ(notification_defaults, file_text("notification.json"));
  EXPECT_EQ(greylisters_defaults, file_text("greylisters.json"));
  EXPECT_EQ(replies_defaults, file_text("replies.json"));
  EXPECT_EQ(replies_schema, file_text("schema/replies.schema.json"));
  EXPECT_EQ(greylisters_schema, file_text("schema/greylisters.schema.json"));
  EXPECT_EQ(greyhound_schema, file_text("schema/greyhound.schema.json"));
  EXPECT_EQ(retry_schema, file_text("schema/retry.schema.json"));
  EXPECT_EQ(notification_schema, file_text("schema/notification.schema.json"));
  EXPECT_EQ(notice_texts_schema, file_text("schema/notice_texts.schema.json"));
  EXPECT_EQ(notices_de, file_text("notices/de.json"));
  EXPECT_EQ(notices_en, file_text("notices/en.json"));
  EXPECT_EQ(notices_es, file_text("notices/es.json"));
  EXPECT_EQ(notices_fr, file_text("notices/fr.json"));
}

TEST(ShippedDefaults, LoadWithoutAnyProblemAndMeanTheSameAsNoFile) {
  ConfigFolder empty;

  const auto without_files = load(empty.path());
  const auto with_files = load(std::filesystem::path(GREYHOUND_SOURCE_DIR) / "config");

  EXPECT_EQ(all_of(without_files.problems), "");
  EXPECT_EQ(all_of(with_files.problems), "");
  EXPECT_EQ(settings_text(without_files.settings), settings_text(with_files.settings));
}

TEST(ShippedDefaults, AgentIsAsPromised) {
  ConfigFolder empty;

  const auto settings = load(empty.path()).settings;

  EXPECT_FALSE(settings.hostname.empty());
  EXPECT_EQ(settings.domain, settings.hostname);
  EXPECT_EQ(settings.state_dir, "/var/lib/greyhound");
  EXPECT_EQ(settings.control_socket, "/run/greyhound/control.sock");
  EXPECT_EQ(settings.threads, 0U);
  EXPECT_EQ(settings.queue.folder, "/var/lib/greyhound/queue");
  EXPECT_EQ(settings.queue.memory_bytes, 268'435'456U);
  EXPECT_EQ(settings.queue.reserve_disk_bytes, 268'435'456U);
  EXPECT_EQ(settings.concurrency.per_site, 20U);
  EXPECT_EQ(settings.concurrency.total, 500U);
}

TEST(ShippedDefaults, RampIsAsPromised) {
  ConfigFolder empty;

  const auto ramp = load(empty.path()).settings.retry.ramp;

  EXPECT_EQ(ramp.per_second, 200U);
  EXPECT_EQ(ramp.per_site_per_second, 5U);
  EXPECT_EQ(ramp.doubles_every, 10s);
}

TEST(ShippedDefaults, IntakeIsAsPromised) {
  ConfigFolder empty;

  const auto intake = load(empty.path()).settings.intake;

  const intake::TcpListener loopback{{*IpAddress::parse("127.0.0.1"), 2525}};
  const intake::UnixListener socket{"/run/greyhound/smtp.sock", 0666};
  EXPECT_THAT(intake.listeners, ElementsAre(intake::Listener(loopback), intake::Listener(socket)));
  EXPECT_THAT(intake.relay_from,
              ElementsAre(*IpNetwork::parse("127.0.0.0/8"), *IpNetwork::parse("::1/128")));
  EXPECT_EQ(intake.max_message_bytes, 52'428'800U);
  EXPECT_EQ(intake.max_recipients, 1000U);
  EXPECT_EQ(intake.max_sessions, 500U);
  EXPECT_EQ(intake.max_header_bytes, 1'048'576U);
  EXPECT_EQ(intake.max_line_bytes, 1'048'576U);
  EXPECT_EQ(intake.per_client, intake::ClientLimits{});
  EXPECT_EQ(intake.bare_line_ends, intake::BareLineEnds::refuse);
  EXPECT_TRUE(intake.completes_headers);
  EXPECT_FALSE(intake.tls || intake.password_file || intake.local_to);
}

TEST(ShippedDefaults, SmtpAndDnsAreAsPromised_Line23) {
  ConfigFolder empty;

  const auto settings = load(empty.path()).settings;

  const auto& smtp = settings.smtp;
  EXPECT_EQ(smtp.hostname, settings.hostname);
  EXPECT_EQ(smtp.port, 25);
  EXPECT_THAT(smtp.source_addresses, IsEmpty());
  EXPECT_EQ(smtp.family, smtp::AddressFamily::any);
  EXPECT_EQ(smtp.timeouts.connect, 30s);
  EXPECT_EQ(smtp.timeouts.greeting, 5min);
  EXPECT_EQ(smtp.timeouts.ehlo, 5min);
  EXPECT_EQ(smtp.timeouts.mail, 5min);
  EXPECT_EQ(smtp.timeouts.rcpt, 5min);
  EXPECT_EQ(smtp.timeouts.data, 2min);
  EXPECT_EQ(smtp.timeouts.block, 3min);
  EXPECT_EQ(smtp.timeouts.final, 10min);
  EXPECT_EQ(smtp.max_mx, 10U);
  EXPECT_THAT(smtp.routes, IsEmpty());
  EXPECT_THAT(smtp.own_listeners, ElementsAre(Endpoint{*IpAddress::parse("127.0.0.1"), 2525}));
  std::string denied;
  for (const auto& network : smtp.deny_targets)
    denied += network.to_string() + " ";
  EXPECT_EQ(denied,
            "127.0.0.0/8 ::1/128 0.0.0.0/8 ::/128 169.254.0.0/16 fe80::/10 224.0.0.0/4 ff00::/8 "
            "255.255.255.255/32 ");
  EXPECT_THAT(settings.dns.servers, IsEmpty());
  EXPECT_EQ(settings.dns.timeout, 10s);
  EXPECT_EQ(settings.dns.self_test, std::nullopt);
  EXPECT_EQ(settings.dns.dnssec, smtp::Dnssec::validate);
  EXPECT_EQ(settings.dns.trust_anchor, std::nullopt);
  EXPECT_TRUE(smtp.tls.dane);
}

TEST(ShippedDefaults, RetryRuleIsAsPromised_Line44) {
  ConfigFolder empty;

  const auto rules = load(empty.path()).settings.retry.rules;

  ASSERT_EQ(rules.size(), 1U);
  const auto& rule = rules[0];
  EXPECT_EQ(rule.name, "default");
  EXPECT_TRUE(rule.match.domains.empty() && rule.match.senders.empty());
  EXPECT_FALSE(rule.match.needs_reply());
  EXPECT_THAT(rule.retry, ElementsAre(5min, 10min, 20min, 40min, 90min, 3h));
  EXPECT_THAT(rule.greylist, ElementsAre(6min, 10min, 15min, 30min, 45min, 90min));
  EXPECT_DOUBLE_EQ(rule.jitter_fraction, 0.05);
  EXPECT_TRUE(rule.adapt);
  EXPECT_EQ(rule.lifetime, 120h);
  EXPECT_EQ(rule.lifetime_null_sender, 24h);
  EXPECT_EQ(rule.max_attempts, std::nullopt);
  EXPECT_EQ(rule.in_doubt_wait, 30min);
  EXPECT_EQ(rule.in_doubt_then, scheduler::InDoubtPolicy::retry);
}

TEST(ShippedDefaults, NotificationIsAsPromised) {
  ConfigFolder empty;

  const auto loaded = load(empty.path());

  const auto& settings = loaded.settings.notification;
  EXPECT_TRUE(settings.delay.is_enabled);
  EXPECT_EQ(settings.delay.after_retry, 2U);
  EXPECT_EQ(settings.delay.not_before, 0s);
  EXPECT_TRUE(settings.delay.skip_bulk);
  EXPECT_TRUE(settings.failure.is_enabled);
  EXPECT_EQ(settings.failure.return_content, notify::ReturnContent::as_requested);
  EXPECT_EQ(settings.failure.max_body_bytes, 65'536U);
  EXPECT_EQ(settings.delay.grace, 0s);
  EXPECT_TRUE(settings.success.is_enabled);
  ASSERT_EQ(settings.texts.size(), 1U);
  EXPECT_EQ(settings.texts[0]->language, "en");
  EXPECT_TRUE(settings.rules.empty());
  EXPECT_EQ(settings.keep_undeliverable, std::chrono::days(30));
  EXPECT_EQ(settings.postmaster, "postmaster@" + loaded.settings.domain);
}

class Example : public testing::TestWithParam<const char*> {};

TEST_P(Example, LoadsWithoutAnyProblem) {
  const auto folder = std::filesystem::path(GREYHOUND_SOURCE_DIR) / "config/examples" / GetParam();

  ASSERT_TRUE(std::filesystem::exists(folder));
  EXPECT_EQ(all_of(load(folder).problems), "");
}

INSTANTIATE_TEST_SUITE_P(Config,
                         Example,
                         testing::Values("mailenable_schedule", "smarthost", "lan_relay"),
                         [](const auto& instance) { return std::string(instance.param); });

TEST(Examples, AreAllCoveredByATest) {
  std::vector<std::string> names;
  const auto folder = std::filesystem::path(GREYHOUND_SOURCE_DIR) / "config/examples";
  for (const auto& entry : std::filesystem::directory_iterator(folder)) {
    names.push_back(entry.path().filename().string());
  }

  EXPECT_THAT(names,
              testing::UnorderedElementsAre(
                  "mailenable_schedule", "smarthost", "lan_relay", "peer_schedules.json"));
}

TEST(Examples, OfOtherSendersSchedulesAreReadWithoutAProblem) {
  const auto file =
      std::filesystem::path(GREYHOUND_SOURCE_DIR) / "config/examples" / "peer_schedules.json";
  Problems problems;

  const auto text = read_list(file, problems);
  const auto schedules = read_peer_schedules(file.string(), *text, problems);

  EXPECT_THAT(problems, testing::IsEmpty());
  EXPECT_THAT(schedules, testing::SizeIs(25));
}

TEST(Examples, MeanWhatTheirCommentsSay) {
  const auto folder = std::filesystem::path(GREYHOUND_SOURCE_DIR) / "config/examples";

  const auto mailenable = load(folder / "mailenable_schedule").settings.retry.rules;
  const auto smarthost = load(folder / "smarthost").settings;
  const auto relay = load(folder / "lan_relay").settings;

  EXPECT_THAT(mailenable.at(0).retry, ElementsAre(15min, 30min, 1h, 4h));
  EXPECT_EQ(mailenable.at(0).jitter_fraction, 0);
  ASSERT_EQ(smarthost.smtp.routes.size(), 2U);
  EXPECT_THAT(smarthost.smtp.routes[1].next_hops,
              ElementsAre(smtp::NextHop{"relay1.example.net", 25, 0},
                          smtp::NextHop{"relay2.example.net", 25, 1}));
  EXPECT_THAT(relay.retry.rules.at(1).match.senders, ElementsAre(""));
  EXPECT_EQ(relay.retry.rules.at(2).lifetime, 120h);
  EXPECT_EQ(relay.notification.postmaster, "postmaster@example.org");
}

}  // namespace
}  // namespace greyhound::config
