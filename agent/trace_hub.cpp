#include "agent/trace_hub.hpp"

#include <algorithm>
#include <utility>

#include "runtime/must.hpp"

namespace greyhound::agent {
namespace {

// Of a line, with what it is about.
std::size_t size_of(const TraceLine& line) {
  return sizeof line + line.text.size() + line.subject.delivery.size() +
         line.subject.domain.size() + line.subject.host.size();
}

}  // namespace

bool TraceFilter::fits(const mail::TraceSubject& subject) const {
  const auto is_of = [&subject](const Mail& one) {
    return one.is_message ? subject.delivery.starts_with(one.id + "-") : subject.delivery == one.id;
  };
  if (std::any_of(mail.begin(), mail.end(), is_of)) return true;
  if (!site.empty() && (subject.domain == site || subject.host == site)) return true;
  return address && subject.remote && subject.remote->address == *address;
}

TraceHub::~TraceHub() {
  MUST(watches_.empty());
}

std::unique_ptr<TraceHub::Watch> TraceHub::watch(TraceFilter filter) {
  auto made = std::make_unique<Watch>(*this, std::move(filter));
  const std::lock_guard lock(mutex_);
  watches_.push_back(made.get());
  watchers_.store(watches_.size(), std::memory_order_relaxed);
  return made;
}

bool TraceHub::wants(const mail::TraceSubject& subject) const {
  const std::lock_guard lock(mutex_);
  return std::any_of(watches_.begin(), watches_.end(), [&subject](const Watch* watch) {
    return watch->filter_.fits(subject);
  });
}

void TraceHub::show(const mail::TraceSubject& subject, mail::TraceKind kind, std::string line) {
  const TraceLine shown{
      .at = clock_.wall(), .subject = subject, .kind = kind, .text = std::move(line)};
  const std::lock_guard lock(mutex_);
  for (auto* const watch : watches_) {
    if (watch->filter_.fits(subject)) watch->add(shown);
  }
}

TraceHub::Watch::~Watch() {
  const std::lock_guard lock(hub_.mutex_);
  hub_.watches_.remove(this);
  hub_.watchers_.store(hub_.watches_.size(), std::memory_order_relaxed);
}

TraceTaken TraceHub::Watch::take() {
  const std::lock_guard lock(hub_.mutex_);
  waiting_bytes_ = 0;
  return std::exchange(waiting_, {});
}

void TraceHub::Watch::add(TraceLine line) {
  waiting_bytes_ += size_of(line);
  // Once one is lost the next ones are as well: the hole has one place, behind what is kept.
  if (waiting_.lost > 0 || waiting_bytes_ > max_waiting_bytes) {
    ++waiting_.lost;
  } else {
    waiting_.lines.push_back(std::move(line));
  }
}

}  // namespace greyhound::agent
