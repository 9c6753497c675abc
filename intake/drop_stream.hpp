// DropStream: a drop file in the place of a client, so that a session takes it by the common rules.
// One command at a time: the next is read only after success with the last, so that a message goes
// to all of its recipients or, as with the sendmail that wrote it, to none.
// Owner: the session; what became of the file outlives both, in a DropVerdict.
// Runs on: the loop of the session; the disk's own thread reads.
// Limits: one block of the file, one line of a command; max_commands before the content; one
//         message.
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>

#include "runtime/file_descriptor.hpp"
#include "runtime/stream.hpp"

namespace greyhound::intake {

struct DropFile {
  std::string name;
  // While it is open no other file has its inode, so that it can be told from one that took its
  // name.
  std::shared_ptr<const FileDescriptor> file;
  unsigned uid = 0;              // its owner
  std::uint64_t size_bytes = 0;  // what is written behind it later is not read
};

struct DropVerdict {
  enum class Kind : std::uint8_t {
    open,        // no word on it: as deferred
    accepted,    // the content was answered 2yz
    refused,     // an answer was 5yz, or it is no drop file
    deferred,    // an answer was 4yz
    unfinished,  // it ends within its content
  };
  Kind kind = Kind::open;
  std::string reply = {};  // which answer it was, or what is wrong
};

class DropStream final : public Stream {
 public:
  // `disk`: where waiting for the disk holds nobody up.
  DropStream(DropFile file,
             Executor disk,
             std::size_t max_commands,
             std::shared_ptr<DropVerdict> verdict);

  Awaitable<Result<std::size_t>> read_some(std::span<char> into) override;
  Awaitable<Result<>> write(std::string_view bytes) override;

  void expire_after(Duration) override {}  // a file keeps nobody waiting
  bool is_quiet() override { return true; }
  void close() override { is_closed_ = true; }
  std::optional<Endpoint> local() const override { return std::nullopt; }
  std::optional<Endpoint> remote() const override { return std::nullopt; }
  std::optional<unsigned> peer_uid() const override { return file_.uid; }

 private:
  Awaitable<Result<>> find_command();
  Awaitable<Result<>> read_block();
  Result<> admit_command();
  void take_reply_line(std::string_view line);
  void decide(DropVerdict::Kind kind, std::string reply);
  bool is_decided() const { return verdict_->kind != DropVerdict::Kind::open; }
  std::uint64_t position() const { return read_bytes_ - block_.size(); }

  DropFile file_;
  Executor disk_;
  std::size_t commands_left_;
  std::shared_ptr<DropVerdict> verdict_;
  std::string block_;             // read, and not handed out yet
  std::uint64_t read_bytes_ = 0;  // of the file
  std::string command_;           // the one to hand out next, or what is left of it
  std::string reply_line_;        // its end has not come yet
  bool is_in_content_ = false;
  bool is_closed_ = false;
};

}  // namespace greyhound::intake
