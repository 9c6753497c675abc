#include "peers/script_player.hpp"

#include <algorithm>
#include <cstdlib>
#include <utility>

namespace greyhound::peers {
namespace {

std::string friendly_reply(const std::string& verb) {
  if (verb == "EHLO") return "250-mx.test\r\n250-8BITMIME\r\n250 ENHANCEDSTATUSCODES\r\n";
  if (verb == "DATA") return "354 go ahead\r\n";
  if (verb == "STARTTLS") return "220 2.0.0 go ahead\r\n";
  if (verb == "QUIT") return "221 2.0.0 bye\r\n";
  return "250 2.0.0 ok\r\n";
}

std::string verb_of(const std::string& line) {
  auto verb = line.substr(0, line.find_first_of(" :"));
  for (char& c : verb)
    c = static_cast<char>(c >= 'a' && c <= 'z' ? c - 'a' + 'A' : c);
  return verb;
}

}  // namespace

ScriptPlayer::ScriptPlayer(const Script& script) : script_(script) {
  if (script_.speaks_tls_first) {
    begin_tls();
  } else {
    begin();
  }
}

void ScriptPlayer::begin() {
  say(script_.greeting);
  if (script_.hangs_up_after.contains("greeting")) hang_up();
  hear({});  // may be all that it wants to hear
}

void ScriptPlayer::hear(std::string_view bytes) {
  const auto most = script_.cut_after_hearing.value_or(SIZE_MAX);
  const bool is_enough = wish_ == Wish::hear && heard_.bytes.size() + bytes.size() >= most;
  if (is_enough) bytes = bytes.substr(0, most - heard_.bytes.size());
  heard_.bytes += bytes;
  pending_ += bytes;
  go_on();
  if (!is_enough) return;
  listens_to_the_end_ = false;
  hang_up();
}

void ScriptPlayer::hear_end() {
  hang_up();
}

void ScriptPlayer::be_encrypted(bool is_resumed, std::string server_name) {
  wish_ = Wish::hear;
  is_encrypted_ = true;
  heard_.is_resumed = is_resumed;
  heard_.server_name = std::move(server_name);
  if (script_.speaks_tls_first) return begin();
  go_on();
}

std::string ScriptPlayer::take_words() {
  return std::exchange(words_, {});
}

void ScriptPlayer::go_on() {
  while (wish_ == Wish::hear && take_next()) {
  }
  pending_.erase(0, std::exchange(at_, 0));
}

// False: it has to hear more first.
bool ScriptPlayer::take_next() {
  switch (awaited_) {
    case Awaited::command:
      return take_command();
    case Awaited::message:
      return take_message();
    case Awaited::chunk:
      return take_chunk();
  }
  return false;
}

bool ScriptPlayer::take_command() {
  const auto end = pending_.find("\r\n", at_);
  if (end == std::string::npos) return false;
  const auto line = pending_.substr(at_, end - at_);
  at_ = end + 2;
  heard_.commands.push_back(line);
  if (login_ && !login_->is_over()) {
    go_on_with_login(line);
  } else {
    answer(line);
  }
  return true;
}

void ScriptPlayer::answer(const std::string& line) {
  const auto verb = verb_of(line);
  if (verb == "BDAT") {  // "BDAT 1234", "BDAT 1234 LAST"
    chunk_left_ = std::strtoull(line.c_str() + line.find(' '), nullptr, 10);
    is_last_chunk_ = line.ends_with(" LAST");
    awaited_ = Awaited::chunk;
    return;
  }
  if (verb == "AUTH" && script_.account && !script_.replies.contains(verb)) {
    login_ = std::make_unique<SaslServer>(*script_.account);
    say(login_->begin(line));
    return note_login(verb);
  }
  auto reply = reply_to(verb);
  if (verb == "STARTTLS") reply += script_.behind_starttls;
  say(reply);
  if (verb == "QUIT" || script_.hangs_up_after.contains(verb)) return hang_up();
  if (verb == "STARTTLS" && reply.starts_with("220")) return begin_tls();
  if (verb != "DATA" || !reply.starts_with("354")) return;
  message_begin_ = heard_.body.size();
  awaited_ = Awaited::message;
}

bool ScriptPlayer::take_message() {
  const auto message = std::string_view(heard_.body).substr(message_begin_);
  if (message == ".\r\n" || message.ends_with("\r\n.\r\n")) {
    if (message.size() > 3) ++heard_.whole_messages;
    awaited_ = Awaited::command;
    say_reply(".");
    return true;
  }
  if (is_message_cut()) return true;
  const auto line_end = pending_.find('\n', at_);
  const auto end = line_end == std::string::npos ? pending_.size() : line_end + 1;
  return take_content(end - at_);
}

bool ScriptPlayer::take_chunk() {
  if (chunk_left_ == 0) {
    if (is_last_chunk_) ++heard_.whole_messages;
    awaited_ = Awaited::command;
    say_reply("BDAT");
    return true;
  }
  if (is_message_cut()) return true;
  const auto before = heard_.body.size();
  const bool goes_on = take_content(std::min(chunk_left_, pending_.size() - at_));
  chunk_left_ -= heard_.body.size() - before;
  return goes_on;
}

bool ScriptPlayer::take_content(std::size_t count) {
  const auto room = script_.cut_in_body_after.value_or(SIZE_MAX) - heard_.body.size();
  count = std::min(count, room);
  heard_.body.append(pending_, at_, count);
  at_ += count;
  return count > 0;
}

bool ScriptPlayer::is_message_cut() {
  if (!script_.cut_in_body_after || heard_.body.size() < *script_.cut_in_body_after) return false;
  if (script_.replies.contains("body")) say(reply_to("body"));
  listens_to_the_end_ = false;
  hang_up();
  return true;
}

void ScriptPlayer::go_on_with_login(const std::string& line) {
  say(login_->go_on(line));
  note_login("response");
}

void ScriptPlayer::note_login(const std::string& step) {
  if (login_->is_in()) heard_.logged_in_by = login_->mechanism();
  if (script_.hangs_up_after.contains(step)) hang_up();
}

std::string ScriptPlayer::reply_to(const std::string& verb) {
  const auto scripted = script_.replies.find(verb);
  const bool is_scripted = scripted != script_.replies.end();
  const bool offers_tls = script_.certificate && !is_encrypted_;
  if (!is_scripted && verb == "EHLO" && offers_tls) {
    return "250-mx.test\r\n250-8BITMIME\r\n250-STARTTLS\r\n250 ENHANCEDSTATUSCODES\r\n";
  }
  if (!is_scripted && verb == "EHLO" && script_.account) {
    return "250-mx.test\r\n250-AUTH " + script_.logins + "\r\n250 ENHANCEDSTATUSCODES\r\n";
  }
  const bool is_in = login_ && login_->is_in();
  if (script_.account && verb == "MAIL" && !is_in) return "530 5.7.0 log in first\r\n";
  if (!is_scripted) return friendly_reply(verb);
  const auto use = std::min(uses_[verb]++, scripted->second.size() - 1);
  return scripted->second[use];
}

void ScriptPlayer::say_reply(const std::string& verb) {
  say(reply_to(verb));
  if (script_.hangs_up_after.contains(verb)) hang_up();
}

void ScriptPlayer::say(std::string_view bytes) {
  const auto left = script_.cut_after_bytes.value_or(SIZE_MAX) - said_;
  const auto now = bytes.substr(0, left);
  said_ += now.size();
  words_ += now;
  if (now.size() < bytes.size()) hang_up();
}

void ScriptPlayer::begin_tls() {
  if (wish_ != Wish::hear) return;
  if (!script_.certificate) return hang_up();
  heard_.commands_in_the_clear = heard_.commands.size();
  wish_ = Wish::shake_hands;
}

void ScriptPlayer::hang_up() {
  wish_ = script_.resets ? Wish::reset : Wish::hang_up;
}

}  // namespace greyhound::peers
