#include "config/notification_json.hpp"

#include "mail/address.hpp"

namespace greyhound::config {
namespace {

using notify::ReturnContent;

ReturnContent read_return(const std::string& word) {
  if (word == "headers") return ReturnContent::headers;
  return word == "full" ? ReturnContent::full : ReturnContent::as_requested;
}

std::string read_postmaster(const Setting& address, const std::string& domain, Reporter& report) {
  const bool is_whole = address.text().find('@') != std::string::npos;
  auto mailbox = is_whole ? address.text() : address.text() + "@" + domain;
  // Both parts are fit by themselves; together they may still be longer than a path can be.
  if (!mail::Address::parse(mailbox)) {
    report.error(address, "is no mail address with the domain " + shown(domain), "write it whole");
  }
  return mailbox;
}

}  // namespace

void read_notification(const Setting& whole,
                       const std::string& domain,
                       Reporter& report,
                       notify::NotificationSettings& settings) {
  const auto delay = whole.at("delay");
  settings.delay.is_enabled = delay.at("enabled").truth();
  settings.delay.after_retry = delay.at("after_retry").number<std::uint32_t>();
  settings.delay.not_before = delay.at("not_before").duration();
  settings.delay.skip_bulk = delay.at("skip_bulk").truth();
  const auto failure = whole.at("failure");
  settings.failure.is_enabled = failure.at("enabled").truth();
  settings.failure.return_content = read_return(failure.at("return").text());
  settings.failure.max_body_bytes = failure.at("max_body").size_bytes();
  settings.postmaster = read_postmaster(whole.at("postmaster").at("address"), domain, report);
}

}  // namespace greyhound::config
