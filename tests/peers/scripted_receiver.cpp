#include "peers/scripted_receiver.hpp"

#include <algorithm>
#include <array>
#include <chrono>
#include <cstdlib>
#include <string_view>
#include <utility>

#include <arpa/inet.h>
#include <netinet/in.h>
#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

#include "mail/address.hpp"
#include "peers/sasl_server.hpp"
#include "peers/tls_server_end.hpp"
#include "runtime/must.hpp"

namespace greyhound::peers {
namespace {

constexpr int patience_ms = 10'000;
constexpr int forever = -1;

std::string friendly_reply(const std::string& verb) {
  if (verb == "EHLO") return "250-mx.test\r\n250-8BITMIME\r\n250 ENHANCEDSTATUSCODES\r\n";
  if (verb == "DATA") return "354 go ahead\r\n";
  if (verb == "STARTTLS") return "220 2.0.0 go ahead\r\n";
  if (verb == "QUIT") return "221 2.0.0 bye\r\n";
  return "250 2.0.0 ok\r\n";
}

}  // namespace

class ScriptedReceiver::Connection {
 public:
  Connection(int socket, const Script& script, const TlsServer* tls_server)
      : socket_(socket), script_(script), tls_server_(tls_server) {}

  HeardSession talk() {
    const bool may_begin = !script_.speaks_tls_first || start_tls();
    bool goes_on =
        may_begin && say(script_.greeting) && !script_.hangs_up_after.contains("greeting");
    while (goes_on) {
      const auto line = next_line();
      if (!line) break;
      goes_on = answer(*line);
    }
    hang_up();
    return std::move(heard_);
  }

 private:
  bool answer(const std::string& line) {
    if (login_ && !login_->is_over()) return go_on_with_login(line);
    const auto word = mail::lower_case(line.substr(0, line.find_first_of(" :")));
    std::string verb = word;
    for (char& c : verb)
      c = static_cast<char>(c >= 'a' && c <= 'z' ? c - 'a' + 'A' : c);
    heard_.commands.push_back(line);
    if (verb == "BDAT" && !take_chunk(line)) return false;
    if (verb == "AUTH" && script_.account && !script_.replies.contains(verb)) {
      login_ = std::make_unique<SaslServer>(*script_.account);
      return say(login_->begin(line)) && note_login("AUTH");
    }
    auto reply = reply_to(verb);
    if (verb == "STARTTLS") reply += script_.behind_starttls;
    if (!say(reply) || script_.hangs_up_after.contains(verb)) return false;
    if (verb == "DATA" && reply.starts_with("354")) return take_body();
    if (verb == "STARTTLS" && reply.starts_with("220")) return start_tls();
    return verb != "QUIT";
  }

  std::string reply_to(const std::string& verb) {
    const auto scripted = script_.replies.find(verb);
    const bool offers_tls = tls_server_ != nullptr && !tls_;
    if (scripted == script_.replies.end() && verb == "EHLO" && offers_tls) {
      return "250-mx.test\r\n250-8BITMIME\r\n250-STARTTLS\r\n250 ENHANCEDSTATUSCODES\r\n";
    }
    if (scripted == script_.replies.end() && verb == "EHLO" && script_.account) {
      return "250-mx.test\r\n250-AUTH " + script_.logins + "\r\n250 ENHANCEDSTATUSCODES\r\n";
    }
    const bool is_in = login_ && login_->is_in();
    if (script_.account && verb == "MAIL" && !is_in) return "530 5.7.0 log in first\r\n";
    if (scripted == script_.replies.end()) return friendly_reply(verb);
    const auto use = std::min(uses_[verb]++, scripted->second.size() - 1);
    return scripted->second[use];
  }

  bool go_on_with_login(const std::string& line) {
    heard_.commands.push_back(line);
    return say(login_->go_on(line)) && note_login("response");
  }

  bool note_login(const std::string& step) {
    if (login_->is_in()) heard_.logged_in_by = login_->mechanism();
    return !script_.hangs_up_after.contains(step);
  }

  // "BDAT 1234", "BDAT 1234 LAST".
  bool take_chunk(const std::string& command) {
    auto left = std::strtoull(command.c_str() + command.find(' '), nullptr, 10);
    while (left > 0) {
      const auto size = heard_.body.size();
      if (script_.cut_in_body_after && size >= *script_.cut_in_body_after) {
        if (script_.replies.contains("body")) say(reply_to("body"));
        drains_ = false;
        return false;
      }
      if (pending_.empty() && !receive()) return false;
      const auto some = std::min<std::size_t>(left, pending_.size());
      heard_.body += pending_.substr(0, some);
      pending_.erase(0, some);
      left -= some;
    }
    return true;
  }

  bool start_tls() {
    if (tls_server_ == nullptr) return false;
    heard_.commands_in_the_clear = heard_.commands.size();
    tls_ = std::make_unique<TlsServerEnd>(*tls_server_, socket_);
    if (!tls_->accept()) return false;
    heard_.is_resumed = tls_->is_resumed();
    heard_.server_name = tls_->server_name();
    return true;
  }

