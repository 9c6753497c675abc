#include "smtp_client/tls/tls_sessions.hpp"

#include <utility>

namespace greyhound::smtp {

void TlsSessions::put(const std::string& peer, SslSessionPointer session) {
  const std::lock_guard lock(mutex_);
  const auto [entry, is_new] = sessions_.try_emplace(peer);
  entry->second = std::move(session);
  if (!is_new) return;
  by_age_.push_back(peer);
  while (by_age_.size() > most_) {
    sessions_.erase(by_age_.front());
    by_age_.pop_front();
  }
}

SslSessionPointer TlsSessions::take(const std::string& peer) {
  const std::lock_guard lock(mutex_);
  const auto found = sessions_.find(peer);
  if (found == sessions_.end()) return {};
  auto session = std::move(found->second);
  found->second = nullptr;
  return session;
}

bool TlsSessions::has(const std::string& peer) const {
  const std::lock_guard lock(mutex_);
  const auto found = sessions_.find(peer);
  return found != sessions_.end() && found->second != nullptr;
}

}  // namespace greyhound::smtp
