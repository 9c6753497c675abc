#include "smtp_client/sts/sts_policies.hpp"

#include <algorithm>
#include <optional>

#include "smtp_client/sts/sts_record.hpp"

namespace greyhound::smtp {
namespace {

constexpr std::chrono::hours after_failed_refresh{1};

Instant first_refresh(const StoredStsPolicy& stored) {
  return stored.fetched + std::min<Duration>(StsPolicies::refresh_age, stored.policy.max_age / 2);
}

// The disk's own thread runs these.
Awaitable<Result<>> save_there(StsFolder* folder, StsPolicies::Policy policy) {
  co_return folder->save(*policy);
}

Awaitable<Result<>> remove_there(StsFolder* folder, std::string domain) {
  co_return folder->remove(domain);
}

}  // namespace

StsPolicies::StsPolicies(const Executor& home, const std::filesystem::path& folder, Parts parts)
    : parts_(std::move(parts)), folder_(folder, parts_.log), tasks_(home) {}

void StsPolicies::load() {
  auto all = folder_.load();
  if (!all) return parts_.log.warning("mta_sts_folder_not_read", {{"why", all.error().what}});
  const auto now = parts_.clock.wall();
  for (auto& stored : *all) {
    stored.fetched = std::min(stored.fetched, now);  // the clock may have been set back since
    const auto refresh_at = first_refresh(stored);
    const auto domain = stored.domain;
    kept_[domain] = {.policy = std::make_shared<const StoredStsPolicy>(std::move(stored)),
                     .refresh_at = refresh_at};
  }
}

void StsPolicies::start() {
  tasks_.spawn("mta-sts refresh", keep_fresh());
}

Awaitable<> StsPolicies::let_go() {
  tasks_.cancel();
  co_await tasks_.join();
}

Awaitable<StsPolicies::Policy> StsPolicies::in_force(std::string domain) {
  co_await until_done(latest_look(domain));
  co_return valid(domain);
}

Awaitable<StsPolicies::Policy> StsPolicies::fetched_anew(std::string domain) {
  co_await look_anew(domain);
  co_return valid(domain);
}

Awaitable<> StsPolicies::look_anew(std::string domain) {
  if (auto look = recent_look(domain)) {
    const bool is_anew = look->wanted == Wanted::anew;
    co_await until_done(std::move(look));
    const auto policy = valid(domain);
    const bool is_fresh = policy && policy->fetched + look_lifetime > parts_.clock.wall();
    if (is_anew || is_fresh) co_return;
  }
  // Another one may have begun while we waited for the last.
  auto latest = recent_look(domain);
  if (!latest || latest->wanted != Wanted::anew) latest = begin_look(domain, Wanted::anew);
  co_await until_done(std::move(latest));
}

StsPolicies::LookPtr StsPolicies::recent_look(const std::string& domain) const {
  const auto found = looks_.find(domain);
  if (found == looks_.end()) return nullptr;
  const bool is_recent = found->second->begin + look_lifetime > parts_.clock.steady();
  return is_recent ? found->second : nullptr;
}

StsPolicies::LookPtr StsPolicies::latest_look(const std::string& domain) {
  auto look = recent_look(domain);
  const bool has_expired_since = look && look->has_found && !valid(domain);
  return look && !has_expired_since ? look : begin_look(domain, Wanted::if_changed);
}

StsPolicies::LookPtr StsPolicies::begin_look(const std::string& domain, Wanted wanted) {
  forget_old_looks();
  auto look = std::make_shared<Look>(tasks_.loop(), wanted, parts_.clock.steady());
  looks_[domain] = look;
  looks_by_age_.emplace_back(domain, look);
  tasks_.spawn("mta-sts look", run(domain, look));
  return look;
}

void StsPolicies::forget_old_looks() {
  const auto now = parts_.clock.steady();
  while (!looks_by_age_.empty()) {
    const auto& [domain, oldest] = looks_by_age_.front();
    const bool has_room = looks_by_age_.size() < max_domains;
    if (has_room && oldest->begin + look_lifetime > now) break;
    const auto known = looks_.find(domain);
    if (known != looks_.end() && known->second == oldest) looks_.erase(known);
    looks_by_age_.pop_front();
  }
}

Awaitable<> StsPolicies::until_done(LookPtr look) {
  if (look->is_done) co_return;
  co_await look->done.wait_at_most(&parts_.clock, look_limit);
  look->done.wake();  // the next one who waits for it
}

Awaitable<> StsPolicies::run(std::string domain, LookPtr look) {
  const auto answer = co_await parts_.resolver.txt("_mta-sts." + domain);
  std::optional<std::string> id;
  if (answer.status == DnsStatus::found) id = sts_id(answer.records);
  if (id) {
    const auto cached = valid(domain);
    const bool is_wanted = !cached || cached->id != *id || look->wanted == Wanted::anew;
    if (is_wanted) co_await fetch(domain, std::move(*id));
  }
  look->is_done = true;
  look->has_found = valid(domain) != nullptr;
  look->done.wake();
}

Awaitable<> StsPolicies::fetch(std::string domain, std::string id) {
  const auto text = co_await parts_.source.fetch(domain);
  auto policy = text ? parse_sts_policy(*text) : Result<StsPolicy>(text.error());
  if (!policy) {
    parts_.log.warning("mta_sts_fetch_failed",
                       {{"domain", domain},
                        {"id", id},
                        {"cached", valid(domain) ? "yes" : "no"},
                        {"why", policy.error().what}});
    co_return;
  }
  parts_.log.info("mta_sts_policy",
                  {{"domain", domain},
                   {"id", id},
                   {"mode", to_string(policy->mode)},
                   {"max_age_s", policy->max_age.count()}});
  StoredStsPolicy stored{.domain = std::move(domain),
                         .id = std::move(id),
                         .fetched = std::chrono::floor<std::chrono::seconds>(parts_.clock.wall()),
                         .policy = std::move(*policy)};
  keep(std::make_shared<const StoredStsPolicy>(std::move(stored)));
}

StsPolicies::Policy StsPolicies::valid(const std::string& domain) const {
  const auto found = kept_.find(domain);
  if (found == kept_.end()) return nullptr;
  const auto& policy = found->second.policy;
  return parts_.clock.wall() < policy->expiry() ? policy : nullptr;
}

// Where there is no room the one goes that would expire first.
void StsPolicies::keep(Policy policy) {
  if (kept_.size() >= max_domains && !kept_.contains(policy->domain)) {
    const auto first = std::min_element(kept_.begin(), kept_.end(), [](auto& a, auto& b) {
      return a.second.policy->expiry() < b.second.policy->expiry();
    });
    drop(std::string(first->first));
  }
  kept_[policy->domain] = {.policy = policy, .refresh_at = first_refresh(*policy)};
  tasks_.spawn("mta-sts file", save(std::move(policy)));
}

void StsPolicies::drop(const std::string& domain) {
  tasks_.spawn("mta-sts file", remove(domain));
  kept_.erase(domain);
}

Awaitable<> StsPolicies::save(Policy policy) {
  auto work = save_there(&folder_, std::move(policy));
  const auto saved = co_await run_on(parts_.disk, std::move(work));
  if (!saved) parts_.log.warning("mta_sts_file_not_written", {{"why", saved.error().what}});
}

Awaitable<> StsPolicies::remove(std::string domain) {
  auto work = remove_there(&folder_, std::move(domain));
  const auto removed = co_await run_on(parts_.disk, std::move(work));
  if (!removed) parts_.log.warning("mta_sts_file_not_removed", {{"why", removed.error().what}});
}

// One domain after the other: nobody waits for these.
Awaitable<> StsPolicies::keep_fresh() {
  for (;;) {
    co_await parts_.clock.sleep(between_rounds);
    drop_expired();
    std::vector<std::string> due;
    for (const auto& [domain, kept] : kept_) {
      if (kept.refresh_at <= parts_.clock.wall()) due.push_back(domain);
    }
    for (const auto& domain : due)
      co_await refresh(domain);
  }
}

Awaitable<> StsPolicies::refresh(std::string domain) {
  co_await look_anew(domain);
  const auto found = kept_.find(domain);
  if (found == kept_.end()) co_return;
  auto& refresh_at = found->second.refresh_at;
  const auto now = parts_.clock.wall();
  if (refresh_at <= now) refresh_at = now + after_failed_refresh;
}

void StsPolicies::drop_expired() {
  const auto now = parts_.clock.wall();
  std::vector<std::string> expired;
  for (const auto& [domain, kept] : kept_) {
    if (kept.policy->expiry() <= now) expired.push_back(domain);
  }
  for (const auto& domain : expired)
    drop(domain);
}

}  // namespace greyhound::smtp
