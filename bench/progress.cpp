#include "bench/progress.hpp"

#include <algorithm>
#include <cstdio>

#include <fmt/format.h>
#include <unistd.h>

namespace greyhound::bench {
namespace {

using namespace std::chrono_literals;

constexpr std::uint64_t looks = 1000;  // at the clock, per piece of work

}  // namespace

Progress::Progress(std::string label, std::uint64_t total)
    : label_(std::move(label)),
      total_(total),
      started_(clock_.steady()),
      printed_(started_),
      is_terminal_(::isatty(STDERR_FILENO) == 1) {}

Progress::~Progress() {
  print(true);
}

void Progress::add(std::uint64_t done) {
  done_ += done;
  if (done_ < next_look_) return;
  next_look_ = done_ + std::max<std::uint64_t>(total_ / looks, 1);
  const auto now = clock_.steady();
  if (now - printed_ < (is_terminal_ ? 1s : 15s)) return;
  printed_ = now;
  print(false);
}

void Progress::print(bool is_last) {
  const auto passed = std::max(seconds(clock_.steady() - started_), 1e-6);
  const auto rate = static_cast<double>(done_) / passed;
  if (is_last) {
    say(fmt::format("{}: {} in {:.1f} s, {:.4g}/s", label_, done_, passed, rate));
    return;
  }
  const auto to_go = static_cast<double>(total_ - std::min(done_, total_)) / std::max(rate, 1e-6);
  const auto line = fmt::format("{}: {:.0f} %, {:.4g}/s, {:.0f} s to go",
                                label_,
                                100.0 * static_cast<double>(done_) / static_cast<double>(total_),
                                rate,
                                to_go);
  if (is_terminal_) {
    fmt::print(stderr, "\r\x1b[K{}\r", line);
    std::fflush(stderr);
  } else {
    say(line);
  }
}

void say(const std::string& text) {
  static const auto start = steady_now();
  const auto* const clear = ::isatty(STDERR_FILENO) == 1 ? "\r\x1b[K" : "";
  fmt::print(stderr, "{}[{:6.1f} s] {}\n", clear, seconds_since(start), text);
}

double seconds(Duration duration) {
  return std::chrono::duration<double>(duration).count();
}

SteadyInstant steady_now() {
  return SystemClock().steady();
}

double seconds_since(SteadyInstant start) {
  return seconds(steady_now() - start);
}

}  // namespace greyhound::bench
