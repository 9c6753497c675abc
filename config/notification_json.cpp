#include "config/notification_json.hpp"

#include <fmt/format.h>

#include "config/notice_texts_json.hpp"
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

notify::PostmasterCopies read_copies(const Setting& kinds) {
  notify::PostmasterCopies copies;
  for (const auto& kind : kinds.items()) {
    if (kind.text() == "failure") copies.of_failures = true;
    if (kind.text() == "delay") copies.of_delays = true;
    if (kind.text() == "double_bounce") copies.of_bounces = true;
  }
  return copies;
}

// What is given goes over what is there: the defaults, or of an exception the usual terms.
class TermsReader {
 public:
  TermsReader(const NoticeLibrary& library, Reporter& report)
      : library_(library), report_(report) {}

  void read(const Setting& from, notify::NoticeTerms& terms) {
    if (from.has("delay")) read_delay(from.at("delay"), terms.delay);
    if (from.has("failure")) read_failure(from.at("failure"), terms.failure);
    if (from.has("success") && from.at("success").has("enabled"))
      terms.success.is_enabled = from.at("success").at("enabled").truth();
    if (from.has("languages")) read_languages(from.at("languages"), terms.texts);
  }

 private:
  static void read_delay(const Setting& from, notify::DelaySettings& delay) {
    if (from.has("enabled")) delay.is_enabled = from.at("enabled").truth();
    if (from.has("after_retry")) delay.after_retry = from.at("after_retry").number<std::uint32_t>();
    if (from.has("not_before")) delay.not_before = from.at("not_before").duration();
    if (from.has("grace")) delay.grace = from.at("grace").duration();
    if (from.has("skip_bulk")) delay.skip_bulk = from.at("skip_bulk").truth();
  }

  static void read_failure(const Setting& from, notify::FailureSettings& failure) {
    if (from.has("enabled")) failure.is_enabled = from.at("enabled").truth();
    if (from.has("return")) failure.return_content = read_return(from.at("return").text());
    if (from.has("max_body")) failure.max_body_bytes = from.at("max_body").size_bytes();
  }

  void read_languages(const Setting& from, std::vector<notify::NoticeTextsPtr>& texts) {
    std::vector<notify::NoticeTextsPtr> read;
    for (const auto& language : from.items()) {
      if (auto found = texts_in(library_, language.text())) {
        read.push_back(std::move(found));
        continue;
      }
      std::string known;
      for (const auto& [tag, words] : library_)
        known += (known.empty() ? "" : ", ") + words->language;
      report_.error(
          language,
          fmt::format("is {}, of which there are no texts", shown(language.text())),
          fmt::format("write one of {}, or a file in the folder of \"templates\"", known));
    }
    if (!read.empty()) texts = std::move(read);
  }

  const NoticeLibrary& library_;
  Reporter& report_;
};

notify::NoticeRule read_rule(const Setting& rule,
                             const notify::NoticeTerms& usual,
                             TermsReader& terms) {
  notify::NoticeRule read{.terms = usual};
  const auto match = rule.at("match");
  if (match.has("sender")) read.senders = match.at("sender").globs();
  if (match.has("domain")) read.domains = match.at("domain").globs();
  if (match.has("class")) read.classes = match.at("class").reply_classes();
  terms.read(rule, read.terms);
  return read;
}

}  // namespace

void read_notification(const Setting& whole,
                       const std::string& domain,
                       Reporter& report,
                       Problems& texts,
                       notify::NotificationSettings& settings) {
  const auto templates = whole.at("templates");
  const auto library =
      templates.is_null() ? shipped_notice_texts() : load_notice_texts(templates.text(), texts);
  TermsReader terms(library, report);
  terms.read(whole, settings);
  for (const auto& rule : whole.at("rules").items())
    settings.rules.push_back(read_rule(rule, settings, terms));
  const auto postmaster = whole.at("postmaster");
  settings.postmaster = read_postmaster(postmaster.at("address"), domain, report);
  settings.copies = read_copies(postmaster.at("copy"));
  settings.keep_undeliverable = whole.at("undeliverable").at("keep").duration();
}

}  // namespace greyhound::config