  bool take_body() {
    const auto begin = heard_.body.size();  // of this message, behind the others of the session
    for (;;) {
      const auto body = std::string_view(heard_.body).substr(begin);
      const bool is_whole = body == ".\r\n" || body.ends_with("\r\n.\r\n");
      if (is_whole) break;
      if (script_.cut_in_body_after && heard_.body.size() >= *script_.cut_in_body_after) {
        if (script_.replies.contains("body")) say(reply_to("body"));
        drains_ = false;
        return false;
      }
      if (pending_.empty() && !receive()) return false;
      heard_.body += pending_.front();
      pending_.erase(0, 1);
    }
    return say(reply_to(".")) && !script_.hangs_up_after.contains(".");
  }

  std::optional<std::string> next_line() {
    for (;;) {
      const auto end = pending_.find("\r\n");
      if (end != std::string::npos) {
        auto line = pending_.substr(0, end);
        pending_.erase(0, end + 2);
        return line;
      }
      if (!receive()) return std::nullopt;
    }
  }

  bool receive() {
    if (tls_) {
      const auto got = tls_->receive();
      pending_ += got;
      heard_.bytes += got;
      return !got.empty();
    }
    pollfd ready{.fd = socket_, .events = POLLIN, .revents = 0};
    if (poll(&ready, 1, patience_ms) <= 0) return false;
    std::array<char, 4096> bytes{};
    const auto count = recv(socket_, bytes.data(), bytes.size(), 0);
    if (count <= 0) return false;
    const std::string_view got(bytes.data(), static_cast<std::size_t>(count));
    pending_ += got;
    heard_.bytes += got;
    return true;
  }

  // False: the script wants the connection cut here.
  bool say(std::string_view bytes) {
    const auto left = script_.cut_after_bytes.value_or(said_ + bytes.size()) - said_;
    const auto now = bytes.substr(0, left);
    said_ += now.size();
    if (tls_) return tls_->send(now) && now.size() == bytes.size();
    const auto sent = send(socket_, now.data(), now.size(), MSG_NOSIGNAL);
    return sent >= 0 && now.size() == bytes.size();
  }

  // Orderly: everything that was said arrives, and the peer's last words are heard.
  void hang_up() {
    if (script_.resets) {
      const linger at_once{.l_onoff = 1, .l_linger = 0};
      setsockopt(socket_, SOL_SOCKET, SO_LINGER, &at_once, sizeof at_once);
    } else {
      shutdown(socket_, SHUT_WR);
      while (drains_ && receive()) {
      }
    }
    close(socket_);
  }

  int socket_;
  const Script& script_;
  const TlsServer* tls_server_;
  std::unique_ptr<TlsServerEnd> tls_;
  std::unique_ptr<SaslServer> login_;
  HeardSession heard_;
  std::string pending_;
  std::size_t said_ = 0;
  bool drains_ = true;  // reads on after its own last word
  std::map<std::string, std::size_t> uses_;
};

ScriptedReceiver::ScriptedReceiver(Script script)
    : ScriptedReceiver(std::vector<Script>{std::move(script)}) {}

ScriptedReceiver::ScriptedReceiver(std::vector<Script> scripts, const std::string& address)
    : scripts_(std::move(scripts)), endpoint_{IpAddress::parse(address).value(), 0} {
  MUST(!scripts_.empty() && endpoint_.address.is_v4());
  for (const auto& script : scripts_) {
    const bool has_tls = script.certificate.has_value();
    tls_servers_.push_back(has_tls ? std::make_unique<TlsServer>(*script.certificate) : nullptr);
  }
  listener_ = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
  MUST(listener_ >= 0);
  sockaddr_in here{};
  here.sin_family = AF_INET;
  inet_pton(AF_INET, address.c_str(), &here.sin_addr);
  auto* const generic = reinterpret_cast<sockaddr*>(&here);
  MUST(bind(listener_, generic, sizeof here) == 0 && listen(listener_, SOMAXCONN) == 0);
  socklen_t size = sizeof here;
  MUST(getsockname(listener_, generic, &size) == 0);
  endpoint_.port = ntohs(here.sin_port);
  thread_ = std::thread([this] { serve(); });
}

ScriptedReceiver::~ScriptedReceiver() {
  {
    const std::lock_guard lock(mutex_);
    is_stopping_ = true;
  }
  shutdown(listener_, SHUT_RDWR);  // wakes the thread
  thread_.join();
  close(listener_);
}

std::vector<HeardSession> ScriptedReceiver::heard(std::size_t count) {
  std::unique_lock lock(mutex_);
  changed_.wait_for(lock, std::chrono::milliseconds(patience_ms), [this, count] {
    return heard_.size() >= count;
  });
  return heard_;
}

void ScriptedReceiver::serve() {
  for (std::size_t served = 0;;) {
    pollfd ready{.fd = listener_, .events = POLLIN, .revents = 0};
    const bool has_caller = poll(&ready, 1, forever) > 0;
    {
      const std::lock_guard lock(mutex_);
      if (is_stopping_) return;
    }
    if (!has_caller) continue;
    const int caller = accept4(listener_, nullptr, nullptr, SOCK_CLOEXEC);
    if (caller < 0) continue;
    // A client that says no more must not stop the thread for good, in TLS neither.
    const timeval patience{.tv_sec = patience_ms / 1000, .tv_usec = 0};
    setsockopt(caller, SOL_SOCKET, SO_RCVTIMEO, &patience, sizeof patience);
    const auto which = std::min(served++, scripts_.size() - 1);
    auto heard = Connection(caller, scripts_[which], tls_servers_[which].get()).talk();
    const std::lock_guard lock(mutex_);
    heard_.push_back(std::move(heard));
    changed_.notify_all();
  }
}

}  // namespace greyhound::peers
