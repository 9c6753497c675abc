#include "e2e/mail_tally.hpp"

#include <algorithm>
#include <cstdio>
#include <optional>

#include <nlohmann/json.hpp>

#include "e2e/log_event.hpp"
#include "e2e/notice_reader.hpp"
#include "e2e/numbered_letter.hpp"

namespace greyhound::e2e {
namespace {

using nlohmann::json;

// "2026-03-01T12:00:00.123Z", the first word of a line of the agent's log.
std::optional<Instant> time_of(const std::string& line) {
  int year = 0;
  unsigned month = 0;
  unsigned day = 0;
  long hours = 0;
  long minutes = 0;
  double seconds = 0;
  const int fields = std::sscanf(
      line.c_str(), "%d-%u-%uT%ld:%ld:%lfZ", &year, &month, &day, &hours, &minutes, &seconds);
  if (fields != 6) return std::nullopt;
  const std::chrono::year_month_day date{
      std::chrono::year(year), std::chrono::month(month), std::chrono::day(day)};
  return std::chrono::sys_days(date) + std::chrono::hours(hours) + std::chrono::minutes(minutes) +
         std::chrono::round<std::chrono::milliseconds>(std::chrono::duration<double>(seconds));
}

std::string_view header_of(std::string_view message) {
  return message.substr(0, message.find("\r\n\r\n"));
}

// What stands between `left` and `right`; "": they do not.
std::string between(std::string_view text, std::string_view left, std::string_view right) {
  const auto start = text.find(left);
  if (start == std::string_view::npos) return {};
  text.remove_prefix(start + left.size());
  return std::string(text.substr(0, text.find(right)));
}

std::string field(const HeaderFields& fields, const std::string& name) {
  const auto found = fields.find(name);
  return found == fields.end() ? std::string() : found->second;
}

}  // namespace

void MailTally::take_accepted(const AcceptedLetter& letter) {
  accepted_[letter.number] = letter.recipients;
}

void MailTally::take_journal_line(const std::string& line) {
  const auto entry = json::parse(line, nullptr, false);
  const auto event = entry.is_object() ? entry.value("event", "") : "";
  if (event == "recipient" && !entry.value("accepted", true)) {
    ++refusals_[entry.value("recipient", "")];
  }
  if (event == "message" && entry.value("accepted", false)) take_message(entry);
}

void MailTally::take_message(const json& message) {
  const auto bytes = message.value("bytes", "");
  const bool is_notice = message.value("sender", "?").empty();
  const auto queue_id = is_notice ? take_notice(bytes) : take_letter(bytes);
  const Instant at{std::chrono::microseconds(message.value("at_us", std::int64_t{0}))};
  for (const auto& recipient : message.value("recipients", std::vector<std::string>())) {
    arrivals_[{queue_id, recipient}].push_back(at);
    if (!is_notice) reached_.insert(recipient);
  }
}

std::string MailTally::take_letter(std::string_view bytes) {
  const auto header = read_header(header_of(bytes));
  auto queue_id = between(field(header, "received"), " id ", ";");
  const auto number = number_in(header_of(bytes));
  if (!number || queue_id.empty() || !bytes.ends_with(numbered_letter(seed_, *number).bytes)) {
    damaged_.push_back("a letter whose header is\n" + std::string(header_of(bytes)));
    return queue_id;
  }
  queue_ids_[*number].insert(queue_id);
  return queue_id;
}

std::string MailTally::take_notice(std::string_view bytes) {
  const auto notice = read_notice(bytes);
  const auto number = notice ? number_in(notice->original.body) : std::nullopt;
  const bool is_delay =
      notice && std::ranges::all_of(notice->about_recipients, [](const HeaderFields& recipient) {
        return field(recipient, "action") == "delayed";
      });
  if (!number || !is_delay) {
    damaged_.push_back("a notice that is no report of a delay:\n" + std::string(bytes));
    return {};
  }
  auto queue_id = between(field(notice->header, "message-id"), "<", "@");
  notices_[*number].insert(queue_id);
  return queue_id;
}

void MailTally::take_agent_line(const std::string& line) {
  const auto event = LogEvent::parse(line);
  if (!event) return;
  const auto delivery = event->field("delivery");
  if (delivery.empty()) return;
  if (const auto to = event->field("to"); !to.empty()) domains_[delivery] = domain_of(to);
  const auto at = time_of(line);
  if (event->event == "in_doubt" && at) doubts_[delivery].push_back(*at);
}

MailTally::Totals MailTally::totals() const {
  Totals totals{.accepted = accepted_.size(),
                .arrived = reached_.size(),
                .in_doubt = doubts_.size(),
                .repeated = 0,
                .notices = 0};
  for (const auto& [mail, times] : arrivals_)
    totals.repeated += times.size() - 1;
  for (const auto& [number, ids] : notices_)
    totals.notices += ids.size();
  return totals;
}

std::vector<std::string> MailTally::lost() const {
  std::vector<std::string> found;
  for (const auto& [number, recipients] : accepted_) {
    for (const auto& recipient : recipients) {
      const bool is_kept_waiting = domain_of(recipient) == full_domain;
      if (is_kept_waiting ? refusals_.contains(recipient) : reached_.contains(recipient)) continue;
      found.push_back("letter " + std::to_string(number) + " to " + recipient);
    }
  }
  return found;
}

std::vector<std::string> MailTally::damaged() const {
  return damaged_;
}

std::vector<std::string> MailTally::repeated_without_doubt() const {
  std::vector<std::string> found;
  for (const auto& [mail, times] : arrivals_) {
    const auto& [queue_id, recipient] = mail;
    for (std::size_t i = 1; i < times.size(); ++i) {
      if (was_in_doubt(queue_id, recipient, times[i - 1], times[i])) continue;
      found.emplace_back(queue_id).append(" to ").append(recipient);
      found.back().append(", arrival ").append(std::to_string(i + 1));
    }
  }
  return found;
}

// A delivery serves one domain; which one, no line may have told before the agent died.
bool MailTally::was_in_doubt(std::string_view queue_id,
                             std::string_view recipient,
                             Instant after,
                             Instant before) const {
  const auto prefix = std::string(queue_id) + "-";
  for (auto one = doubts_.lower_bound(prefix); one != doubts_.end(); ++one) {
    const auto& [delivery, times] = *one;
    if (!delivery.starts_with(prefix)) break;
    const auto domain = domains_.find(delivery);
    if (domain != domains_.end() && domain->second != domain_of(recipient)) continue;
    const bool is_between = std::ranges::any_of(times, [&](Instant at) {
      constexpr auto log_resolution = std::chrono::milliseconds(1);
      return at + log_resolution > after && at < before;
    });
    if (is_between) return true;
  }
  return false;
}

std::vector<std::string> MailTally::queued_twice() const {
  std::vector<std::string> found;
  for (const auto& [number, ids] : queue_ids_) {
    if (ids.size() > 1) found.push_back("letter " + std::to_string(number));
  }
  return found;
}

std::vector<std::string> MailTally::notified_twice() const {
  std::vector<std::string> found;
  for (const auto& [number, ids] : notices_) {
    if (ids.size() > 1) found.push_back("letter " + std::to_string(number));
  }
  return found;
}

std::vector<std::string> MailTally::never_notified() const {
  std::vector<std::string> found;
  for (const auto number : deferred_letters()) {
    if (fewest_refusals(number) < tries_before_notice || notices_.contains(number)) continue;
    found.push_back("letter " + std::to_string(number));
  }
  return found;
}

std::vector<std::string> MailTally::rarely_deferred() const {
  std::vector<std::string> found;
  for (const auto number : deferred_letters()) {
    if (fewest_refusals(number) >= tries_before_notice) continue;
    found.push_back("letter " + std::to_string(number));
  }
  return found;
}

std::set<std::uint64_t> MailTally::deferred_letters() const {
  std::set<std::uint64_t> numbers;
  for (const auto& [number, recipients] : accepted_) {
    if (std::ranges::any_of(recipients,
                            [](const auto& to) { return domain_of(to) == full_domain; })) {
      numbers.insert(number);
    }
  }
  return numbers;
}

std::size_t MailTally::fewest_refusals(std::uint64_t number) const {
  std::size_t fewest = SIZE_MAX;
  for (const auto& recipient : accepted_.at(number)) {
    if (domain_of(recipient) != full_domain) continue;
    const auto found = refusals_.find(recipient);
    fewest = std::min(fewest, found == refusals_.end() ? 0 : found->second);
  }
  return fewest;
}

}  // namespace greyhound::e2e
