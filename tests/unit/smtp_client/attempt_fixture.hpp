// What the tests of an attempt share: a loop to run one coroutine on, a message, its in-doubt mark.
#pragma once

#include <memory>
#include <string>
#include <utility>
#include <vector>

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/use_future.hpp>

#include "mail/attempt.hpp"

namespace greyhound::smtp {

template <class T>
T run_on_own_loop(Awaitable<T> work) {
  boost::asio::io_context loop{1};
  auto result = boost::asio::co_spawn(loop, std::move(work), boost::asio::use_future);
  loop.run();
  return result.get();
}

class StringBody final : public mail::BodySource {
 public:
  StringBody(std::string bytes, std::size_t chunk_bytes)
      : bytes_(std::move(bytes)), chunk_bytes_(chunk_bytes) {}

  // The store breaks after this many bytes.
  void fail_after(std::size_t bytes) { fails_at_ = bytes; }

  std::uint64_t size_bytes() const override { return bytes_.size(); }

  Awaitable<Result<std::string>> next() override {
    if (at_ >= fails_at_) co_return Error{Fault::disk, "cannot read the body"};
    std::string chunk = bytes_.substr(at_, chunk_bytes_);
    at_ += chunk.size();
    co_return chunk;
  }

  void rewind() override { at_ = 0; }

 private:
  std::string bytes_;
  std::size_t chunk_bytes_;
  std::size_t at_ = 0;
  std::size_t fails_at_ = std::string::npos;
};

// Writes where the test can see it after the request is gone.
class RecordingMark final : public mail::InDoubtMark {
 public:
  using Marks = std::vector<std::vector<std::size_t>>;
  explicit RecordingMark(std::shared_ptr<Marks> marks) : marks_(std::move(marks)) {}

  Awaitable<Result<>> set(std::vector<std::size_t> accepted) override {
    marks_->push_back(std::move(accepted));
    co_return Result<>{};
  }

 private:
  std::shared_ptr<Marks> marks_;
};

class BrokenMark final : public mail::InDoubtMark {
 public:
  Awaitable<Result<>> set(std::vector<std::size_t>) override {
    co_return Error{Fault::disk, "cannot write the mark"};
  }
};

inline mail::AttemptRequest a_request(std::vector<std::string> recipients,
                                      std::string body = "Subject: x\r\n\r\nhello\r\n") {
  mail::AttemptRequest request;
  request.label = "7F3K2A-1";
  request.reverse_path = mail::Address::parse("a@s.example");
  for (const auto& text : recipients) {
    request.recipients.push_back({.address = mail::Address::parse(text).value()});
  }
  request.body = std::make_unique<StringBody>(std::move(body), 7);
  request.in_doubt = std::make_unique<RecordingMark>(std::make_shared<RecordingMark::Marks>());
  return request;
}

}  // namespace greyhound::smtp
