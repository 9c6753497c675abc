#include "world/scripted_courier.hpp"

#include <algorithm>
#include <utility>

namespace greyhound::world {

Awaitable<mail::Located> ScriptedCourier::locate(std::string domain,
                                                 mail::ReversePath,
                                                 mail::TlsWish) {
  if (const auto found = no_site.find(domain); found != no_site.end()) co_return found->second;
  const auto known = site_of.find(domain);
  mail::Site site{.key = known == site_of.end() ? domain : known->second, .hosts = {}};
  co_return site;
}

Awaitable<mail::AttemptReport> ScriptedCourier::attempt(mail::AttemptRequest request,
                                                        mail::Site site) {
  struct Running {
    std::size_t& count;
    ~Running() { --count; }
  } running{running_at[site.key]};
  ++running.count;
  most_running_at[site.key] = std::max(most_running_at[site.key], running.count);
  std::size_t total = 0;
  for (const auto& [name, count] : running_at)
    total += count;
  most_running = std::max(most_running, total);

  MadeAttempt made{.at = clock_.wall(),
                   .label = request.label,
                   .site = site.key,
                   .recipients = {},
                   .body = "",
                   .affinity = request.affinity,
                   .from = request.reverse_path};
  std::vector<std::size_t> all;
  for (const auto& recipient : request.recipients) {
    all.push_back(made.recipients.size());
    made.recipients.push_back(recipient.address.text());
  }
  for (;;) {
    auto chunk = co_await request.body->next();
    if (!chunk) {
      mail::AttemptReport spoilt;
      spoilt.our_fault = chunk.error().what;
      co_return spoilt;
    }
    if (chunk->empty()) break;
    made.body += *chunk;
  }
  if (sends_the_dot) {
    if (const auto marked = co_await request.in_doubt->set(std::move(all)); !marked) {
      mail::AttemptReport spoilt;
      spoilt.our_fault = marked.error().what;
      co_return spoilt;
    }
  }
  attempts.push_back(made);
  if (attempt_takes > Duration::zero()) co_await clock_.sleep(attempt_takes);
  co_return script_(made);
}

}  // namespace greyhound::world
