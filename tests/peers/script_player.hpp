// ScriptPlayer: the server's end of one connection as its script has it, without any I/O. Whoever
// owns the connection brings what was heard, sends what is to be said and does what it wishes then.
// Owner: a connection of a peer. Runs on: any thread, one at a time.
#pragma once

#include <cstdint>
#include <map>
#include <memory>
#include <string>
#include <string_view>

#include "peers/script.hpp"

namespace greyhound::peers {

class ScriptPlayer {
 public:
  // What comes next, once its words are said.
  enum class Wish : std::uint8_t {
    hear,         // hear() or hear_end()
    shake_hands,  // TLS; then be_encrypted(), or hear_end() where that came to nothing
    hang_up,
    reset
  };

  // `script` outlives the player. It begins with the greeting.
  explicit ScriptPlayer(const Script& script);

  void hear(std::string_view bytes);
  void hear_end();  // nothing more comes
  void be_encrypted(bool is_resumed, std::string server_name);

  std::string take_words();
  Wish wish() const { return wish_; }
  // Hears what still comes after it has hung up, as an orderly server does.
  bool listens_to_the_end() const { return listens_to_the_end_; }

  const HeardSession& heard() const { return heard_; }

 private:
  enum class Awaited : std::uint8_t { command, message, chunk };

  void begin();
  void go_on();
  bool take_next();
  bool take_command();
  void answer(const std::string& line);
  bool take_message();
  bool take_chunk();
  bool take_content(std::size_t count);
  bool is_message_cut();
  void go_on_with_login(const std::string& line);
  void note_login(const std::string& step);
  std::string reply_to(const std::string& verb);
  void say_reply(const std::string& verb);
  void say(std::string_view bytes);
  void begin_tls();
  void hang_up();

  const Script& script_;
  Wish wish_ = Wish::hear;
  Awaited awaited_ = Awaited::command;
  HeardSession heard_;
  std::string pending_;  // heard, from at_ on not yet looked at
  std::size_t at_ = 0;
  std::size_t message_begin_ = 0;  // in heard_.body
  std::size_t chunk_left_ = 0;
  bool is_last_chunk_ = false;
  std::string words_;
  std::size_t said_ = 0;
  bool listens_to_the_end_ = true;
  bool is_encrypted_ = false;
  std::unique_ptr<SaslServer> login_;
  std::map<std::string, std::size_t> uses_;
};

}  // namespace greyhound::peers
