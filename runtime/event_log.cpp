#include "runtime/event_log.hpp"

#include <atomic>
#include <cerrno>
#include <chrono>
#include <condition_variable>
#include <mutex>
#include <stop_token>
#include <thread>
#include <utility>

#include <fmt/format.h>
#include <spdlog/pattern_formatter.h>
#include <spdlog/sinks/base_sink.h>
#include <spdlog/spdlog.h>
#include <unistd.h>

#include "runtime/thread_name.hpp"

namespace greyhound::runtime {
namespace {

// Collects lines and writes those of a few milliseconds in one call: whoever logs a line for each
// message does not wait for the reader of the log each time. A warning goes out at once, with all
// that was said before it.
class CollectingSink final : public spdlog::sinks::base_sink<std::mutex> {
 public:
  CollectingSink() : writer_([this](const std::stop_token& stop) { run(stop); }) {
    only_one = this;
  }
  CollectingSink(const CollectingSink&) = delete;
  CollectingSink& operator=(const CollectingSink&) = delete;
  ~CollectingSink() override {
    only_one = nullptr;
    writer_.request_stop();
    writer_.join();
    flush();
  }

  // Tries for the lock and never waits for it, as the caller itself may hold it. Another that holds
  // it has it for moments, or is writing the lines already, to a reader that is slow.
  void flush_unless_busy() {
    for (int i = 0; i < most_tries; ++i) {
      const std::unique_lock lock(mutex_, std::try_to_lock);
      if (lock.owns_lock()) return flush_();
      std::this_thread::yield();
    }
  }

  inline static std::atomic<CollectingSink*> only_one = nullptr;  // none before the first line

 private:
  static constexpr std::chrono::milliseconds collected_for{5};
  static constexpr std::size_t most_bytes = 64 << 10;
  static constexpr int most_tries = 10'000;

  void sink_it_(const spdlog::details::log_msg& message) override {
    formatter_->format(message, lines_);
    if (lines_.size() >= most_bytes) return flush_();
    if (std::exchange(has_lines_, true)) return;
    came_.notify_one();
  }

  // What standard error does not take is lost, as there is nobody to tell.
  void flush_() override {
    has_lines_ = false;
    std::string_view unwritten(lines_.data(), lines_.size());
    while (!unwritten.empty()) {
      const auto count = ::write(STDERR_FILENO, unwritten.data(), unwritten.size());
      if (count < 0 && errno == EINTR) continue;
      if (count <= 0) break;
      unwritten.remove_prefix(static_cast<std::size_t>(count));
    }
    lines_.clear();
  }

  void run(const std::stop_token& stop) {
    name_this_thread("log");
    std::unique_lock lock(mutex_);
    while (came_.wait(lock, stop, [this] { return has_lines_; })) {
      came_.wait_for(lock, stop, collected_for, [] { return false; });
      flush_();
    }
  }

  spdlog::memory_buf_t lines_;
  bool has_lines_ = false;
  std::condition_variable_any came_;
  std::jthread writer_;
};

spdlog::logger& standard_error() {
  static const auto logger = [] {
    auto made = std::make_shared<spdlog::logger>("greyhound", std::make_shared<CollectingSink>());
    made->set_formatter(std::make_unique<spdlog::pattern_formatter>(
        "%Y-%m-%dT%H:%M:%S.%eZ %l %v", spdlog::pattern_time_type::utc));
    made->flush_on(spdlog::level::warn);
    return made;
  }();
  return *logger;
}

spdlog::level::level_enum to_spdlog(EventLog::Level level) {
  switch (level) {
    case EventLog::Level::debug:
      return spdlog::level::debug;
    case EventLog::Level::info:
      return spdlog::level::info;
    case EventLog::Level::warning:
      return spdlog::level::warn;
    case EventLog::Level::error:
      return spdlog::level::err;
  }
  return spdlog::level::err;
}

std::string to_line(std::string_view event, std::initializer_list<LogField> fields) {
  std::string line(event);
  for (const auto& field : fields) {
    line += ' ';
    line += field.key;
    line += '=';
    line += quoted(field.value);
  }
  return line;
}

}  // namespace

std::string quoted(std::string_view text) {
  const auto is_plain = [](char c) {
    return c > ' ' && c < '\x7f' && c != '"' && c != '\\' && c != '=';
  };
  if (!text.empty() && std::all_of(text.begin(), text.end(), is_plain)) return std::string(text);
  std::string out = "\"";
  for (const char c : text) {
    const auto byte = static_cast<unsigned char>(c);
    if (c == '"' || c == '\\') {
      out += '\\';
      out += c;
    } else if (c == '\n') {
      out += "\\n";
    } else if (byte < 0x20 || byte == 0x7f) {
      out += fmt::format("\\x{:02x}", byte);
    } else {
      out += c;  // UTF-8 stays readable
    }
  }
  return out + '"';
}

void EventLog::debug(std::string_view event, std::initializer_list<LogField> fields) {
  if (wants(Level::debug)) write(Level::debug, to_line(event, fields));
}
void EventLog::info(std::string_view event, std::initializer_list<LogField> fields) {
  write(Level::info, to_line(event, fields));
}
void EventLog::warning(std::string_view event, std::initializer_list<LogField> fields) {
  write(Level::warning, to_line(event, fields));
}
void EventLog::error(std::string_view event, std::initializer_list<LogField> fields) {
  write(Level::error, to_line(event, fields));
}

StderrLog::StderrLog(Level least) {
  standard_error().set_level(to_spdlog(least));
}

void StderrLog::write(Level level, std::string line) {
  standard_error().log(to_spdlog(level), spdlog::string_view_t(line));
}

bool StderrLog::wants(Level level) const {
  return standard_error().should_log(to_spdlog(level));
}

void StderrLog::write_collected() {
  if (auto* const sink = CollectingSink::only_one.load()) sink->flush_unless_busy();
}

}  // namespace greyhound::runtime
