#include "bench/filled_queue.hpp"

#include <algorithm>

#include <fmt/format.h>

#include "bench/callers.hpp"
#include "bench/progress.hpp"

namespace greyhound::bench {
namespace {

constexpr std::uint64_t messages_per_domain = 100;
constexpr std::uint64_t fewest_domains = 1000;

struct Filling {
  queue::Store& store;
  SampleMail& mail;
  Progress& progress;
  Instant start;
  Duration due_spread;
  std::uint64_t left;
};

Awaitable<> fill_some(Filling* filling) {
  const auto spread = static_cast<std::uint64_t>(filling->due_spread.count());
  while (filling->left > 0) {
    --filling->left;
    const Duration late(static_cast<Duration::rep>(filling->mail.random().below(spread)));
    const auto due = filling->start + FilledQueue::first_due + late;
    auto message = filling->mail.deferred(filling->store.new_id(), filling->start, due);
    need(co_await filling->store.accept(std::move(message)));
    filling->progress.add(1);
  }
}

EventLog& warnings() {
  static StderrLog log(EventLog::Level::warning);
  return log;
}

}  // namespace

std::string size_text(std::size_t bytes) {
  return bytes % 1024 == 0 ? fmt::format("{} KiB", bytes / 1024) : fmt::format("{} B", bytes);
}

std::string QueueShape::to_string() const {
  return fmt::format("{} x {}", messages, size_text(size_bytes));
}

ScratchFolder::ScratchFolder(std::filesystem::path path, bool is_kept)
    : path_(std::move(path)), is_kept_(is_kept) {
  std::error_code failure;
  std::filesystem::remove_all(path_, failure);
  if (!failure) std::filesystem::create_directories(path_, failure);
  if (failure) give_up(path_.string() + ": " + failure.message());
}

ScratchFolder::~ScratchFolder() {
  std::error_code ignored;
  if (!is_kept_) std::filesystem::remove_all(path_, ignored);
}

FilledQueue::FilledQueue(const std::filesystem::path& scratch,
                         QueueShape shape,
                         std::uint64_t seed,
                         bool is_kept)
    : shape_(shape),
      folder_(scratch / fmt::format("queue-{}", shape.messages), is_kept),
      filled_at_(SystemClock().wall()) {
  fill(seed);
}

MailShape FilledQueue::mail_shape() const {
  return {.size_bytes = shape_.size_bytes,
          .domains = std::max(shape_.messages / messages_per_domain, fewest_domains)};
}

queue::QueueSettings FilledQueue::settings() const {
  return {.folder = folder_.path() / "queue"};
}

void FilledQueue::fill(std::uint64_t seed) {
  const SystemClock clock;
  const auto store = open_store(settings(), clock);
  SampleMail mail(seed, mail_shape());
  Progress progress("filling " + shape_.to_string(), shape_.messages);
  Filling filling{*store, mail, progress, filled_at_, shape_.due_spread, shape_.messages};
  const auto start = steady_now();
  run_callers(many_callers, [&filling](std::size_t) { return fill_some(&filling); });
  rate_ = static_cast<double>(shape_.messages) / seconds_since(start);
}

std::unique_ptr<queue::Store> open_store(const queue::QueueSettings& settings, const Clock& clock) {
  return need(queue::open_rocks_store(settings, queue::OpenMode::read_write, clock, warnings()));
}

}  // namespace greyhound::bench
