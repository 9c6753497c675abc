#include "peers/scripted_receiver.hpp"

#include <algorithm>
#include <array>
#include <chrono>
#include <string_view>
#include <utility>

#include <sys/socket.h>

#include "peers/script_player.hpp"
#include "peers/tls_server_end.hpp"
#include "runtime/must.hpp"

namespace greyhound::peers {
namespace {

constexpr std::chrono::seconds patience{10};

// Moves bytes between a socket and the player of its script.
class Connection {
 public:
  Connection(int socket, const Script& script, const TlsServer* tls_server)
      : socket_(socket), player_(script), tls_server_(tls_server) {}

  HeardSession talk() {
    while (goes_on()) {
    }
    if (player_.wish() == ScriptPlayer::Wish::reset) {
      const linger at_once{.l_onoff = 1, .l_linger = 0};
      setsockopt(socket_, SOL_SOCKET, SO_LINGER, &at_once, sizeof at_once);
    } else {
      // Orderly: everything that was said arrives, and the peer's last words are heard.
      shutdown(socket_, SHUT_WR);
      while (player_.listens_to_the_end() && receive()) {
      }
    }
    return player_.heard();
  }

 private:
  bool goes_on() {
    const auto words = player_.take_words();
    if (!say(words)) player_.hear_end();
    switch (player_.wish()) {
      case ScriptPlayer::Wish::hear:
        if (!receive()) player_.hear_end();
        return true;
      case ScriptPlayer::Wish::shake_hands:
        shake_hands();
        return true;
      case ScriptPlayer::Wish::hang_up:
      case ScriptPlayer::Wish::reset:
        break;
    }
    return false;
  }

  void shake_hands() {
    tls_ = std::make_unique<TlsServerEnd>(*tls_server_, socket_);
    if (!tls_->accept()) return player_.hear_end();
    player_.be_encrypted(tls_->is_resumed(), tls_->server_name());
  }

  bool receive() {
    if (tls_) {
      const auto got = tls_->receive();
      player_.hear(got);
      return !got.empty();
    }
    std::array<char, 4096> bytes{};
    const auto count = recv(socket_, bytes.data(), bytes.size(), 0);
    if (count <= 0) return false;
    player_.hear({bytes.data(), static_cast<std::size_t>(count)});
    return true;
  }

  bool say(std::string_view words) {
    if (tls_) return tls_->send(words);
    return send(socket_, words.data(), words.size(), MSG_NOSIGNAL) >= 0;
  }

  int socket_;
  ScriptPlayer player_;
  const TlsServer* tls_server_;
  std::unique_ptr<TlsServerEnd> tls_;
};

std::vector<std::unique_ptr<TlsServer>> tls_servers_of(const std::vector<Script>& scripts) {
  std::vector<std::unique_ptr<TlsServer>> servers;
  for (const auto& script : scripts) {
    const bool has_tls = script.certificate.has_value();
    servers.push_back(has_tls ? std::make_unique<TlsServer>(*script.certificate) : nullptr);
  }
  return servers;
}

}  // namespace

ScriptedReceiver::ScriptedReceiver(Script script)
    : ScriptedReceiver(std::vector<Script>{std::move(script)}) {}

ScriptedReceiver::ScriptedReceiver(std::vector<Script> scripts, const std::string& address)
    : scripts_(std::move(scripts)),
      tls_servers_(tls_servers_of(scripts_)),
      listener_([this](int socket) { attend(socket); }, address) {
  MUST(!scripts_.empty());
}

ScriptedReceiver::~ScriptedReceiver() = default;

std::vector<HeardSession> ScriptedReceiver::heard(std::size_t count) {
  std::unique_lock lock(mutex_);
  changed_.wait_for(lock, patience, [this, count] { return heard_.size() >= count; });
  return heard_;
}

void ScriptedReceiver::attend(int socket) {
  const auto which = std::min(attended_++, scripts_.size() - 1);
  auto heard = Connection(socket, scripts_[which], tls_servers_[which].get()).talk();
  const std::lock_guard lock(mutex_);
  heard_.push_back(std::move(heard));
  changed_.notify_all();
}

}  // namespace greyhound::peers
